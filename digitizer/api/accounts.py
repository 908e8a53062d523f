"""Signing in and out. The session lives in the store; the browser holds an opaque token."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from digitizer.api.failures import wants_page
from digitizer.api.pages import render
from digitizer.api.web import COOKIE, Lang, Now, SignedIn, WebParts, account_or_none
from digitizer.domain.election import Role
from digitizer.errors import NotAllowed
from digitizer.store.accounts import Account, authenticate, close_login, open_login
from digitizer.store.engine import read_session, write_session
from review_ui.wording import error_text

router = APIRouter(tags=["accounts"])

HOME: Final[dict[Role, str]] = {
    "witness": "/upload",
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
    return render(request, "login.html", failure=None, username="", next=inner_path(next))


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
    try:
        with read_session(web.engine) as session:
            account = authenticate(session, username, password)
    except NotAllowed as error:
        refused = NotAllowed(error.message, error.hint, code="wrong_password")
        if not wants_page(request):
            raise refused from error
        page = render(
            request,
            "login.html",
            failure=error_text(refused, lang),
            username=username,
            next=inner_path(next),
        )
        page.status_code = HTTPStatus.UNAUTHORIZED
        return page
    with write_session(web.engine) as session:
        token = open_login(session, account, now)
        session.commit()
    response = RedirectResponse(inner_path(next), HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return response


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
