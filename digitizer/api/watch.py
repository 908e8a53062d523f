"""Around every request: an id for it, one line in the log, one more in the counters."""

import logging
import secrets
import time
from http import HTTPStatus
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitizer.logs import about
from digitizer.metrics import REQUESTS

REQUEST_ID: Final = "X-Request-ID"
ID_BYTES: Final = 8
UNKNOWN: Final = "none"
"""Route of a request that leads nowhere: its address is a stranger's words."""

QUIET: Final = frozenset({"/static", "/healthz", "/readyz", "/metrics"})
"""Routes that are asked all the time; only `debug` tells them."""

GONE: Final = 499
"""Whoever asked went away before there was an answer."""

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_log: Final = logging.getLogger(__name__)


class Watch:
    """Give every request an id, and tell what became of it without a word of what it said."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = secrets.token_hex(ID_BYTES)
        scope.setdefault("state", {})["request_id"] = name
        status = GONE

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = name
            await send(message)

        started = time.perf_counter()
        with about(request=name):
            try:
                await self.app(scope, receive, send_with_id)
            except ClientDisconnect:
                raise
            except Exception:
                status = HTTPStatus.INTERNAL_SERVER_ERROR
                _log.exception("request failed")
                raise
            finally:
                tell(scope, status, time.perf_counter() - started)


def tell(scope: Scope, status: int, seconds: float) -> None:
    """Count a request that is over, and log it."""
    route = template(scope)
    method = scope["method"] if scope["method"] in METHODS else "other"
    REQUESTS.labels(method, route, status).observe(seconds)
    facts: dict[str, object] = {
        "method": method,
        "route": route,
        "status": status,
        "ms": round(1000 * seconds, 1),
    }
    account = scope["state"].get("account")
    if account is not None:
        facts["account"] = account.id
    if uploads := scope["state"].get("uploads"):
        facts["upload"] = uploads
    _log.log(logging.DEBUG if route in QUIET else logging.INFO, "request", extra=facts)


def template(scope: Scope) -> str:
    """The template of the route that was taken."""
    if scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(scope.get("route"), "path", UNKNOWN))


def request_id(scope: Scope) -> str:
    """The id of a request."""
    return str(scope.get("state", {}).get("request_id", ""))
