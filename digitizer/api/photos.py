"""Uploads and their receipts: what is sent is kept, and its sender is told what became of it."""

import secrets
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse
from sqlmodel import Session

from digitizer.api.failures import error_data, wants_page
from digitizer.api.names import known_contest, known_tps
from digitizer.api.pages import render, render_live
from digitizer.api.receipt_view import receipt_view, receipt_views
from digitizer.api.taking import NotTaken, take_all
from digitizer.api.watch import request_id
from digitizer.api.web import REVIEWERS, Lang, Now, Reading, Sender, WebParts
from digitizer.errors import DigitizerError, NotAllowed, NotFound
from digitizer.metrics import REFUSED
from digitizer.store.accounts import Account
from digitizer.store.elections import contests
from digitizer.store.engine import read_session
from digitizer.store.receiving import Receipt
from digitizer.store.remarks import MOST_NOTE
from digitizer.store.rounds import contests_at
from digitizer.store.uploads import upload, uploads_of
from review_ui.i18n import Language, text
from review_ui.wording import error_text

router = APIRouter(tags=["photos"])

PER_PAGE = 50
"""So many receipts stand on a page, which asks again every few seconds."""

LOGGED = 20
"""So many uploads of one request are named in the log."""


@router.get("/upload")
def upload_page(request: Request, session: Reading, account: Sender) -> Response:
    """The upload page, with the contests in which the TPS of a bound account votes."""
    known = contests_at(session, account.tps) if account.tps else contests(session)
    return render(request, "upload.html", contests=known, key=secrets.token_hex(16))


@router.post("/photos")
def send_photos(
    *,
    request: Request,
    web: WebParts,
    account: Sender,
    lang: Lang,
    now: Now,
    files: Annotated[list[UploadFile], File()] = [],  # noqa: B006
    tps: Annotated[str, Form(max_length=40)] = "",
    contest: Annotated[str, Form(max_length=200)] = "",
    idempotency_key: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take photos, or ZIP files of photos, in.

    201 when at least one is new, 200 when all were received before. What is no photo is kept as
    well and shows in the queue as unreadable. A file that cannot be taken in keeps none of the
    others out: each stands in `refused` with its name and its error, beside the `receipts`. Where
    none at all was taken in the answer is the first of these errors.
    """
    sent = [item for item in files if item.filename]
    if not sent:
        raise DigitizerError("no file was sent", "choose one photo or more", code="no_file")
    web.gate.check()
    with read_session(web.engine) as session:
        code = station_for(session, account, tps)
        contest_id = known_contest(session, contest)
    key = idempotency_key or secrets.token_hex(16)
    receipts, refused = take_all(web, account, sent, tps=code, contest=contest_id, key=key, now=now)
    request.state.uploads = " ".join(item.upload_id for item in receipts[:LOGGED])
    if refused and not receipts:
        raise refused[0].error
    for one in refused:
        REFUSED.labels(one.error.code).inc()
    new = any(item.status == "accepted" for item in receipts)
    status = HTTPStatus.CREATED if new else HTTPStatus.OK
    if not wants_page(request):
        body = {
            "receipts": [receipt_data(item, lang) for item in receipts],
            "refused": [{"file": one.name, **error_data(one.error, lang)} for one in refused],
        }
        return JSONResponse(body, status)
    if not refused:
        return RedirectResponse("/receipts", HTTPStatus.SEE_OTHER)
    page = _partly_taken(request, refused, len(sent), lang)
    page.status_code = status
    return page


def _partly_taken(
    request: Request, refused: Sequence[NotTaken], of: int, lang: Language
) -> Response:
    """The page that names the files that were not taken in, each with its reason."""
    why = [f"{one.name}: {' '.join(error_text(one.error, lang))}" for one in refused]
    return render(
        request,
        "error.html",
        code=" ".join(dict.fromkeys(one.error.code for one in refused)),
        message="; ".join(f"{one.name}: {one.error}" for one in refused),
        text=text("upload.partly", lang, found=len(refused), of=of),
        hint=" ".join((*why, text("upload.partly_hint", lang))),
        request_id=request_id(request.scope),
    )


@router.get("/receipts")
def receipts_page(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    account: Sender,
    lang: Lang,
    part: bool = False,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """What this account sent, newest first, some at a time."""
    start = PER_PAGE * (page - 1)
    sent = uploads_of(session, account.id, limit=PER_PAGE + 1, offset=start)
    items = receipt_views(session, sent[:PER_PAGE], lang, web.policy)
    return render_live(
        request, "receipts.html", "receipts_part.html", part=part,
        receipts=items, page=page, more=len(sent) > PER_PAGE,
    )  # fmt: skip


@router.get("/receipts/{upload_id}")
def receipt_page(
    *,
    request: Request,
    web: WebParts,
    session: Reading,
    account: Sender,
    lang: Lang,
    upload_id: str,
    part: bool = False,
) -> Response:
    """One receipt with its SHA-256 and, once read, the numbers beside their ink."""
    item = upload(session, upload_id)
    if item.account != account.id and account.role not in REVIEWERS:
        raise NotFound(f"there is no receipt {upload_id}", "open it from your receipts")
    view = receipt_view(session, item, lang, web.policy)
    return render_live(
        request,
        "receipt.html",
        "receipt_part.html",
        part=part,
        item=view,
        own=item.account == account.id,
        longest_note=MOST_NOTE,
    )


def station_for(session: Session, account: Account, typed: str) -> str | None:
    """The TPS of an upload: the account's own, else the one typed, else None.

    Raises:
        NotAllowed: the account is bound to another TPS.
        NotFound: the election has no such TPS.
    """
    code = known_tps(session, typed)
    if account.tps is None:
        return code
    if code not in (None, account.tps):
        raise NotAllowed(
            f"this account sends for TPS {account.tps}, not for {code}",
            "leave the TPS empty, or use the account of that TPS",
        )
    return account.tps


def receipt_data(receipt: Receipt, lang: Language) -> dict[str, object]:
    """A receipt as JSON values, with the words for the sender."""
    words = [text(f"upload.{receipt.status}", lang)]
    if receipt.duplicate_elsewhere:
        words.append(text("upload.duplicate_elsewhere", lang))
    return {
        "upload": receipt.upload_id,
        "photo": receipt.photo,
        "status": receipt.status,
        "duplicate_elsewhere": receipt.duplicate_elsewhere,
        "at": receipt.at.isoformat(),
        "url": f"/receipts/{receipt.upload_id}",
        "text": " ".join(words),
    }
