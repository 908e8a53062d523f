"""The queue and the review screen: nothing enters the recap but through here."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from sqlmodel import Session

from digitizer.api.confirm import (
    Confirmation,
    build_verification,
    check_shown,
    verification_id,
)
from digitizer.api.names import form_named, known_tps
from digitizer.api.pages import render, render_live
from digitizer.api.queue_view import queue_view
from digitizer.api.sheet_view import SheetViewer, gather_readings, sheet_url
from digitizer.api.web import Lang, Now, Reading, Reviewer, WebParts
from digitizer.domain.election import Tps
from digitizer.domain.verification import Dispute, NeedsReader, verify
from digitizer.errors import Conflict, DigitizerError, NotFound
from digitizer.jobs import reassign
from digitizer.store.elections import get_contest
from digitizer.store.elections import tps as find_tps
from digitizer.store.engine import write_session
from digitizer.store.readings import readings_for
from digitizer.store.sheets import Sheet, State, next_sheet, uploaders
from digitizer.store.sheets import sheet as find_sheet
from digitizer.store.verifications import (
    history,
    latest_version,
    pending,
    save_verification,
)

router = APIRouter(tags=["reviews"])

SHORTCUTS: Final = (
    (("0-9",), "key_digits"),
    (("x", "-", "_"), "key_marks"),
    (("u",), "key_u"),
    (("Enter",), "key_enter"),
    (("Space",), "key_space"),
    ((",", "."), "key_cycle"),
    (("s",), "key_s"),
    (("←", "→", "↑", "↓"), "key_arrows"),
    (("Backspace",), "key_backspace"),
    (("Ctrl+Enter",), "key_submit"),
    (("?", "F1"), "key_help"),
)


class Confirmation201(BaseModel):
    """What became of a confirmation, and where to go on."""

    outcome: str
    version: int
    next: str


@router.get("/queue")
def queue_page(
    *,
    request: Request,
    session: Reading,
    account: Reviewer,
    lang: Lang,
    state: State | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    part: bool = False,
    done: bool = False,
) -> Response:
    """Every upload, by what is to be done with it; `part` gives the changing part with an ETag."""
    view = queue_view(session, account, lang, state, page)
    return render_live(
        request,
        "queue.html",
        "queue_part.html",
        part=part,
        view=view,
        nothing_for_you=done,
        live_query=request.url.query,
    )


@router.post("/uploads/{upload_id}/assign")
def assign_upload(
    web: WebParts, account: Reviewer, now: Now, upload_id: str, tps: Annotated[str, Form()]
) -> Response:
    """Say to which TPS an upload belongs; its form is settled anew."""
    with write_session(web.engine) as session:
        code = known_tps(session, tps)
        if code is None:
            raise DigitizerError("no TPS was given", "write its code", code="bad_request")
        reassign(
            session,
            upload_id,
            tps=code,
            contest=None,
            account=account.id,
            now=now,
            policy=web.policy,
        )
        session.commit()
    return RedirectResponse("/queue", HTTPStatus.SEE_OTHER)


@router.get("/sheets/next")
def next_page(session: Reading, account: Reviewer) -> Response:
    """The next form this account may review, or the queue when there is none."""
    return RedirectResponse(next_url(session, account.id), HTTPStatus.SEE_OTHER)


@router.get("/sheets/{contest_id}/{tps}/{form_id}")
def sheet_page(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    account: Reviewer,
    lang: Lang,
    contest_id: str,
    tps: str,
    form_id: str,
) -> Response:
    """The review screen of one form."""
    form = form_named(form_id)
    sheet = sheet_of(session, contest_id, tps, form_id)
    own = account.id in uploaders(session, contest_id, tps, form_id)
    view = SheetViewer(
        form,
        get_contest(session, contest_id),
        station(session, tps),
        sheet=sheet,
        readings=readings_for(session, contest_id, tps, form_id),
        history=history(session, contest_id, tps),
        policy=web.policy,
        lang=lang,
    ).view()
    facts: dict[str, Any] = {"view": view, "own_upload": own, "may_confirm": not own}
    return render(request, "sheet.html", shortcuts=SHORTCUTS, **facts)


@router.post("/sheets/{contest_id}/{tps}/{form_id}/verifications", status_code=HTTPStatus.CREATED)
def confirm(
    *,
    web: WebParts,
    account: Reviewer,
    now: Now,
    contest_id: str,
    tps: str,
    form_id: str,
    confirmation: Confirmation,
) -> Confirmation201:
    """Confirm a form as the person sees it on the ink. The same attempt again changes nothing.

    Answers 409 when someone verified it meanwhile, a new photo came, or a photo is the reviewer's
    own; 422 when a number is missing or a broken sum is not acknowledged.
    """
    form = form_named(form_id)
    with write_session(web.engine) as session:
        sheet = sheet_of(session, contest_id, tps, form_id)
        refuse_own(session, account.id, sheet)
        key = verification_id(account.id, f"{contest_id} {tps} {form_id}", confirmation.client)
        if any(item.id == key for item in history(session, contest_id, tps)):
            version = latest_version(session, contest_id, tps)
            return Confirmation201(
                outcome="already", version=version, next=next_url(session, account.id)
            )
        check_shown(confirmation, sheet)
        readings = readings_for(session, contest_id, tps, form_id)
        verification = build_verification(
            confirmation,
            id=key,
            form=form,
            sheet=sheet,
            reviewer=account.id,
            now=now,
        )
        version = confirmation.expected_version + 1
        outcome = verify(
            form,
            [*pending(session, contest_id, tps, form_id), verification],
            pages=gather_readings(form, readings).pages,
            tps=tps,
            contest=contest_id,
            version=version,
            registered=station(session, tps).registered,
        )
        save_verification(
            session,
            verification,
            contest_id,
            tps,
            form_id,
            outcome,
            now,
            expected_version=confirmation.expected_version,
        )
        following = next_url(session, account.id)
        session.commit()
    match outcome:
        case NeedsReader():
            kind = "needs_reader"
        case Dispute():
            kind = "dispute"
        case _:
            kind = "tally"
    return Confirmation201(outcome=kind, version=version, next=following)


def sheet_of(session: Session, contest: str, tps: str, form: str) -> Sheet:
    """The settled sheet.

    Raises:
        NotFound: no photo of this form of this TPS was read.
    """
    sheet = find_sheet(session, contest, tps, form)
    if sheet is None:
        raise NotFound(
            f"no photo of {form} of TPS {tps} was read for {contest}", "open a form from the queue"
        )
    return sheet


def station(session: Session, code: str) -> Tps:
    """A polling station by its code.

    Raises:
        NotFound: the election has no such TPS.
    """
    tps = find_tps(session, code)
    if tps is None:
        raise NotFound(f"the election has no TPS {code}", "open it from the recap or the queue")
    return tps


def refuse_own(session: Session, account: str, sheet: Sheet) -> None:
    """Let nobody confirm what they sent themselves.

    Raises:
        Conflict: a photo of this form is this account's own.
    """
    if account in uploaders(session, sheet.contest, sheet.tps, sheet.form):
        raise Conflict(
            "a photo of this form was uploaded by the account that reviews it",
            "let another reviewer confirm it",
            code="own_upload",
        )


def next_url(session: Session, account: str) -> str:
    """Where a reviewer goes on."""
    sheet = next_sheet(session, account)
    return sheet_url(sheet.contest, sheet.tps, sheet.form) if sheet else "/queue?done=1"
