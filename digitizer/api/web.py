"""What every route needs, made once: the store, the forms, who asks and in which language."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Request, Response
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from digitizer.api.standings import Standings
from digitizer.domain.election import Role
from digitizer.domain.policy import Policy
from digitizer.domain.review import ReviewPolicy
from digitizer.errors import NotAllowed
from digitizer.intake.gate import Gate
from digitizer.intake.pieces import Counter
from digitizer.own_forms import refresh_forms
from digitizer.sandbox import Lookout, Sandbox
from digitizer.settings import Settings
from digitizer.store.accounts import Account
from digitizer.store.engine import read_session, write_session
from digitizer.store.logins import PHONE_LASTS, Entry, entry_of_token, renew_login
from digitizer.store.photos import PhotoStore
from review_ui.i18n import Language, language

_log: Final = logging.getLogger(__name__)

COOKIE: Final = "session"
REVIEWERS: Final[frozenset[Role]] = frozenset({"reviewer", "supervisor", "admin"})
SUPERVISORS: Final[frozenset[Role]] = frozenset({"supervisor", "admin"})
SENDERS: Final[frozenset[Role]] = REVIEWERS | {"witness"}
READERS: Final[frozenset[Role]] = REVIEWERS | {"viewer"}
"""Who may confirm, who may settle disputes, upload, and see what was confirmed."""


@dataclass(frozen=True, slots=True)
class Web:
    """The application's own parts.

    Attributes:
        policy: which glyphs are shown and which are left open.
        review: which forms arrive empty, and `blind_seed` of the lot by which some are drawn.
        reader: reads a photo again in a process of its own, at once.
        check_seed: of the lot by which seeded checks are drawn.
        counter: takes photos in that arrive in pieces.
        gate: whether any photo can be taken in now.
        lookout: looks at previews, at once and without keeping anything.
        standings: how the installation stands, for the status page and for metrics.
    """

    settings: Settings
    engine: Engine
    photos: PhotoStore
    policy: Policy
    review: ReviewPolicy
    blind_seed: str
    check_seed: str
    reader: Sandbox
    counter: Counter
    gate: Gate
    lookout: Lookout
    standings: Standings


def web_of(request: Request) -> Web:
    """The parts of the application that serves this request."""
    return cast("Web", request.app.state.web)


# FastAPI calls a `def` in a thread, and under load the way there and back costs more than a call
# that never waits; so these are `async`.


async def _web(request: Request) -> Web:
    return web_of(request)


async def now_of() -> datetime:
    """The time of this request, in UTC."""
    return datetime.now(UTC)


def reading_session(request: Request) -> Iterator[Session]:
    """A session that only reads; routes that write open their own."""
    with read_session(web_of(request).engine) as session:
        yield session


WebParts = Annotated[Web, Depends(_web)]
Now = Annotated[datetime, Depends(now_of)]
Reading = Annotated[Session, Depends(reading_session)]


def language_of(request: Request) -> Language:
    """The language asked for: in the address, else in the cookie, else of the installation."""
    return language(
        request.query_params.get("lang"),
        request.cookies.get("lang"),
        web_of(request).settings.language,
    )


async def _language(request: Request) -> Language:
    return language_of(request)


Lang = Annotated[Language, Depends(_language)]


def account_or_none(request: Request, now: Now) -> Account | None:
    """Who is signed in, if anybody; kept on the request for the page's head.

    Its session ends here: a photo that trickles in for minutes must hold no connection.
    """
    entry = None
    if token := request.cookies.get(COOKIE):
        web = web_of(request)
        with read_session(web.engine) as session:
            refresh_forms(session)
            entry = entry_of_token(session, token, now)
        if entry is not None and entry.is_due(now):
            entry = _renewed(request, web, entry, token, now)
    account = entry.account if entry is not None else None
    request.state.entry, request.state.account = entry, account
    return account


def _renewed(request: Request, web: Web, entry: Entry, token: str, now: datetime) -> Entry:
    """The same login with its new end, of which the guards tell the browser."""
    try:
        with write_session(web.engine) as session:
            renew_login(session, token, now)
            session.commit()
    except OperationalError as error:
        # It is good for days yet, and the next request tries again: whoever only wants to see what
        # became of a photo is not kept from it by a database in which nothing can be written.
        _log.warning("a login was not renewed", exc_info=error)
        return entry
    request.state.renewed = token
    return replace(entry, until=now + PHONE_LASTS)


def keep_phone_signed_in(response: Response, token: str, *, is_secure: bool) -> None:
    """The cookie of a phone that is bound by an invitation."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(PHONE_LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_secure,
    )


def signed_in(account: Account | None) -> Account:
    """Who is signed in.

    Raises:
        NotAllowed: nobody is.
    """
    if account is None:
        raise NotAllowed("nobody is signed in", "sign in and try again", code="not_signed_in")
    return account


async def _signed_in(account: Annotated[Account | None, Depends(account_or_none)]) -> Account:
    return signed_in(account)


SignedIn = Annotated[Account, Depends(_signed_in)]


def one_of(roles: frozenset[Role], what: str) -> object:
    """A dependency that gives the account when its role is one of these, else raises NotAllowed."""

    async def check(account: SignedIn) -> Account:
        if account.role not in roles:
            raise NotAllowed(
                f"a {account.role} may not {what}",
                f"sign in with an account of role {', '.join(sorted(roles))}",
            )
        return account

    return Depends(check)


Reviewer = Annotated[Account, one_of(REVIEWERS, "review")]
SUPERVISOR: Final[Any] = one_of(SUPERVISORS, "see how others review")
Sender = Annotated[Account, one_of(SENDERS, "upload photos")]
Reader = Annotated[Account, one_of(READERS, "see the recap")]
Supervisor = Annotated[Account, one_of(SUPERVISORS, "settle what differs")]
Admin = Annotated[Account, one_of(frozenset({"admin"}), "announce and draw samples")]
