"""What a reviewer is given next, and what is fetched ahead while they read."""

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
from digitizer.store.turns import next_sheets

router = APIRouter(tags=["reviews"])

AHEAD: Final = 2
"""Forms fetched ahead while one is read."""


class Upcoming(BaseModel):
    """Addresses of forms, the next first."""

    urls: list[str]


@router.get("/sheets/next")
def next_page(session: Reading, web: WebParts, account: Reviewer, now: Now) -> Response:
    """The next form this account may review, or the queue when there is none."""
    return RedirectResponse(next_url(session, web, account, now), HTTPStatus.SEE_OTHER)


@router.get("/sheets/upcoming")
def upcoming(
    session: Reading, web: WebParts, account: Reviewer, now: Now, after: str = ""
) -> Upcoming:
    """The next forms this account may review beside the one it has open, for fetching ahead."""
    done = showings(session, account.id) + 1
    urls = next_urls(session, web, account, now, done=done, limit=AHEAD + 1)
    return Upcoming(urls=[url for url in urls if url.partition("?")[0] != after][:AHEAD])


def next_url(session: Session, web: Web, account: Account, now: datetime) -> str:
    """Where a reviewer goes on."""
    found = next_urls(session, web, account, now, done=showings(session, account.id), limit=1)
    return found[0] if found else "/queue?done=1"


def next_urls(
    session: Session, web: Web, account: Account, now: datetime, *, done: int, limit: int
) -> list[str]:
    """Addresses of the next forms: now and then a verified one, to see whether it is looked at.

    Args:
        session: only read.
        web: its lot.
        account: who reads them.
        now: leases that ended before count no more.
        done: forms this person has dealt with before these.
        limit: addresses, at most.
    """
    supervises = account.role in SUPERVISORS
    sheets = [
        (item.contest, item.tps, item.form)
        for item in next_sheets(session, account.id, now, supervises=supervises, limit=limit)
    ]
    urls: list[str] = []
    for number in range(done, done + limit):
        token = showing_token(web.check_seed, account.id, number)
        check = next_check(session, web.check_seed, web.review.seeded_share, account.id, number)
        if check is None and not sheets:
            break
        place = check or sheets.pop(0)
        urls.append(f"{sheet_url(*place)}?s={token}")
    return urls
