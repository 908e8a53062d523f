"""Binding a phone to a TPS by a link, without a password."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from digitizer.api.accounts import address_of
from digitizer.api.pages import render
from digitizer.api.phone import FRESH
from digitizer.api.web import COOKIE, Now, Reading, WebParts
from digitizer.store.elections import tps as find_tps
from digitizer.store.engine import write_session
from digitizer.store.invites import MOST_LABEL, open_invite, use_invite
from digitizer.store.logins import PHONE_LASTS, open_login

router = APIRouter(tags=["accounts"])


@router.get("/join/{token}")
def invitation(request: Request, session: Reading, now: Now, token: str) -> Response:
    """To which TPS, and who keeps what of whoever joins, why and how long."""
    invite = open_invite(session, token, now)
    return render(request, "join.html", tps=find_tps(session, invite.tps), longest=MOST_LABEL)


@router.post("/join/{token}")
def join(
    *,
    request: Request,
    web: WebParts,
    now: Now,
    token: str,
    label: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Bind this phone: a new witness account, signed in for two weeks."""
    with write_session(web.engine) as session:
        account = use_invite(session, token, label, now)
        agent = request.headers.get("user-agent", "")
        login = open_login(
            session, account, now, address=address_of(request), agent=agent, lasts=PHONE_LASTS
        )
        session.commit()
    response = RedirectResponse(FRESH, HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE,
        login,
        max_age=int(PHONE_LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response
