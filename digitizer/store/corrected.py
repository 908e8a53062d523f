"""Corrections as they are kept, of one TPS or of all."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import cast

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from digitizer.domain.correction import Correction, CorrectionLevel, in_force
from digitizer.store.correction_tables import CorrectionRow, CorrectionWithdrawalRow


def corrections_of(session: Session, contest: str, tps: str) -> tuple[Correction, ...]:
    """Every correction of a TPS and contest, by level and version, those taken back among them."""
    found = _corrections(
        session, col(CorrectionRow.contest) == contest, col(CorrectionRow.tps) == tps
    )
    return tuple(found)


def corrected_numbers(session: Session, contest: str, tps: str) -> Mapping[str, int]:
    """The corrected numbers in force at a TPS."""
    return _numbers(corrections_of(session, contest, tps))


def all_corrected_numbers(session: Session, contest: str) -> Mapping[str, Mapping[str, int]]:
    """The same of every TPS of a contest that has any."""
    found = _corrections(session, col(CorrectionRow.contest) == contest)
    by_tps = groupby(found, key=lambda item: item.tps)
    return {tps: numbers for tps, items in by_tps if (numbers := _numbers(tuple(items)))}


def _numbers(corrections: tuple[Correction, ...]) -> Mapping[str, int]:
    return MappingProxyType({name: item.value for name, item in in_force(corrections).items()})


def _corrections(session: Session, *where: ColumnElement[bool]) -> Iterator[Correction]:
    query = (
        select(CorrectionRow, CorrectionWithdrawalRow)
        .join(
            CorrectionWithdrawalRow,
            col(CorrectionWithdrawalRow.correction) == col(CorrectionRow.id),
            isouter=True,
        )
        .where(*where)
        .order_by(
            col(CorrectionRow.tps),
            col(CorrectionRow.level),
            col(CorrectionRow.version),
            col(CorrectionRow.at),
            col(CorrectionRow.id),
        )
    )
    for row, withdrawal in session.exec(query):
        yield correction_of(row, withdrawal)


def correction_of(row: CorrectionRow, withdrawal: CorrectionWithdrawalRow | None) -> Correction:
    """The correction that rows hold."""
    return Correction(
        id=row.id,
        contest=row.contest,
        tps=row.tps,
        level=cast("CorrectionLevel", row.level),
        version=row.version,
        values=MappingProxyType(dict(row.numbers)),
        photo=row.photo,
        reason=row.reason,
        account=row.account,
        at=row.at,
        withdrawn_at=withdrawal.at if withdrawal is not None else None,
        withdrawn_for=withdrawal.reason if withdrawal is not None else "",
    )
