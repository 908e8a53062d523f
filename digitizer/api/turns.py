"""What a reviewer is given next, and what is fetched ahead while they read."""

from datetime import datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from digitizer.api.sheet_parts import sheet_url
from digitizer.api.web import SUPERVISORS, Now, Reading, Reviewer, Web, WebParts
from digitizer.store.accounts import Account
from digitizer.store.checks import next_check, showing_token, showings
from digitizer.store.engine import read_session, write_session
from digitizer.store.turns import FormPlace, next_places, take_next

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


def next_url(web: Web, account: Account, now: datetime) -> str:
    """Where a reviewer goes on: to a form that is theirs from now on, or to the queue.

    Now and then that is a verified one, to see whether it is looked at; nobody has such a one
    alone. In transactions of its own, so that no other makes writers wait for it.
    """
    with read_session(web.engine) as session:
        done = showings(session, account.id)
        place = next_check(session, web.check_seed, web.review.seeded_share, account.id, done)
    if place is None:
        with write_session(web.engine) as session:
            place = take_next(session, account.id, now, supervises=account.role in SUPERVISORS)
            session.commit()
    return "/queue?done=1" if place is None else _url(web, account, place, done)


def _url(web: Web, account: Account, place: FormPlace, number: int) -> str:
    return f"{sheet_url(*place)}?s={showing_token(web.check_seed, account.id, number)}"
