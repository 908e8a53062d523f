"""Binding a phone to a TPS by a link, without a password."""

import secrets
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from digitizer.api.accounts import address_of
from digitizer.api.pages import render
from digitizer.api.phone import FRESH
from digitizer.api.web import Now, Reading, WebParts, keep_phone_signed_in
from digitizer.store.elections import tps as find_tps
from digitizer.store.engine import write_session
from digitizer.store.invites import MOST_LABEL, open_invite, use_invite
from digitizer.store.logins import PHONE_LASTS, open_login

router = APIRouter(tags=["accounts"])

NONCE: Final = "joining"
"""Cookie by which a browser is known again when it asks once more (decision 0015)."""

NONCE_LASTS: Final = timedelta(days=1)


@router.get("/join/{token}")
def invitation(request: Request, session: Reading, now: Now, token: str) -> Response:
    """To which TPS, and who keeps what of whoever joins, why and how long."""
    nonce = request.cookies.get(NONCE) or secrets.token_urlsafe(32)
    invite = open_invite(session, token, nonce, now)
    page = render(request, "join.html", tps=find_tps(session, invite.tps), longest=MOST_LABEL)
    page.set_cookie(
        NONCE,
        nonce,
        max_age=int(NONCE_LASTS.total_seconds()),
        path="/join",
        httponly=True,
        samesite="lax",  # the link is opened from a message or a camera
        secure=request.url.scheme == "https",
    )
    return page


@router.post("/join/{token}")
def join(
    *,
    request: Request,
    web: WebParts,
    now: Now,
    token: str,
    label: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Bind this phone: a new witness account, signed in for two weeks and longer when it is used.

    The browser to which the answer did not come gets it again by asking again.
    """
    with write_session(web.engine) as session:
        account = use_invite(session, token, request.cookies.get(NONCE, ""), label, now)
        agent = request.headers.get("user-agent", "")
        login = open_login(
            session, account, now, address=address_of(request), agent=agent, lasts=PHONE_LASTS
        )
        session.commit()
    response = RedirectResponse(FRESH, HTTPStatus.SEE_OTHER)
    keep_phone_signed_in(response, login, is_secure=request.url.scheme == "https")
    return response
