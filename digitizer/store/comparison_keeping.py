"""Keeping the comparison with official results current, in the transaction of every change."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select

from digitizer.domain.comparison import Sides, TpsComparison, compare_tps, sum_of_tps
from digitizer.domain.comparison_sum import ComparisonSum, NumberSum
from digitizer.store.official import latest_imports, official_numbers
from digitizer.store.official_tables import ComparisonRow
from digitizer.store.recap_sums import parent_of, places_around


def refresh_comparison(
    session: Session,
    rounds: Sequence[str],
    tps: str,
    ours: Mapping[str, int | None] | None,
    corrected: Mapping[str, int],
) -> None:
    """Bring the comparison up to date with what counts at a TPS now.

    Args:
        session: its transaction holds the lock of the chain.
        rounds: ids of those in which the TPS votes; those with an import are compared.
        tps: its code.
        ours: the verified numbers that count there, None without any.
        corrected: the numbers of the D.HASIL correction in force.
    """
    for imported in latest_imports(session, rounds):
        sides = Sides(tps, ours, official_numbers(session, imported, tps), corrected)
        _keep_tps(session, imported.contest, compare_tps(sides, imported.fields))


def sum_of_comparison(row: ComparisonRow) -> ComparisonSum:
    """The sums that a row holds."""
    return ComparisonSum(
        row.expected,
        row.equal,
        row.differing,
        row.incomplete,
        row.only_ours,
        row.only_theirs,
        row.unlisted,
        row.explained,
        MappingProxyType({name: NumberSum(*sums) for name, sums in row.numbers.items()}),
    )


def _keep_tps(session: Session, contest: str, compared: TpsComparison) -> None:
    kept = session.get(ComparisonRow, {"contest": contest, "wilayah": compared.tps})
    before = sum_of_comparison(kept) if kept is not None else ComparisonSum(expected=1)
    now = sum_of_tps(compared)
    made = columns_of_tps(compared)
    if kept is None and compared.outcome != "neither":
        session.add(ComparisonRow(**place(contest, compared.tps), **made))
    elif kept is not None and compared.outcome == "neither":
        session.delete(kept)
    elif kept is not None:
        kept.sqlmodel_update(made)
    if now != before:
        around = select(ComparisonRow).where(
            col(ComparisonRow.contest) == contest,
            col(ComparisonRow.wilayah).in_(places_around(compared.tps)),
        )
        for row in session.exec(around):
            row.sqlmodel_update(columns(sum_of_comparison(row) + (now - before)))
    session.flush()


def place(contest: str, code: str) -> dict[str, Any]:
    """The columns that say whose row it is."""
    return {"contest": contest, "wilayah": code, "parent": parent_of(code)}


def columns_of_tps(compared: TpsComparison) -> dict[str, Any]:
    """The columns of a TPS."""
    return {
        "outcome": compared.outcome,
        "size": compared.size,
        **columns(sum_of_tps(compared)),
    }


def columns(sums: ComparisonSum) -> dict[str, Any]:
    """The columns of sums."""
    return {
        "expected": sums.expected,
        "equal": sums.equal,
        "differing": sums.differing,
        "incomplete": sums.incomplete,
        "only_ours": sums.only_ours,
        "only_theirs": sums.only_theirs,
        "unlisted": sums.unlisted,
        "explained": sums.explained,
        "numbers": {name: list(item) for name, item in sums.numbers.items()},
    }
