"""What stands before every route: size limits, the origin of a request, headers of every answer."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitizer.api.failures import UNREACHED, not_reached, told
from digitizer.api.watch import request_id
from digitizer.api.web import (
    COOKIE,
    SENDERS,
    SUPERVISORS,
    account_or_none,
    keep_phone_signed_in,
    signed_in,
    web_of,
)
from digitizer.domain.election import Role
from digitizer.errors import DigitizerError
from digitizer.metrics import REFUSED

MIB: Final = 1 << 20
BODY_LIMIT: Final = 1 * MIB
UPLOAD_LIMIT: Final = 301 * MIB
PIECE_LIMIT: Final = 31 * MIB
OFFICIAL_LIMIT: Final = 64 * MIB
"""Of official results; the JSON of 6,274 TPS has some 13 MiB."""

DRAFT_LIMIT: Final = 4 * MIB
"""Of a form being drawn up; the largest that is shipped has some 100 KiB."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_DIGITS: Final = 20
"""Of a length that is looked at; longer ones are too large whatever follows."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Asked for anew by its tag: modules kept from before an upgrade would not fit the new ones.
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Larger:
    """What a route takes beyond `BODY_LIMIT`.

    Attributes:
        limit: bytes a body may have.
        roles: of those who may send so much.
        gated: whether photos are taken in, for which there must be room.
    """

    limit: int
    roles: frozenset[Role]
    gated: bool = False


ADMINS: Final[frozenset[Role]] = frozenset({"admin"})
PHOTOS: Final = Larger(UPLOAD_LIMIT, SENDERS, gated=True)
BLANKS: Final = Larger(UPLOAD_LIMIT, ADMINS)
DRAFT: Final = Larger(DRAFT_LIMIT, ADMINS)
TRIED: Final = Larger(PIECE_LIMIT, ADMINS)
OFFICIAL: Final = Larger(OFFICIAL_LIMIT, ADMINS)
DOCUMENT: Final = Larger(PIECE_LIMIT, SUPERVISORS)

STAY_ENCRYPTED: Final = "max-age=31536000"
"""Whoever came once over TLS comes only so for a year (RFC 6797)."""


class Guards:
    """Refuse what comes from another site, cut off bodies that are too large, add the headers.

    Among them the cookie of a phone whose login was renewed; what is told to somebody who is signed
    in is never kept for others (`recap.cache_of`).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer.setdefault(name, value)
                is_secure = scope["scheme"] == "https"
                if is_secure:
                    answer.setdefault("Strict-Transport-Security", STAY_ENCRYPTED)
                if token := scope["state"].get("renewed"):
                    renewed = Response()
                    keep_phone_signed_in(renewed, token, is_secure=is_secure)
                    answer.append("Set-Cookie", renewed.headers["Set-Cookie"])
            await send(message)

        if scope["method"] not in SAFE_METHODS and comes_from_elsewhere(headers):
            await _refuse(send_with_headers, request_id(scope))
            return
        # The route of a piece takes it itself, and knows first who sends.
        limit: int | Response = PIECE_LIMIT if scope["path"].startswith("/tus/") else BODY_LIMIT
        larger = larger_of(scope["path"])
        if larger is not None and scope["method"] not in SAFE_METHODS:
            limit = await run_in_threadpool(limit_of, Request(scope), larger)
        if isinstance(limit, Response):
            await limit(scope, receive, send_with_headers)
            return
        await self.app(scope, limited(receive, headers, limit), send_with_headers)


def comes_from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that another site made this request; other clients say nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != headers.get("host")
    except ValueError:  # no address, so not that of this site
        return True


def larger_of(path: str) -> Larger | None:
    """What is taken at an address beyond `BODY_LIMIT`, if anything."""
    if path == "/photos":
        return PHOTOS
    if path == "/forms/drafts":
        return BLANKS
    if path.startswith("/forms/drafts/"):
        return TRIED if path.endswith("/try") else DRAFT
    if path.startswith("/compare/") and path.endswith("/imports"):
        return OFFICIAL
    return DOCUMENT if path.endswith("/corrections") else None


def limit_of(request: Request, larger: Larger) -> int | Response:
    """Bytes the body of a request may have, or what is answered before a byte of it is taken.

    A route is asked only once its body was read and lies in memory or on the disk. So whoever sends
    much is known before.
    """
    if COOKIE not in request.cookies:
        return BODY_LIMIT
    try:
        if signed_in(account_or_none(request, datetime.now(UTC))).role not in larger.roles:
            return BODY_LIMIT
        if larger.gated:
            web_of(request).gate.check()
    except DigitizerError as error:
        return told(request, error)
    except UNREACHED as error:
        return not_reached(request, error)
    return larger.limit


def limited(receive: Receive, headers: Headers, limit: int) -> Receive:
    """The same body, cut off by an HTTP 413 as soon as it is known to be too large."""
    taken = 0
    announced = headers.get("content-length", "")

    def refuse(size: int) -> HTTPException:
        return HTTPException(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body has {size / MIB:.1f} MiB, at most {limit / MIB:.0f} MiB are taken",
        )

    async def receive_limited() -> Message:
        nonlocal taken
        if announced.isascii() and announced.isdigit() and int(announced[:MOST_DIGITS]) > limit:
            raise refuse(int(announced[:MOST_DIGITS]))
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise refuse(taken)
        return message

    return receive_limited


async def _refuse(send: Send, request: str) -> None:
    REFUSED.labels("cross_site").inc()
    body = json.dumps(
        {
            "code": "cross_site",
            "message": "this request was made by a page of another site",
            "hint": "open this site itself and try again",
            "request": request,
        }
    ).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
