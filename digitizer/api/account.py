"""One's own account: another password, and where one is signed in."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from digitizer.api.accounts import address_of, admit
from digitizer.api.pages import local_time, render
from digitizer.api.web import COOKIE, Now, Reading, SignedIn, WebParts
from digitizer.errors import DigitizerError
from digitizer.store.accounts import Account, set_password
from digitizer.store.elections import get_election
from digitizer.store.engine import write_session
from digitizer.store.logins import end_login, end_logins, logins_of, name_of

router = APIRouter(tags=["accounts"])

Password = Annotated[str, Form(max_length=1000)]
PAGE = "/account"


@router.get(PAGE)
def account_page(
    request: Request, session: Reading, account: SignedIn, now: Now, done: str = ""
) -> Response:
    """The account: its password can be changed, and every login ended."""
    return render(
        request,
        "account.html",
        logins=_rows(session, request, account, now),
        changed=done == "password",
    )


@router.post(f"{PAGE}/password")
def change_password(
    *,
    request: Request,
    web: WebParts,
    account: SignedIn,
    now: Now,
    old: Password,
    new: Password,
    again: Password,
) -> Response:
    """Change the password; every other login of the account ends."""
    if new != again:
        raise DigitizerError(
            "the two new passwords differ", "type the new one twice", code="passwords_differ"
        )
    # A wrong guess counts like one at the entrance.
    admit(web.engine, account.username, old, address_of(request), now)
    with write_session(web.engine) as session:
        set_password(session, account.id, new, actor=account.id, now=now)
        end_logins(session, account.id, but=request.cookies.get(COOKIE, ""))
        session.commit()
    return RedirectResponse(f"{PAGE}?done=password", HTTPStatus.SEE_OTHER)


@router.post(f"{PAGE}/logins/end")
def end_others(request: Request, web: WebParts, account: SignedIn) -> Response:
    """Sign out everywhere but here."""
    with write_session(web.engine) as session:
        end_logins(session, account.id, but=request.cookies.get(COOKIE, ""))
        session.commit()
    return RedirectResponse(PAGE, HTTPStatus.SEE_OTHER)


@router.post(f"{PAGE}/logins/{{login}}/end")
def end_one(web: WebParts, account: SignedIn, login: str) -> Response:
    """Sign out in one place; a login of another account is as unknown as none at all."""
    with write_session(web.engine) as session:
        end_login(session, account.id, login)
        session.commit()
    return RedirectResponse(PAGE, HTTPStatus.SEE_OTHER)


def _rows(
    session: Session, request: Request, account: Account, now: datetime
) -> list[dict[str, object]]:
    election = get_election(session)
    zone = election.zone if election else "UTC"
    here = name_of(request.cookies.get(COOKIE, ""))
    return [
        {
            "name": item.name,
            "at": local_time(item.at, zone),
            "address": item.address,
            "agent": item.agent,
            "here": item.name == here,
        }
        for item in logins_of(session, account.id, now)
    ]
