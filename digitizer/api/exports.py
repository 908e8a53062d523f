"""Verified tallies as files. That they left is itself a fact of the history."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Final, cast

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from sqlmodel import Session

from digitizer.api.web import Now, Reader, WebParts
from digitizer.errors import NotFound
from digitizer.exporting import Kind, export_rows
from digitizer.store.elections import get_contest, get_election
from digitizer.store.engine import read_session

router = APIRouter(tags=["exports"])

MEDIA_TYPES: Final[dict[Kind, str]] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}

IN_MEMORY: Final = 4 * 2**20
"""What is longer goes through a file of the system's temporary folder."""

PIECE: Final = 2**18


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
        name = f"{_prefix(session)}{contest_id}.{kind}"
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed by whoever sends it
    try:
        export_rows(
            web.engine, kind, cast("IO[bytes]", file), contest=contest_id, actor=account.id, now=now
        )  # fmt: skip
    except BaseException:
        file.close()
        raise
    return as_download(cast("IO[bytes]", file), name, MEDIA_TYPES[kind])


def as_download(file: IO[bytes], name: str, media_type: str) -> StreamingResponse:
    """An answer with all of a file, which is closed after it."""
    length = file.tell()
    file.seek(0)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(length),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_sent(file), media_type=media_type, headers=headers)


def _prefix(session: Session) -> str:
    """How the name of a file begins: with the election, and that it is simulated if it is."""
    election = get_election(session)
    if election is None:
        raise NotFound("there is no election yet", "set one up with election init")
    return f"{'SIMULASI-' if election.simulated else ''}{election.id}-"


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
