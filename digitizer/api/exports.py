"""Verified tallies as files. That they left is itself a fact of the history."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import Annotated, BinaryIO, Final, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from digitizer.api.pages import local_time, render
from digitizer.api.web import Lang, Now, Reader, Reading, WebParts
from digitizer.d_hasil import table_of
from digitizer.errors import NotFound
from digitizer.exporting import Kind, export_recap, export_rows
from digitizer.store.elections import get_contest, get_election
from digitizer.store.engine import read_session
from digitizer.store.events import head

router = APIRouter(tags=["exports"])

MEDIA_TYPES: Final[dict[Kind, str]] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}

IN_MEMORY: Final = 4 * 2**20
"""What is longer goes through a file of the system's temporary folder."""

PIECE: Final = 2**18

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

COLUMNS_A_SHEET: Final = 10
"""So many areas stand beside each other on a landscape A4; the next ones follow below."""

Area = Annotated[str, Query(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{10})?$")]
"""Code of an area, nothing for the whole election."""


@router.get("/exports/{contest_id}.{kind}")
def export(
    web: WebParts, account: Reader, now: Now, contest_id: str, kind: Kind
) -> StreamingResponse:
    """The latest verified tally of every TPS of a contest.

    The file is whole before its first byte leaves, and its length is told: what breaks off later
    is no file to any client.
    """
    with read_session(web.engine) as session:
        get_contest(session, contest_id)
        name = file_name(session, contest_id, kind)
    return as_download(
        lambda file: export_rows(
            web.engine, kind, file, contest=contest_id, actor=account.id, now=now
        ),
        name,
        MEDIA_TYPES[kind],
    )


@router.get("/exports/{contest_id}/recap.xlsx")
def export_workbook(
    web: WebParts, account: Reader, now: Now, contest_id: str, wilayah: Area = ""
) -> StreamingResponse:
    """The recap of an area as a workbook in the shape of D.HASIL."""
    with read_session(web.engine) as session:
        name = file_name(session, f"{contest_id}-{wilayah or 'semua'}", "xlsx")
    return as_download(
        lambda file: export_recap(
            web.engine, file, contest=contest_id, wilayah=wilayah, actor=account.id, now=now
        ),
        name,
        XLSX,
    )


@router.get("/exports/{contest_id}/print")
def print_page(
    *,
    request: Request,
    session: Reading,
    _account: Reader,
    now: Now,
    lang: Lang,
    contest_id: str,
    wilayah: Area = "",
) -> Response:
    """The same table as a page to print, or to keep as PDF by the browser's own print dialogue."""
    table = table_of(session, contest_id, wilayah, lang)
    parts = [
        range(start, min(start + COLUMNS_A_SHEET, len(table.columns)))
        for start in range(0, len(table.columns), COLUMNS_A_SHEET)
    ]
    return render(
        request, "recap_print.html", table=table, parts=parts,
        made_at=local_time(now, table.election.zone), head=head(session),
    )  # fmt: skip


def as_download(
    write: Callable[[BinaryIO], object], name: str, media_type: str
) -> StreamingResponse:
    """An answer with all that `write` writes, once all of it is written."""
    with ExitStack() as stack:
        spooled = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # the stack closes it
        file = stack.enter_context(cast("BinaryIO", spooled))
        write(file)
        length = file.seek(0, SEEK_END)
        file.seek(0)
        stack.pop_all()  # from here on whoever sends it closes it
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(length),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_sent(file), media_type=media_type, headers=headers)


def file_name(session: Session, stem: str, kind: str) -> str:
    """The name of a file: it begins with the election, and that it is simulated if it is.

    Raises:
        NotFound: there is no election.
    """
    election = get_election(session)
    if election is None:
        raise NotFound("there is no election yet", "set one up with election init")
    return f"{'SIMULASI-' if election.simulated else ''}{election.id}-{stem}.{kind}"


def _sent(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
