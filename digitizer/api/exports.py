"""Verified tallies as files. That they left is itself a fact of the history."""

from collections.abc import Callable, Iterator, Sequence
from typing import IO, Final, Literal

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from digitizer.api.web import Now, Reader, WebParts
from digitizer.domain.listing import TallyRow
from digitizer.errors import NotFound
from digitizer.export import export_csv, export_json
from digitizer.store.elections import get_contest, get_election
from digitizer.store.engine import write_session
from digitizer.store.exports import exported_tallies, record_export, tally_rows

router = APIRouter(tags=["exports"])

Exporter = Callable[[Sequence[TallyRow]], bytes]
FORMATS: Final[dict[str, tuple[Exporter, str]]] = {
    "csv": (export_csv, "text/csv; charset=utf-8"),
    "json": (export_json, "application/json"),
}
PIECE: Final = 2**18


@router.get("/exports/{contest_id}.{kind}")
def export(
    web: WebParts, account: Reader, now: Now, contest_id: str, kind: Literal["csv", "json"]
) -> Response:
    """The latest verified tally of every TPS of a contest."""
    exporter, media_type = FORMATS[kind]
    with write_session(web.engine) as session:
        get_contest(session, contest_id)
        name = file_name(session, contest_id, kind)
        rows = tally_rows(session, contest_id)
        data = exporter(rows)
        exported = exported_tallies(session, kind, data, rows)
        record_export(session, exported, account.id, now)
        session.commit()
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=media_type, headers=headers)


def file_name(session: Session, stem: str, kind: str) -> str:
    """The name of a file: it begins with the election, and that it is simulated if it is.

    Raises:
        NotFound: there is no election.
    """
    election = get_election(session)
    if election is None:
        raise NotFound("there is no election yet", "set one up with election init")
    return f"{'SIMULASI-' if election.simulated else ''}{election.id}-{stem}.{kind}"


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


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
