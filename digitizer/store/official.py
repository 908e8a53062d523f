"""Imports of official results as they are kept, and what each says of a TPS."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, cast

import sqlalchemy as sql
from sqlmodel import Session, col, select

from digitizer.domain.election import Contest
from digitizer.domain.official import OfficialFormat, OfficialImport
from digitizer.store.comparison_keeping import latest_first
from digitizer.store.official_tables import OfficialImportRow, OfficialTpsRow
from digitizer.store.rounds import voting
from digitizer.store.tables import TpsRow

AT_ONCE: Final = 2_000
"""So many rows are fetched at a time, however many there are."""

Votes = Literal["votes", "votes_not"]
"""Of a TPS that the election lists: whether it votes in a contest."""


def imports_of(session: Session, contest: str) -> tuple[OfficialImport, ...]:
    """Every import of a contest, the latest first."""
    query = select(OfficialImportRow).where(col(OfficialImportRow.contest) == contest)
    rows = session.exec(query.order_by(*latest_first(OfficialImportRow)))
    return tuple(import_of_row(row) for row in rows)


def latest_import(session: Session, contest: Contest) -> OfficialImport | None:
    """The import that a contest is compared with."""
    query = select(OfficialImportRow).where(col(OfficialImportRow.contest) == contest.id)
    row = session.exec(query.order_by(*latest_first(OfficialImportRow)).limit(1)).first()
    return import_of_row(row) if row is not None else None


def votes_of(session: Session, contest: Contest, codes: Sequence[str]) -> Mapping[str, Votes]:
    """Which of these codes are TPS of the election, and whether they vote in a contest."""
    code = col(TpsRow.code)
    query = sql.select(code, voting(contest, code)).where(code.in_(codes))
    rows = session.connection().execute(query)
    return {tps: "votes" if votes else "votes_not" for tps, votes in rows}


def numbers_sha256(session: Session, imported: str) -> str:
    """What seals the numbers of an import in its event: the SHA-256, in hex, of its lines.

    There is one line a TPS, by code: the canonical JSON (RFC 8785) of `[tps, numbers, psu, ts]`
    and a newline, `numbers` by field id. Whoever has the rows can compute it again.
    """
    code = col(OfficialTpsRow.tps)
    query = (
        sql.select(code, col(OfficialTpsRow.numbers), OfficialTpsRow.psu, OfficialTpsRow.ts)  # type: ignore[call-overload]
        .where(col(OfficialTpsRow.official_import) == imported)
        .order_by(code)
        .execution_options(yield_per=AT_ONCE)
    )
    digest = hashlib.sha256()
    for row in session.connection().execute(query):
        digest.update(canonical_line(list(row)))
    return digest.hexdigest()


def canonical_line(row: Sequence[object]) -> bytes:
    """One TPS of an import as RFC 8785 writes it, and a newline.

    Of texts, whole numbers and field ids the standard library writes the same, ten times as fast.
    """
    line = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{line}\n".encode()


def import_of_row(row: OfficialImportRow) -> OfficialImport:
    """The import that a row holds."""
    return OfficialImport(
        id=row.id,
        contest=row.contest,
        number=row.number,
        source=row.source,
        format=cast("OfficialFormat", row.format),
        sha256=row.sha256,
        numbers_sha256=row.numbers_sha256,
        tps=row.tps,
        unpublished=row.unpublished,
        numbers=row.numbers,
        fields=tuple(row.fields),
        not_compared=MappingProxyType(dict(row.not_compared)),
        paslon=MappingProxyType(dict(row.paslon)),
        actor=row.actor,
        at=row.at,
    )
