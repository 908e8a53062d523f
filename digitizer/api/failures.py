"""Errors as answers: a status by kind, and a page or JSON by what the caller accepts."""

import errno
import logging
import sqlite3
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from digitizer.api.pages import render, render_alone
from digitizer.api.watch import REQUEST_ID, request_id
from digitizer.api.web import language_of
from digitizer.errors import (
    Conflict,
    CorrectionRefused,
    DigitizerError,
    FormRefused,
    MustWait,
    NoRoom,
    NotAllowed,
    NotFound,
    NotLearned,
    NotNow,
    OfficialRefused,
    PhotoError,
    StoreUnavailable,
    VerificationRefused,
)
from digitizer.metrics import REFUSED, STORE_ERRORS
from review_ui.i18n import Language
from review_ui.wording import error_text

_log: Final = logging.getLogger(__name__)

CHECKSUM_MISMATCH: Final = 460
"""The status that tus gives it."""

DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
POSTGRESQL_DISK_FULL: Final = "53100"
"""Of class 53, insufficient resources (PostgreSQL, appendix A)."""

UNREACHED: Final = (OperationalError, PoolTimeout)
"""What is raised where the database cannot be asked just now."""

BUSY_S: Final = 5
"""Whoever is told that the store is busy may come back after so many seconds."""

