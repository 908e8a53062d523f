"""What a reviewer is given next, and what is fetched ahead while they read."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from sqlmodel import Session

from digitizer.api.sheet_parts import sheet_url
from digitizer.api.web import SUPERVISORS, Now, Reading, Reviewer, Web, WebParts
from digitizer.store.accounts import Account
from digitizer.store.checks import next_check, showing_token, showings
from digitizer.store.engine import read_session, write_session
from digitizer.store.turns import FormPlace, next_places, take_first, waiting_places

router = APIRouter(tags=["reviews"])

AHEAD: Final = 2
"""Forms fetched ahead while one is read."""


class Upcoming(BaseModel):
    """Addresses of forms, the next first."""

    urls: list[str]


@router.get("/sheets/next")
def next_page(web: WebParts, account: Reviewer, now: Now) -> Response:
    """The next form this account may review, or the queue when there is none."""
    return RedirectResponse(next_url(web, account, now), HTTPStatus.SEE_OTHER)


@router.get("/sheets/upcoming")
def upcoming(
    session: Reading, web: WebParts, account: Reviewer, now: Now, after: str = ""
) -> Upcoming:
    """The next forms this account may review beside the one it has open, for fetching ahead."""
    done = showings(session, account.id) + 1
    limit = AHEAD + 1
    supervises = account.role in SUPERVISORS
    places = iter(next_places(session, account.id, now, supervises=supervises, limit=limit))
    urls: list[str] = []
    for number in range(done, done + limit):
        check = next_check(session, web.check_seed, web.review.seeded_share, account.id, number)
        place = check or next(places, None)
        if place is None:
            break
        urls.append(_url(web, account, place, number))
    return Upcoming(urls=[url for url in urls if url.partition("?")[0] != after][:AHEAD])


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody goes on with, looked up before others must wait for them.

    Attributes:
        number: of the forms that this person has dealt with by then.
        check: a verified form to be shown once more, if it is time for one.
        places: else forms of which the first that still waits will be theirs.
    """

    number: int
    check: FormPlace | None
    places: tuple[FormPlace, ...]


def find_turn(
    session: Session, web: Web, account: Account, now: datetime, *, after: FormPlace | None = None
) -> Turn:
    """What this person goes on with, `after` one more form if they are about to confirm it.

    Now and then that is a verified one, to see whether it is looked at; nobody has such a one
    alone.
    """
    done = showings(session, account.id) + (after is not None)
    check = next_check(session, web.check_seed, web.review.seeded_share, account.id, done)
    if check is not None:
        return Turn(done, check, ())
    supervises = account.role in SUPERVISORS
    places = waiting_places(session, account.id, now, but=after, supervises=supervises)
    return Turn(done, None, places)


def take_turn(session: Session, web: Web, account: Account, turn: Turn, now: datetime) -> str:
    """Address of the form that is theirs from now on, or of the queue; the caller commits."""
    place = turn.check or take_first(
        session, turn.places, account.id, now, supervises=account.role in SUPERVISORS
    )
    return "/queue?done=1" if place is None else _url(web, account, place, turn.number)


def next_url(web: Web, account: Account, now: datetime) -> str:
    """Where a reviewer goes on, found and taken in transactions of its own."""
    with read_session(web.engine) as session:
        turn = find_turn(session, web, account, now)
    return take_alone(web, account, turn, now)


def take_alone(web: Web, account: Account, turn: Turn, now: datetime) -> str:
    """`take_turn` where nothing else is kept with it."""
    with write_session(web.engine) as session:
        url = take_turn(session, web, account, turn, now)
        session.commit()
    return url


def _url(web: Web, account: Account, place: FormPlace, number: int) -> str:
    return f"{sheet_url(*place)}?s={showing_token(web.check_seed, account.id, number)}"
