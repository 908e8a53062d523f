"""The review screen: nothing enters the recap but through here."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from digitizer.api.confirm import (
    Confirmation,
    build_verification,
    check_shown,
    surely_read,
    verification_id,
)
from digitizer.api.names import known_tps
from digitizer.api.opening import Opened, open_form, refuse
from digitizer.api.pages import render
from digitizer.api.sheet_view import SheetViewer, sheet_url
from digitizer.api.web import SUPERVISORS, Lang, Now, Reading, Reviewer, Web, WebParts
from digitizer.domain.review import readers_needed
from digitizer.domain.verification import Dispute, NeedsReader, Verification, verify
from digitizer.errors import DigitizerError
from digitizer.jobs import reassign
from digitizer.store.accounts import Account
from digitizer.store.elections import get_contest
from digitizer.store.engine import write_session
from digitizer.store.escalations import escalate, escalations
from digitizer.store.leases import drop_lease, take_lease
from digitizer.store.turns import next_sheets
from digitizer.store.uploads import uploads_for_tps
from digitizer.store.verifications import history, latest_version, pending, save_verification
from digitizer.store.withdrawals import withdraw
from review_ui.i18n import text

router = APIRouter(tags=["reviews"])

AHEAD: Final = 2
"""Forms fetched ahead while one is read."""

SHORTCUTS: Final = (
    (("0-9",), "key_digits"),
    (("x", "-", "_"), "key_marks"),
    (("u",), "key_u"),
    (("Enter",), "key_enter"),
    (("Space",), "key_space"),
    ((",", "."), "key_cycle"),
    (("s",), "key_s"),
    (("e",), "key_escalate"),
    (("←", "→", "↑", "↓"), "key_arrows"),
    (("Backspace",), "key_backspace"),
    (("f",), "key_flag"),
    (("l",), "key_move"),
    (("z",), "key_zoom"),
    (("Ctrl+Z",), "key_undo"),
    (("Ctrl+Enter",), "key_submit"),
    (("?", "F1"), "key_help"),
)


class Confirmation201(BaseModel):
    """What became of a confirmation, by which id it can be taken back, and where to go on."""

    outcome: str
    verification: str
    version: int
    next: str


class EscalationBody(BaseModel):
    """Why a form is handed on, and the version of the tally when it was opened."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=500)]
    expected_version: Annotated[int, Field(ge=0)]


class MoveBody(BaseModel):
    """The TPS to which a form belongs, by its code."""

    model_config = ConfigDict(extra="forbid")

    tps: Annotated[str, Field(min_length=1, max_length=20)]


class Upcoming(BaseModel):
    """Addresses of forms, the next first."""

    urls: list[str]


class Next(BaseModel):
    """Where to go on."""

    next: str


@router.get("/sheets/next")
def next_page(session: Reading, account: Reviewer, now: Now) -> Response:
    """The next form this account may review, or the queue when there is none."""
    return RedirectResponse(next_url(session, account, now), HTTPStatus.SEE_OTHER)


@router.get("/sheets/{contest_id}/{tps}/{form_id}")
def sheet_page(
    *,
    request: Request,
    web: WebParts,
    account: Reviewer,
    lang: Lang,
    now: Now,
    contest_id: str,
    tps: str,
    form_id: str,
) -> Response:
    """The review screen of one form; whoever may decide on it has it for some minutes."""
    place = (contest_id, tps, form_id)
    with write_session(web.engine) as session:
        opened = open_form(session, web, account, place, now)
        if opened.refusal is None:
            take_lease(session, *place, account=account.id, now=now)
        view = SheetViewer(
            opened,
            get_contest(session, contest_id),
            history=history(session, contest_id, tps),
            handed_on=escalations(session, *place, opened.sheet.version + 1),
            policy=web.policy,
            lang=lang,
        ).view()
        session.commit()
    why = opened.refusal
    facts: dict[str, Any] = {"view": view, "refusal": why and text(f"desk.refused_{why}", lang)}
    may_hand_on = account.role not in SUPERVISORS
    return render(request, "sheet.html", shortcuts=SHORTCUTS, may_hand_on=may_hand_on, **facts)


@router.post("/sheets/{contest_id}/{tps}/{form_id}/lease", status_code=HTTPStatus.NO_CONTENT)
def renew(
    *, web: WebParts, account: Reviewer, now: Now, contest_id: str, tps: str, form_id: str
) -> None:
    """Keep a form for some more minutes; 409 when somebody else has it meanwhile."""
    with write_session(web.engine) as session:
        take_lease(session, contest_id, tps, form_id, account=account.id, now=now)
        session.commit()


@router.post("/sheets/{contest_id}/{tps}/{form_id}/leave", status_code=HTTPStatus.NO_CONTENT)
def leave(*, web: WebParts, account: Reviewer, contest_id: str, tps: str, form_id: str) -> None:
    """Give a form back to the queue."""
    with write_session(web.engine) as session:
        drop_lease(session, contest_id, tps, form_id, account=account.id)
        session.commit()


