"""The differences from official results as a file, and the event that says it left."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import BinaryIO, Final

from sqlalchemy import Engine

from digitizer.domain.comparison import DifferenceRow
from digitizer.errors import NotFound
from digitizer.export.comparison import comparison_csv
from digitizer.store.comparisons import difference_rows
from digitizer.store.elections import get_contest, get_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import head
from digitizer.store.exports import Exported, record_export
from digitizer.store.official import latest_import

KIND: Final = "comparison-csv"
TOLD_EVERY: Final = 500


def export_comparison(
    engine: Engine,
    contest_id: str,
    file: BinaryIO,
    *,
    actor: str,
    now: datetime,
    progress: Callable[[int], object] = lambda _: None,
) -> Exported:
    """Write the differences of a contest into `file`, all as they stood at one moment.

    Only what was written whole is noted as having left. `progress` is told how many rows are.

    Raises:
        NotFound: there is no election, no such contest, or nothing was imported for it.
    """
    digest = hashlib.sha256()
    rows = 0

    def counted(found: Iterable[DifferenceRow]) -> Iterator[DifferenceRow]:
        nonlocal rows
        for row in found:
            rows += 1
            if rows % TOLD_EVERY == 0:
                progress(rows)
            yield row

    with read_session(engine) as session:
        election, contest = get_election(session), get_contest(session, contest_id)
        imported = latest_import(session, contest)
        if election is None or imported is None:
            raise NotFound(
                f"no official results of {contest_id} were imported",
                "import them first, see `digitizer compare import --help`",
            )
        rests_on = head(session)
        for piece in comparison_csv(counted(difference_rows(session, election, contest, imported))):
            digest.update(piece)
            file.write(piece)
    exported = Exported(KIND, rows, [contest_id], digest.hexdigest(), rests_on)
    with write_session(engine) as session:
        record_export(session, exported, actor, now)
        session.commit()
    return exported
