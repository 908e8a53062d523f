"""Verified tallies as files. That they left is itself a fact of the history."""

from collections.abc import Callable, Sequence
from typing import Final, Literal

from fastapi import APIRouter, Response

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


@router.get("/exports/{contest_id}.{kind}")
def export(
    web: WebParts, account: Reader, now: Now, contest_id: str, kind: Literal["csv", "json"]
) -> Response:
    """The latest verified tally of every TPS of a contest."""
    exporter, media_type = FORMATS[kind]
    with write_session(web.engine) as session:
        get_contest(session, contest_id)
        election = get_election(session)
        if election is None:
            raise NotFound("there is no election yet", "set one up with election init")
        rows = tally_rows(session, contest_id)
        data = exporter(rows)
        exported = exported_tallies(session, kind, data, rows)
        record_export(session, exported, account.id, now)
        session.commit()
    mark = "SIMULASI-" if election.simulated else ""
    name = f"{mark}{election.id}-{contest_id}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=media_type, headers=headers)
