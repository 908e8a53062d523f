"""Uploads and their receipts: what is sent is kept, and its sender is told what became of it."""

import secrets
import zipfile
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, BinaryIO, Final

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse
from sqlmodel import Session

from digitizer.api.failures import wants_page
from digitizer.api.names import known_contest, known_tps
from digitizer.api.pages import render, render_live
from digitizer.api.receipt_view import receipt_view, receipt_views
from digitizer.api.web import REVIEWERS, Lang, Now, Reading, Sender, Web, WebParts
from digitizer.errors import DigitizerError, NotAllowed, NotFound
from digitizer.intake import Intake, accept_many, plain_name
from digitizer.intake.archive import check_size
from digitizer.store.accounts import Account
from digitizer.store.elections import contests
from digitizer.store.engine import read_session
from digitizer.store.quotas import refuse_over_quota
from digitizer.store.receiving import Receipt
from digitizer.store.remarks import MOST_NOTE
from digitizer.store.rounds import contests_at
from digitizer.store.uploads import upload, uploads_of
from review_ui.i18n import Language, text

router = APIRouter(tags=["photos"])

PER_PAGE = 50
"""So many receipts stand on a page, which asks again every few seconds."""

LOGGED = 20
"""So many uploads of one request are named in the log."""

ZIP_BEGINS: Final = (b"PK\x03\x04", b"PK\x05\x06")
"""The first bytes of a ZIP that holds anything, and of an empty one."""


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
    well and shows in the queue as unreadable.
    """
    sent = [item for item in files if item.filename]
    if not sent:
        raise DigitizerError("no file was sent", "choose one photo or more", code="no_file")
    web.gate.check()
    with read_session(web.engine) as session:
        code = station_for(session, account, tps)
        contest_id = known_contest(session, contest)
    key = idempotency_key or secrets.token_hex(16)
    receipts = [
        receipt
        for index, item in enumerate(sent)
        for receipt in take(
            web, account, item, tps=code, contest=contest_id, key=f"{key}:{index}", now=now
        )
    ]
    request.state.uploads = " ".join(item.upload_id for item in receipts[:LOGGED])
    if wants_page(request):
        return RedirectResponse("/receipts", HTTPStatus.SEE_OTHER)
    new = any(item.status == "accepted" for item in receipts)
    body = {"receipts": [receipt_data(item, lang) for item in receipts]}
    return JSONResponse(body, HTTPStatus.CREATED if new else HTTPStatus.OK)


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


def take(
    web: Web,
    account: Account,
    item: UploadFile,
    *,
    tps: str | None,
    contest: str | None,
    key: str,
    now: datetime,
) -> tuple[Receipt, ...]:
    """Take one file in: a photo, or every member of a ZIP.

    Raises:
        PhotoRefused: a photo or ZIP that is too large to be taken in.
        OverQuota: the account or the TPS has sent too many.
    """
    name = plain_name(item.filename or "")

    def refuse(session: Session, photo: str, place: str | None) -> None:
        refuse_over_quota(
            session,
            photo,
            account=account.id,
            tps=place,
            account_quota=web.settings.account_quota,
            tps_quota=web.settings.tps_quota,
            now=now,
        )

    if is_zip(item.file):
        return accept_many(
            web.engine,
            web.photos,
            item.file,
            account=account.id,
            tps=tps,
            contest=contest,
            file_name=name,
            idempotency_key=key,
            refuse=refuse,
        )
    check_size(name, item.size or 0)
    intake = Intake(web.engine, web.photos, account.id, tps, contest, refuse)
    return (intake.take(name, item.file.read(), key=key),)


def is_zip(file: BinaryIO) -> bool:
    """Whether a file is a ZIP by its beginning and its end; leaves it at its beginning.

    The end alone says nothing: a photo may hold the mark of a ZIP's directory anywhere.
    """
    begins = file.read(len(ZIP_BEGINS[0])) in ZIP_BEGINS
    found = begins and zipfile.is_zipfile(file)
    file.seek(0)
    return found


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
