"""Photos in pieces, by tus 1.0 with creation, expiration and termination.

A photo goes on where its connection was cut, so that a bad network costs time and nothing else.
`Upload-Metadata` names `key`, `filename` and, where they are known, `tps`, `contest` and `sha256`.
A key stands for one photo of one account: announced again under it, it is found and not doubled.
When the last byte has come the answer names the receipt (`Content-Location`) and the sha256 of
what arrived (`Repr-Digest`, RFC 9530).
"""

import base64
import binascii
import re
import tempfile
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import IO, Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session
from starlette.requests import ClientDisconnect

from digitizer.api.names import known_contest
from digitizer.api.photos import station_for
from digitizer.api.web import Now, Sender, Web, WebParts
from digitizer.domain.photo_limits import MAX_BYTES
from digitizer.errors import DigitizerError
from digitizer.intake import named_tps
from digitizer.intake.pieces import (
    Arrival,
    add_piece,
    announce,
    arrival_of,
    withdraw,
)
from digitizer.store.accounts import Account
from digitizer.store.engine import read_session
from digitizer.store.transfers import Transfer, transfer_id

VERSION: Final = "1.0.0"
MOST_KEY: Final = 200
IN_MEMORY: Final = 4 << 20
"""A piece of more bytes than this lies in a temporary file while it comes in. Those that the page
of a phone sends are smaller, and are written to disk once."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


async def same_version(tus_resumable: Annotated[str, Header()] = "") -> None:
    """Refuse whoever speaks another version.

    Raises:
        DigitizerError: the request names no version, or another.
    """
    if tus_resumable != VERSION:
        raise DigitizerError(
            f"found Tus-Resumable {tus_resumable!r}, needed {VERSION}",
            "send photos by tus 1.0",
            code="tus_version",
        )


router = APIRouter(prefix="/tus", tags=["photos"])
SPEAKS_TUS: Final = [Depends(same_version)]


@router.options("", status_code=HTTPStatus.NO_CONTENT)
def abilities(_account: Sender) -> Response:
    """What this server knows of tus."""
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,expiration,termination",
        "Tus-Max-Size": str(MAX_BYTES),
    }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


@router.post("", status_code=HTTPStatus.CREATED, dependencies=SPEAKS_TUS)
def begin(
    *,
    web: WebParts,
    account: Sender,
    now: Now,
    upload_length: Annotated[int, Header(ge=1)],
    upload_metadata: Annotated[str, Header(max_length=4000)],
) -> Response:
    """Announce a photo; 201 also when it was announced before."""
    said = _metadata(upload_metadata)
    web.gate.check()
    with read_session(web.engine) as session:
        announced = _announced(session, account, upload_length, said, now)
    arrival = announce(web.counter, announced, now)
    return _told(arrival, HTTPStatus.CREATED, {"Location": f"/tus/{arrival.id}"})


@router.head("/{transfer}", dependencies=SPEAKS_TUS)
def how_far(web: WebParts, account: Sender, transfer: str) -> Response:
    """How many bytes have come."""
    arrival = arrival_of(web.counter, transfer, account.id)
    return _told(arrival, HTTPStatus.OK, {"Upload-Length": str(arrival.length)})


@router.patch("/{transfer}", status_code=HTTPStatus.NO_CONTENT, dependencies=SPEAKS_TUS)
async def go_on(
    *,
    request: Request,
    web: WebParts,
    account: Sender,
    now: Now,
    transfer: str,
    upload_offset: Annotated[int, Header(ge=0)],
    content_type: Annotated[str, Header()] = "",
) -> Response:
    """Send the bytes that follow; what comes before a connection is cut is kept.

    An empty piece behind the last byte takes in a photo that had to wait for its quota.
    """
    if content_type != "application/offset+octet-stream":
        raise DigitizerError(
            f"found a piece of type {content_type!r}",
            "send it as application/offset+octet-stream",
            code="bad_request",
        )
    await run_in_threadpool(web.gate.check_room)
    # Before a byte is taken: a transfer that is not one's own costs no disk.
    arrival = await run_in_threadpool(arrival_of, web.counter, transfer, account.id)
    most = arrival.length - arrival.offset
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        await _receive(request, file, most)
        arrival = await run_in_threadpool(
            _kept, web, transfer, account.id, upload_offset, file, now
        )
    request.state.uploads = arrival.upload
    return _told(arrival, HTTPStatus.NO_CONTENT, {})


@router.delete("/{transfer}", status_code=HTTPStatus.NO_CONTENT, dependencies=SPEAKS_TUS)
def give_up(web: WebParts, account: Sender, transfer: str) -> Response:
    """Forget a photo that was not sent whole."""
    withdraw(web.counter, transfer, account.id)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Tus-Resumable": VERSION})


async def _receive(request: Request, file: IO[bytes], most: int) -> None:
    """Take what comes, up to a byte more than is wanted: that one is then told as too many."""
    try:
        async for part in request.stream():
            file.write(part[: most + 1 - file.tell()])
            if file.tell() > most:
                return
    except ClientDisconnect:
        return  # nobody waits for the answer; what came is kept


def _kept(
    web: Web, transfer: str, account: str, start: int, file: IO[bytes], now: datetime
) -> Arrival:
    file.seek(0)
    return add_piece(web.counter, transfer, account, start, file.read(), now)


def _told(arrival: Arrival, status: HTTPStatus, headers: dict[str, str]) -> Response:
    told = {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(arrival.offset),
        "Upload-Expires": format_datetime(arrival.until, usegmt=True),
        "Cache-Control": "no-store",
        **headers,
    }
    if arrival.upload is not None:
        told["Content-Location"] = f"/receipts/{arrival.upload}"
        if arrival.sha256 is not None:
            digest = base64.b64encode(bytes.fromhex(arrival.sha256)).decode()
            told["Repr-Digest"] = f"sha-256=:{digest}:"
    return Response(status_code=status, headers=told)


def _announced(
    session: Session, account: Account, length: int, said: dict[str, str], now: datetime
) -> Transfer:
    key, sha256 = said.get("key", ""), said.get("sha256")
    if not 0 < len(key) <= MOST_KEY:
        raise _wrong_metadata("key", f"found {len(key)} letters, needed 1 to {MOST_KEY}")
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise _wrong_metadata("sha256", f"found {sha256!r}, needed 64 hex digits")
    name = said.get("filename", "")
    return Transfer(
        id=transfer_id(account.id, key),
        account=account.id,
        key=key,
        length=length,
        sha256=sha256,
        tps=station_for(session, account, said.get("tps", "")) or named_tps(session, name),
        contest=known_contest(session, said.get("contest", "")),
        file_name=name,
        at=now,
        upload=None,
    )


def _metadata(header: str) -> dict[str, str]:
    """The pairs of an `Upload-Metadata` header: names, and texts in base 64."""
    said: dict[str, str] = {}
    for pair in header.split(","):
        name, _, packed = pair.strip().partition(" ")
        try:
            said[name] = base64.b64decode(packed, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise _wrong_metadata(name[:40], "it is no text in base 64") from None
    return said


def _wrong_metadata(name: str, fault: str) -> DigitizerError:
    return DigitizerError(
        f"Upload-Metadata, {name}: {fault}", "see the documentation of /tus", code="bad_request"
    )
