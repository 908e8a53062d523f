"""One export: verified numbers out of the store into a file, and the event that says they left."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import BinaryIO, Final, Literal, assert_never

from sqlalchemy import Engine

from digitizer.d_hasil import table_of
from digitizer.domain.listing import TallyRow
from digitizer.export import export_csv, export_json, export_xlsx
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import head
from digitizer.store.exports import Exported, Listing, listing, record_export, tally_rows

Kind = Literal["csv", "json"]
"""Formats with one row a TPS."""

Progress = Callable[[int], object]
"""Is told how many rows are written so far."""

TOLD_EVERY: Final = 100
PIECE: Final = 2**20


def export_rows(
    engine: Engine,
    kind: Kind,
    file: BinaryIO,
    *,
    contest: str | None = None,
    superseded: bool = False,
    actor: str,
    now: datetime,
    progress: Progress = lambda _: None,
) -> Exported:
    """Write the tallies that count into `file`, all as they stood at one moment.

    Only what was written whole is noted as having left. Arguments as for `store.exports`.

    Raises:
        NotFound: there is no election or no such contest; nothing is written then.
    """
    digest = hashlib.sha256()
    counted = _Counted(progress)
    with read_session(engine) as session:
        listed = listing(session, contest)
        rests_on = head(session)
        rows = counted(tally_rows(session, listed, superseded=superseded))
        for piece in _pieces(kind, rows, listed):
            digest.update(piece)
            file.write(piece)
    exported = Exported(
        kind, counted.rows, sorted(counted.contests), digest.hexdigest(), rests_on
    )  # fmt: skip
    with write_session(engine) as session:
        record_export(session, exported, actor, now)
        session.commit()
    return exported


def export_recap(
    engine: Engine, file: BinaryIO, *, contest: str, wilayah: str, actor: str, now: datetime
) -> Exported:
    """Write the recap of an area into `file`, as a workbook in the shape of D.HASIL.

    Raises:
        NotFound: see `d_hasil.table_of`; nothing is written then.
    """
    with read_session(engine) as session:
        table = table_of(session, contest, wilayah)
        rests_on = head(session)
    export_xlsx(table, file)
    exported = Exported(
        "xlsx", table.counted[-1], [contest], sha256_of_file(file), rests_on, wilayah
    )  # fmt: skip
    with write_session(engine) as session:
        record_export(session, exported, actor, now)
        session.commit()
    return exported


def sha256_of_file(file: BinaryIO) -> str:
    """The SHA-256, in hex, of all that was written to a file."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(kind: Kind, rows: Iterable[TallyRow], listed: Listing) -> Iterator[bytes]:
    match kind:
        case "csv":
            return export_csv(rows, listed.fields)
        case "json":
            return export_json(rows, simulated=listed.election.simulated)
        case _:
            assert_never(kind)


class _Counted:
    """Counts the rows that go through."""

    def __init__(self, progress: Progress) -> None:
        self.rows = 0
        self.contests: set[str] = set()
        self._progress = progress

    def __call__(self, rows: Iterable[TallyRow]) -> Iterator[TallyRow]:
        for contest, of_it in groupby(rows, key=attrgetter("contest.id")):
            self.contests.add(contest)
            while some := list(islice(of_it, TOLD_EVERY)):
                yield from some
                self.rows += len(some)
                self._progress(self.rows)
