"""The review screen: nothing enters the recap but through here."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlmodel import Session

from digitizer.api.confirm import (
    Confirmation,
    check_same,
    decide,
    verification_id,
)
from digitizer.api.opening import Opened, SheetPlace, Token, give_form, open_form
from digitizer.api.pages import render
from digitizer.api.sheet_view import SheetViewer
from digitizer.api.tps_view import history_line
from digitizer.api.turns import Turn, find_turn, take_alone, take_turn
from digitizer.api.web import SUPERVISORS, Lang, Now, Reviewer, Web, WebParts
from digitizer.domain.election import Contest
from digitizer.domain.tally import Tally
from digitizer.domain.verification import Dispute, NeedsReader, Verification
from digitizer.errors import VerificationRefused
from digitizer.store.accounts import Account
from digitizer.store.checks import (
    Check,
    answered,
    save_answer,
)
from digitizer.store.elections import get_contest, get_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.escalations import escalations
from digitizer.store.leases import drop_lease
from digitizer.store.rounds import rounds_at
from digitizer.store.sheets import is_still
from digitizer.store.turns import FormPlace
from digitizer.store.verifications import history, latest_version, lock_pending, save_verification
from digitizer.store.withdrawals import withdraw
from review_ui.i18n import Language, text
from review_ui.wording import field_labels

router = APIRouter(tags=["reviews"])

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
    (("c",), "key_corners"),
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


@router.get("/sheets/{contest_id}/{tps}/{form_id}")
def sheet_page(
    *,
    request: Request,
    web: WebParts,
    account: Reviewer,
    lang: Lang,
    now: Now,
    place: SheetPlace,
    s: Token = "",
) -> Response:
    """The review screen of one form; whoever may decide on it has it for some minutes."""
    contest_id, tps, _ = place
    opened = give_form(web, account, place, now, s)
    with read_session(web.engine) as session:
        contest = get_contest(session, contest_id)
        past = history(session, contest_id, tps)
        view = SheetViewer(
            opened,
            contest,
            history=past,
            earlier=told(session, opened, past, contest, lang),
            handed_on=escalations(session, *place),
            rounds=rounds_at(session, contest, tps),
            policy=web.policy,
            lang=lang,
        ).view()
    why = opened.refusal
    facts: dict[str, Any] = {"view": view, "refusal": why and text(f"desk.refused_{why}", lang)}
    may_hand_on = account.role not in SUPERVISORS
    return render(request, "sheet.html", shortcuts=SHORTCUTS, may_hand_on=may_hand_on, **facts)


@router.post("/sheets/{contest_id}/{tps}/{form_id}/verifications", status_code=HTTPStatus.CREATED)
def confirm(
    *,
    web: WebParts,
    account: Reviewer,
    now: Now,
    place: SheetPlace,
    confirmation: Confirmation,
    s: Token = "",
) -> Confirmation201:
    """Confirm a form as the person sees it on the ink. The same attempt again changes nothing.

    Answers 409 when someone verified or read it meanwhile, has it open, or a new photo came, and
    when a photo is the reviewer's own; 422 when a number is missing or a broken sum is not
    acknowledged.
    """
    key = verification_id(account.id, " ".join(place), confirmation.client)
    with read_session(web.engine) as session:
        known = _known(session, place, key)
        opened = open_form(session, web, account, place, now, s)
        turn = find_turn(session, web, account, now, after=None if known else place)
    if known is None and opened.check is not None:
        return _answered(web, account, opened.check, confirmation, now, turn)
    if known is None:
        came_to, following = _keep(web, account, place, confirmation, opened, key, now, turn)
    else:
        came_to, following = known, take_alone(web, account, turn, now)
    version = confirmation.expected_version + 1
    match came_to:
        case Verification() as kept:
            check_same(confirmation, kept)
            kind = "already"
            with read_session(web.engine) as session:
                version = latest_version(session, *place[:2])
        case NeedsReader():
            kind = "needs_reader"
        case Dispute():
            kind = "dispute"
        case Tally():
            kind = "tally"
    return Confirmation201(outcome=kind, verification=key, version=version, next=following)


@router.post("/verifications/{verification}/withdrawal", status_code=HTTPStatus.NO_CONTENT)
def take_back(*, web: WebParts, account: Reviewer, now: Now, verification: str) -> None:
    """Take back what this account confirmed less than half a minute ago; 409 when it is later."""
    with write_session(web.engine) as session:
        # A check is answered once: taking it back opens it again, as it would any form.
        if not answered(session, verification, account.id):
            withdraw(session, verification, account=account.id, now=now)
        session.commit()


def told(
    session: Session,
    opened: Opened,
    past: Sequence[Verification],
    contest: Contest,
    lang: Language,
) -> list[str]:
    """Every earlier verification of a form in words.

    What waits for a second reader is not told, and nothing where the form is to be read unseen.
    """
    waiting = {item.id for item in opened.waiting}
    earlier = [item for item in past if item.id not in waiting]
    if opened.showing.whole or opened.check is not None or not earlier:
        return []
    election = get_election(session)
    labels = field_labels(opened.form, lang, contest.candidates)
    return [
        " · ".join(part for part in (line.at, line.by, line.changes) if part)
        for item in earlier
        for line in [history_line(session, item, labels, election.zone if election else "UTC")]
    ]


def _known(session: Session, place: FormPlace, key: str) -> Verification | None:
    """What was kept of the same attempt."""
    return next((item for item in history(session, *place[:2]) if item.id == key), None)


def _keep(
    web: Web,
    account: Account,
    place: FormPlace,
    confirmation: Confirmation,
    opened: Opened,
    key: str,
    now: datetime,
    turn: Turn,
) -> tuple[Verification | Tally | NeedsReader | Dispute, str]:
    """What a confirmation came to, or what was kept of the same attempt meanwhile; and where this
    person goes on.

    It is found before other writers wait, and found again where anything changed since.
    """
    verification, outcome = decide(confirmation, opened, web, key, now)
    with write_session(web.engine) as session:
        before = lock_pending(session, *place)
        known = (opened.waiting, opened.others)
        if before[1:] != known or not is_still(session, opened.sheet):
            if (kept := _known(session, place, key)) is not None:
                following = take_turn(session, web, account, turn, now)
                session.commit()
                return kept, following
            opened = open_form(session, web, account, place, now)
            verification, outcome = decide(confirmation, opened, web, key, now)
        expected = confirmation.expected_version
        save_verification(
            session,
            verification,
            *place,
            outcome,
            now,
            expected_version=expected,
            pending_now=before,
        )
        drop_lease(session, *place, account=account.id, now=now)
        following = take_turn(session, web, account, turn, now)
        session.commit()
    return outcome, following


def _answered(
    web: Web,
    account: Account,
    check: Check,
    confirmation: Confirmation,
    now: datetime,
    turn: Turn,
) -> Confirmation201:
    """Keep the answer to a seeded check; to the browser it is a form like any other."""
    typed = confirmation.fields.get(check.seeded.field)
    if typed is None:
        raise VerificationRefused(
            f"{check.seeded.field} is not confirmed",
            "confirm every number of the pages shown, or mark it unreadable with ?",
        )
    with write_session(web.engine) as session:
        save_answer(
            session,
            check,
            account=account.id,
            answer=typed.as_written,
            seconds=confirmation.seconds,
            now=now,
        )
        following = take_turn(session, web, account, turn, now)
        session.commit()
    return Confirmation201(
        outcome="tally", verification=check.showing, version=check.version, next=following
    )
