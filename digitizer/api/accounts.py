"""Signing in and out. The session lives in the store; the browser holds an opaque token."""

import math
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Engine

from digitizer.api.failures import status_of, wants_page
from digitizer.api.pages import render
from digitizer.api.phone import FRESH
from digitizer.api.web import COOKIE, Lang, Now, SignedIn, WebParts, account_or_none
from digitizer.domain.election import Role
from digitizer.errors import NotAllowed, TooManyAttempts
from digitizer.store.accounts import Account, authenticate
from digitizer.store.engine import read_session, write_session
from digitizer.store.logins import close_login, open_login
from digitizer.store.throttling import forget_failures, note_failure, wait_needed
from review_ui.i18n import Language
from review_ui.wording import error_text

router = APIRouter(tags=["accounts"])

HOME: Final[dict[Role, str]] = {
    "witness": "/phone",
    "reviewer": "/queue",
    "supervisor": "/queue",
    "admin": "/queue",
    "viewer": "/recap",
}
Whoever = Annotated[Account | None, Depends(account_or_none)]


@router.get("/", include_in_schema=False)
def home(account: SignedIn) -> Response:
    """Each role begins where its work is."""
    return RedirectResponse(HOME[account.role], HTTPStatus.SEE_OTHER)


@router.get("/login", include_in_schema=False)
def login_page(request: Request, account: Whoever, next: str = "/") -> Response:
    """The sign-in page; who is signed in already goes on."""
    if account is not None:
        return RedirectResponse(inner_path(next), HTTPStatus.SEE_OTHER)
    return render(request, "login.html", failure=None, wait=0, username="", next=inner_path(next))


@router.post("/login")
def login(
    *,
    request: Request,
    web: WebParts,
    lang: Lang,
    now: Now,
    username: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Sign in with a name and a password; the answer sets the session cookie."""
    address = address_of(request)
    try:
        account = admit(web.engine, username, password, address, now)
    except NotAllowed as error:
        if not wants_page(request):
            raise
        return refused(request, error, lang, username=username, next=inner_path(next))
    with write_session(web.engine) as session:
        agent = request.headers.get("user-agent", "")
        token = open_login(session, account, now, address=address, agent=agent)
        session.commit()
    place = inner_path(next)
    if (HOME[account.role] if place == "/" else place) == "/phone":
        place = FRESH
    response = RedirectResponse(place, HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return response


def admit(engine: Engine, username: str, password: str, address: str, now: datetime) -> Account:
    """The account of a name and a password, unless so many attempts failed that it must wait.

    A password takes a while to check, and nobody waits for the store meanwhile.

    Raises:
        TooManyAttempts: it must; the password was not looked at.
        NotAllowed: they do not belong together, or the account is closed.
    """
    with read_session(engine) as session:
        wait = wait_needed(session, username, address, now)
        if wait:
            raise TooManyAttempts(math.ceil(wait.total_seconds()))
        try:
            account = authenticate(session, username, password)
        except NotAllowed:
            with write_session(engine) as writing:
                note_failure(writing, username, address, now)
                writing.commit()
            raise
    with write_session(engine) as session:
        forget_failures(session, username, address)
        session.commit()
    return account


def refused(
    request: Request, error: NotAllowed, lang: Language, *, username: str, next: str
) -> Response:
    """The sign-in page once more, and why."""
    wait = error.seconds if isinstance(error, TooManyAttempts) else 0
    failure = error_text(error, lang)
    page = render(request, "login.html", failure=failure, wait=wait, username=username, next=next)
    page.status_code = status_of(error)
    if wait:
        page.headers["Retry-After"] = str(wait)
    return page


def address_of(request: Request) -> str:
    """The network address of the caller, as far as the server knows it."""
    return request.client.host if request.client else ""


@router.post("/logout")
def logout(request: Request, web: WebParts) -> Response:
    """Sign out: the token is worthless from now on."""
    if token := request.cookies.get(COOKIE):
        with write_session(web.engine) as session:
            close_login(session, token)
            session.commit()
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE)
    return response


def inner_path(place: str) -> str:
    """A path of this site and nothing else, so that a link cannot lead elsewhere after sign-in.

    >>> inner_path("//evil.example")
    '/'
    """
    safe = place.startswith("/") and not place.startswith(("//", "/\\")) and "\n" not in place
    return place if safe else "/"