STATUS_OF_CODE: Final[dict[str, int]] = {
    "not_signed_in": HTTPStatus.UNAUTHORIZED,
    "wrong_password": HTTPStatus.UNAUTHORIZED,
    "account_disabled": HTTPStatus.UNAUTHORIZED,
    "short_password": HTTPStatus.UNPROCESSABLE_ENTITY,
    "passwords_differ": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unknown_tps": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unknown_contest": HTTPStatus.UNPROCESSABLE_ENTITY,
    "no_file": HTTPStatus.UNPROCESSABLE_ENTITY,
    "bad_request": HTTPStatus.UNPROCESSABLE_ENTITY,
    "blank_or_photos": HTTPStatus.UNPROCESSABLE_ENTITY,
    "paper_size": HTTPStatus.UNPROCESSABLE_ENTITY,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "tus_version": HTTPStatus.PRECONDITION_FAILED,
    "checksum_mismatch": CHECKSUM_MISMATCH,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "no_room": HTTPStatus.INSUFFICIENT_STORAGE,
}
STATUS_OF_KIND: Final[tuple[tuple[type[DigitizerError], HTTPStatus], ...]] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (MustWait, HTTPStatus.TOO_MANY_REQUESTS),
    (NotNow, HTTPStatus.SERVICE_UNAVAILABLE),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (VerificationRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (OfficialRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (CorrectionRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (FormRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotLearned, HTTPStatus.UNPROCESSABLE_ENTITY),
    (PhotoError, HTTPStatus.UNPROCESSABLE_ENTITY),
)

Draw = Callable[..., Response]
"""Draws a page from a request, the name of a template and what that shows."""


def status_of(error: DigitizerError) -> int:
    """The status of an error: by its code where that says more than its kind, 500 for the rest."""
    if error.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[error.code]
    for kind, status in STATUS_OF_KIND:
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def wants_page(request: Request) -> bool:
    """Whether the caller is a person's browser that asks for a page."""
    return "text/html" in request.headers.get("accept", "")


def answer(request: Request, error: DigitizerError) -> Response:
    """The answer that tells this error."""
    return _answer(request, error, render)


def _answer(request: Request, error: DigitizerError, draw: Draw) -> Response:
    status = status_of(error)
    REFUSED.labels(error.code).inc()
    if error.code == "not_signed_in" and wants_page(request):
        place = quote(request.url.path if request.method == "GET" else "/", safe="/")
        return RedirectResponse(f"/login?next={place}", HTTPStatus.SEE_OTHER)
    lang = language_of(request)
    later = {"Retry-After": str(error.seconds)} if isinstance(error, MustWait | NotNow) else {}
    if wants_page(request):
        text, hint = error_text(error, lang)
        page = draw(
            request,
            "error.html",
            code=error.code,
            message=error.message,
            text=text,
            hint=hint,
            request_id=request_id(request.scope),
        )
        page.status_code = status
        page.headers.update(later)
        return page
    body = {**error_data(error, lang), "request": request_id(request.scope)}
    return JSONResponse(body, status, later)


def error_data(error: DigitizerError, lang: Language) -> dict[str, object]:
    """An error as JSON values, with the words for whoever meets it."""
    text, hint = error_text(error, lang)
    refused = isinstance(error, VerificationRefused | CorrectionRefused)
    detail = f" ({error.message})" if refused else ""
    body: dict[str, object] = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "text": f"{text}{detail} {hint}",
    }
    if isinstance(error, PhotoError):
        body["numbers"] = dict(error.numbers)
    return body


def of_a_full_disk(error: OperationalError) -> bool:
    """Whether a database says that its disk is full."""
    by_sqlite = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return by_sqlite or getattr(error.orig, "sqlstate", None) == POSTGRESQL_DISK_FULL


def no_room(cause: Exception) -> NoRoom:
    """The error that tells a full disk."""
    error = NoRoom("the disk is full", "send it again later; it stays with you")
    error.__cause__ = cause
    return error


def add_failures(app: FastAPI) -> None:
    """Teach the application to tell every error that is raised on purpose."""
    app.exception_handler(DigitizerError)(told)
    app.exception_handler(OSError)(_full)
    for kind in UNREACHED:
        app.exception_handler(kind)(not_reached)
    app.exception_handler(Exception)(_broken)
    app.exception_handler(RequestValidationError)(_not_understood)
    app.exception_handler(HTTPException)(_by_status)


def told(request: Request, error: DigitizerError) -> Response:
    """The answer to a request that ended by this error, which is counted and logged."""
    if isinstance(error, StoreUnavailable):
        STORE_ERRORS.labels("photos").inc()
    if isinstance(error, NotNow):
        _log.error("not now", exc_info=error.__cause__, extra={"code": error.code})
    return answer(request, error)


def _full(request: Request, error: OSError) -> Response:
    if error.errno not in DISK_FULL:
        raise error
    return told(request, no_room(error))


def not_reached(request: Request, error: Exception) -> Response:
    """The answer where the database could not be asked, by one of `UNREACHED`."""
    if isinstance(error, OperationalError) and of_a_full_disk(error):
        return told(request, no_room(error))
    # The database cannot be asked just now; nothing was written, and whoever asks again may.
    STORE_ERRORS.labels("database").inc()
    _log.error("the store is busy", exc_info=error)
    busy = DigitizerError("the store did not answer in time", "try again", code="busy")
    later = _answer(request, busy, render_alone)
    later.headers["Retry-After"] = str(BUSY_S)
    return later


def _broken(request: Request, _error: Exception) -> Response:
    # It was logged under this id, and goes up further. What is broken may be the database.
    broken = _answer(
        request,
        DigitizerError("something here is broken", "try again; tell an admin this request"),
        render_alone,
    )
    broken.headers[REQUEST_ID] = request_id(request.scope)
    return broken


def _not_understood(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return answer(
        request,
        DigitizerError(f"{place}: {first['msg']}", "see /openapi.json", code="bad_request"),
    )


def _by_status(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer(request, NotFound("no page has this address", "check the address"))
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return answer(
            request,
            DigitizerError(str(error.detail), "send a smaller file", code="body_too_large"),
        )
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return answer(
            request,
            DigitizerError(str(error.detail), "see /openapi.json", code="bad_request"),
        )
    REFUSED.labels("bad_request").inc()
    return JSONResponse(
        {
            "code": "bad_request",
            "message": str(error.detail),
            "hint": "see /openapi.json",
            "request": request_id(request.scope),
        },
        error.status_code,
        error.headers,
    )