@router.post("/sheets/{contest_id}/{tps}/{form_id}/move", status_code=HTTPStatus.CREATED)
def move(
    *,
    web: WebParts,
    account: Reviewer,
    now: Now,
    contest_id: str,
    tps: str,
    form_id: str,
    body: Annotated[MoveBody, Body()],
) -> Next:
    """Give a form, with all its photos, to the TPS that its head names."""
    place = (contest_id, tps, form_id)
    with write_session(web.engine) as session:
        opened = open_form(session, web, account, place, now)
        refuse(opened)
        code = known_tps(session, body.tps)
        if code is None or code == tps:
            raise DigitizerError(
                "no other TPS was given", "write the 13 digits of its code", code="bad_request"
            )
        photos = set(opened.sheet.photos)
        for item in uploads_for_tps(session, tps):
            if item.photo in photos:
                reassign(
                    session, item.id, tps=code, contest=contest_id, account=account.id, now=now,
                    policy=web.policy,
                )  # fmt: skip
        drop_lease(session, *place, account=account.id)
        following = next_url(session, account, now)
        session.commit()
    return Next(next=following)


@router.post("/sheets/{contest_id}/{tps}/{form_id}/escalations", status_code=HTTPStatus.CREATED)
def hand_on(
    *,
    web: WebParts,
    account: Reviewer,
    now: Now,
    contest_id: str,
    tps: str,
    form_id: str,
    body: Annotated[EscalationBody, Body()],
) -> Next:
    """Hand a form on to a supervisor, with a reason: the only way to leave one undone."""
    place = (contest_id, tps, form_id)
    with write_session(web.engine) as session:
        refuse(open_form(session, web, account, place, now))
        escalate(
            session,
            *place,
            account=account.id,
            reason=body.reason.strip(),
            now=now,
            expected_version=body.expected_version,
        )
        drop_lease(session, *place, account=account.id)
        following = next_url(session, account, now)
        session.commit()
    return Next(next=following)


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

    Answers 409 when someone verified or read it meanwhile, has it open, or a new photo came, and
    when a photo is the reviewer's own; 422 when a number is missing or a broken sum is not
    acknowledged.
    """
    place = (contest_id, tps, form_id)
    with write_session(web.engine) as session:
        key = verification_id(account.id, " ".join(place), confirmation.client)
        if any(item.id == key for item in history(session, contest_id, tps)):
            return Confirmation201(
                outcome="already",
                verification=key,
                version=latest_version(session, contest_id, tps),
                next=next_url(session, account, now),
            )
        earlier = pending(session, *place)
        opened = open_form(session, web, account, place, now)
        refuse(opened)
        check_shown(confirmation, opened)
        verification = build_verification(
            confirmation, opened, id=key, reviewer=account.id, now=now
        )
        outcome = verify(
            opened.form,
            [*earlier, verification],
            pages=opened.gathered.pages,
            tps=tps,
            contest=contest_id,
            version=confirmation.expected_version + 1,
            registered=opened.tps.registered,
            readers=_readers(web, opened, verification),
        )
        save_verification(
            session,
            verification,
            *place,
            outcome,
            now,
            expected_version=confirmation.expected_version,
        )
        drop_lease(session, *place, account=account.id)
        following = next_url(session, account, now)
        session.commit()
    match outcome:
        case NeedsReader():
            kind = "needs_reader"
        case Dispute():
            kind = "dispute"
        case _:
            kind = "tally"
    version = confirmation.expected_version + 1
    return Confirmation201(outcome=kind, verification=key, version=version, next=following)


@router.post("/verifications/{verification}/withdrawal", status_code=HTTPStatus.NO_CONTENT)
def take_back(*, web: WebParts, account: Reviewer, now: Now, verification: str) -> None:
    """Take back what this account confirmed less than half a minute ago; 409 when it is later."""
    with write_session(web.engine) as session:
        withdraw(session, verification, account=account.id, now=now)
        session.commit()


@router.get("/sheets/upcoming")
def upcoming(session: Reading, account: Reviewer, now: Now, after: str = "") -> Upcoming:
    """The next forms this account may review beside the one it has open, for fetching ahead."""
    supervises = account.role in SUPERVISORS
    found = next_sheets(session, account.id, now, supervises=supervises, limit=AHEAD + 1)
    urls = [sheet_url(item.contest, item.tps, item.form) for item in found]
    return Upcoming(urls=[url for url in urls if url != after][:AHEAD])


def _readers(web: Web, opened: Opened, verification: Verification) -> int:
    """How many people must read this form; a second reader was asked for already."""
    if opened.waiting:
        return 2
    return readers_needed(verification, surely_read(opened, web.policy), opened.showing)


def next_url(session: Session, account: Account, now: datetime) -> str:
    """Where a reviewer goes on."""
    supervises = account.role in SUPERVISORS
    found = next_sheets(session, account.id, now, supervises=supervises, limit=1)
    return sheet_url(found[0].contest, found[0].tps, found[0].form) if found else "/queue?done=1"
