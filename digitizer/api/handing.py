"""Having a form open, giving it back, to another TPS, or on to a supervisor."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from digitizer.api.confirm import Id, check_photos
from digitizer.api.names import known_contest, known_tps
from digitizer.api.opening import SheetPlace, Token, open_form, refuse
from digitizer.api.turns import next_url
from digitizer.api.web import SUPERVISORS, Now, Reviewer, WebParts
from digitizer.domain.glyph import UNREADABLE
from digitizer.errors import DigitizerError
from digitizer.jobs import reassign
from digitizer.store.checks import save_answer
from digitizer.store.engine import write_session
from digitizer.store.escalations import escalate
from digitizer.store.events import lock_chain
from digitizer.store.leases import drop_lease, take_lease
from digitizer.store.rounds import fits
from digitizer.store.uploads import uploads_for_tps

router = APIRouter(tags=["reviews"])


class EscalationBody(BaseModel):
    """Why a form is handed on, and the version of the tally when it was opened."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=500)]
    expected_version: Annotated[int, Field(ge=0)]


class MoveBody(BaseModel):
    """Where a form belongs: the code of its TPS, or another round of its office, or both.

    What is left empty stays, or follows from the form and its TPS.

    Attributes:
        readings: ids of the readings that the screen showed.
    """

    model_config = ConfigDict(extra="forbid")

    readings: list[Id]
    tps: Annotated[str, Field(max_length=20)] = ""
    contest: Annotated[str, Field(max_length=200)] = ""


class Next(BaseModel):
    """Where to go on."""

    next: str


@router.post("/sheets/{contest_id}/{tps}/{form_id}/lease", status_code=HTTPStatus.NO_CONTENT)
def renew(*, web: WebParts, account: Reviewer, now: Now, place: SheetPlace) -> None:
    """Keep a form for some more minutes; 409 when somebody else has it meanwhile."""
    with write_session(web.engine) as session:
        take_lease(session, *place, account=account.id, now=now)
        session.commit()


@router.post("/sheets/{contest_id}/{tps}/{form_id}/leave", status_code=HTTPStatus.NO_CONTENT)
def leave(*, web: WebParts, account: Reviewer, now: Now, place: SheetPlace) -> None:
    """Give a form back to the queue."""
    with write_session(web.engine) as session:
        drop_lease(session, *place, account=account.id, now=now)
        session.commit()


@router.post("/sheets/{contest_id}/{tps}/{form_id}/move", status_code=HTTPStatus.CREATED)
def move(
    *,
    web: WebParts,
    account: Reviewer,
    now: Now,
    place: SheetPlace,
    body: Annotated[MoveBody, Body()],
) -> Next:
    """Give a form, with all its photos, to the TPS that its head names, or to its own round.

    409 when its photos are not those that were shown: nobody moves what they did not see.
    """
    with write_session(web.engine) as session:
        # No photo comes or goes between what is shown here and what is moved.
        lock_chain(session)
        opened = open_form(session, web, account, place, now)
        refuse(opened)
        check_photos(body.readings, opened)
        code = known_tps(session, body.tps) or place[1]
        contest = known_contest(session, body.contest)
        if code == place[1] and contest in (None, place[0]):
            raise DigitizerError(
                "neither another TPS nor another round was given",
                "write the 13 digits of its code, or choose a round",
                code="bad_request",
            )
        if contest is not None and not fits(session, place[2], code, contest):
            raise DigitizerError(
                f"TPS {code} has no vote on this form in contest {contest}",
                "choose a round in which it votes",
                code="bad_request",
            )
        photos = set(opened.sheet.photos)
        for item in uploads_for_tps(session, place[1]):
            if item.photo in photos:
                reassign(
                    session, item.id, tps=code, contest=contest, account=account.id, now=now,
                    policy=web.policy, supervises=account.role in SUPERVISORS,
                )  # fmt: skip
        drop_lease(session, *place, account=account.id, now=now)
        session.commit()
    return Next(next=next_url(web, account, now))


@router.post("/sheets/{contest_id}/{tps}/{form_id}/escalations", status_code=HTTPStatus.CREATED)
def hand_on(
    *,
    web: WebParts,
    account: Reviewer,
    now: Now,
    place: SheetPlace,
    body: Annotated[EscalationBody, Body()],
    s: Token = "",
) -> Next:
    """Hand a form on to a supervisor, with a reason: the only way to leave one undone.

    Of a seeded check nothing is handed on: whoever would has seen that a number is not the ink's.
    """
    with write_session(web.engine) as session:
        opened = open_form(session, web, account, place, now, s)
        refuse(opened)
        if opened.check is None:
            escalate(
                session,
                *place,
                account=account.id,
                reason=body.reason.strip(),
                now=now,
                expected_version=body.expected_version,
            )
        else:
            handed_on = UNREADABLE * len(opened.check.seeded.truth)
            save_answer(
                session, opened.check, account=account.id, answer=handed_on, seconds=0.0, now=now
            )
        drop_lease(session, *place, account=account.id, now=now)
        session.commit()
    return Next(next=next_url(web, account, now))
