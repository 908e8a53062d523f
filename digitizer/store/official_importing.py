"""Keeping an import of official results: all of it with its event, or nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col, select

from digitizer.domain.election import Contest
from digitizer.domain.official import OfficialFormat, OfficialImport, OfficialTps
from digitizer.errors import OfficialRefused
from digitizer.store.columns import random_id
from digitizer.store.events import append_event, lock_chain
from digitizer.store.official import import_of_row, latest_import, numbers_sha256
from digitizer.store.official_tables import OfficialImportRow, OfficialTpsRow
from digitizer.store.recap_sums import batches
from digitizer.store.recomparing import Progress, recompare

Placed = tuple[str, OfficialTps]
"""A TPS and where in the imported files it stands."""


@dataclass(frozen=True, slots=True)
class OfficialFile:
    """What was read, as `domain.official.OfficialImport` names it."""

    source: str
    format: OfficialFormat
    sha256: str
    tps: int
    unpublished: int
    numbers: int
    fields: tuple[str, ...]
    not_compared: Mapping[str, int]
    paslon: Mapping[str, int]


def keep_import(
    session: Session,
    contest: Contest,
    file: OfficialFile,
    rows: Iterable[Placed],
    *,
    actor: str,
    now: datetime,
    keeping: Progress = lambda _: None,
    comparing: Progress = lambda _: None,
) -> OfficialImport:
    """Keep an import with its event, and hold our numbers against it.

    The same bytes from the same source as the latest import change nothing. `keeping` and
    `comparing` are told how many rows are kept and compared.

    Raises:
        OfficialRefused: a TPS comes twice; nothing is to be committed then.
    """
    lock_chain(session)
    latest = latest_import(session, contest)
    if latest is not None and _same(latest, file):
        return latest
    row = OfficialImportRow(
        id=random_id(),
        contest=contest.id,
        number=latest.number + 1 if latest is not None else 1,
        source=file.source,
        format=file.format,
        sha256=file.sha256,
        numbers_sha256="",
        tps=file.tps,
        unpublished=file.unpublished,
        numbers=file.numbers,
        fields=list(file.fields),
        not_compared=dict(file.not_compared),
        paslon=dict(file.paslon),
        actor=actor,
        at=now,
    )
    session.add(row)
    session.flush()
    _keep_rows(session, row.id, rows, keeping)
    row.numbers_sha256 = numbers_sha256(session, row.id)
    session.flush()
    recompare(session, (contest,), comparing)
    append_event(session, "official_imported", _told(row), actor, now)
    return import_of_row(row)


def _same(latest: OfficialImport, file: OfficialFile) -> bool:
    return (latest.sha256, latest.source, dict(latest.paslon), latest.fields) == (
        file.sha256,
        file.source,
        dict(file.paslon),
        file.fields,
    )


def _keep_rows(session: Session, imported: str, rows: Iterable[Placed], progress: Progress) -> None:
    connection = session.connection()
    kept = 0
    for batch in batches(rows):
        _refuse_doubles(session, imported, batch)
        columns = [_columns(imported, item) for _, item in batch]
        connection.execute(sql.insert(OfficialTpsRow), columns)
        kept += len(batch)
        progress(kept)


def _columns(imported: str, item: OfficialTps) -> dict[str, Any]:
    return {
        "official_import": imported,
        "tps": item.tps,
        "numbers": dict(item.numbers),
        "psu": item.psu,
        "ts": item.ts,
    }


def _refuse_doubles(session: Session, imported: str, batch: Sequence[Placed]) -> None:
    places = {item.tps: place for place, item in batch}
    times = Counter(item.tps for _, item in batch)
    query = select(OfficialTpsRow.tps).where(
        col(OfficialTpsRow.official_import) == imported, col(OfficialTpsRow.tps).in_(list(places))
    )
    times.update(session.exec(query))
    for tps, count in times.items():
        if count > 1:
            raise OfficialRefused(
                f"{places[tps]}: TPS {tps} comes more than once, needed once",
                "keep the one that counts and import again; nothing was kept",
            )


def _told(row: OfficialImportRow) -> dict[str, object]:
    """What the history tells of an import: no source, which may name a person."""
    return {
        "import": row.id,
        "contest": row.contest,
        "number": row.number,
        "format": row.format,
        "sha256": row.sha256,
        "numbers_sha256": row.numbers_sha256,
        "tps": row.tps,
        "unpublished": row.unpublished,
        "numbers": row.numbers,
        "fields": list(row.fields),
        "not_compared": len(row.not_compared),
        "paslon": dict(row.paslon),
    }
