"""Keeping the comparison with official results current, in the transaction of every change."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, cast

import sqlalchemy as sql
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from digitizer.domain.comparison import Sides, TpsComparison, compare_tps, sum_of_tps
from digitizer.domain.comparison_sum import ComparisonSum, NumberSum
from digitizer.store.official_tables import ComparisonRow, OfficialImportRow, OfficialTpsRow
from digitizer.store.recap_sums import parent_of, places_around


def latest_first(row: type[OfficialImportRow]) -> tuple[sql.SQLColumnExpression[Any], ...]:
    """The order of imports, the one that is compared with first, also of two nodes' imports."""
    return (col(row.number).desc(), col(row.at).desc(), col(row.id).desc())


ROWS: Final = cast("sql.Table", ComparisonRow.__table__)  # type: ignore[attr-defined]
NO_TPS: Final[Mapping[str, Any]] = MappingProxyType({"outcome": None, "size": 0})
"""The columns of a TPS, in the row of a place above it."""


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
    asked = {"contests": list(rounds), "tps": tps}
    for contest, fields, theirs in session.connection().execute(_LATEST, asked).all():
        sides = Sides(tps, ours, theirs or {}, corrected)
        _keep_tps(session, contest, compare_tps(sides, fields))


def sum_of_comparison(row: Any) -> ComparisonSum:  # noqa: ANN401  # a row of the table, or of a query
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
        {name: NumberSum(*sums) for name, sums in row.numbers.items()},
    )


def _latest() -> Any:  # noqa: ANN401  # a statement
    """The latest import of each contest of `contests` that has any, and what it says of `tps`."""
    later = aliased(OfficialImportRow)
    last = (
        sql.select(col(later.id))
        .where(col(later.contest) == col(OfficialImportRow.contest))
        .order_by(*latest_first(later))
        .limit(1)
        .correlate(OfficialImportRow)
        .scalar_subquery()
    )
    here = (col(OfficialTpsRow.official_import) == col(OfficialImportRow.id)) & (
        col(OfficialTpsRow.tps) == sql.bindparam("tps")
    )
    return (
        sql.select(
            col(OfficialImportRow.contest),
            col(OfficialImportRow.fields),
            col(OfficialTpsRow.numbers),
        )
        .select_from(OfficialImportRow)
        .join(OfficialTpsRow, here, isouter=True)
        .where(
            col(OfficialImportRow.contest).in_(sql.bindparam("contests", expanding=True)),
            col(OfficialImportRow.id) == last,
        )
    )


# Made once: they are asked for whenever a tally changes.
_LATEST: Final = _latest()
_KEPT: Final = sql.select(ROWS).where(
    ROWS.c.contest == sql.bindparam("contest"),
    ROWS.c.wilayah.in_(sql.bindparam("codes", expanding=True)),
)
_HERE: Final = (ROWS.c.contest == sql.bindparam("here_contest")) & (
    ROWS.c.wilayah == sql.bindparam("here_wilayah")
)


def _keep_tps(session: Session, contest: str, compared: TpsComparison) -> None:
    connection = session.connection()
    around = places_around(compared.tps)
    asked = {"contest": contest, "codes": [*around, compared.tps]}
    kept = {row.wilayah: row for row in connection.execute(_KEPT, asked)}
    known = kept.pop(compared.tps, None)
    before = sum_of_comparison(known) if known is not None else ComparisonSum(expected=1)
    now = sum_of_tps(compared)
    change = now - before
    rows = {
        code: {**NO_TPS, **columns(sum_of_comparison(row) + change)} for code, row in kept.items()
    }
    made = columns_of_tps(compared)
    if compared.outcome == "neither":
        here = {"here_contest": contest, "here_wilayah": compared.tps}
        connection.execute(_DELETE, here)
    elif known is None:
        connection.execute(_INSERT, {**place(contest, compared.tps), **made})
    else:
        rows[compared.tps] = made
    if change != ComparisonSum():
        changed = [
            {"here_contest": contest, "here_wilayah": code, **_renamed(row)}
            for code, row in rows.items()
        ]
        connection.execute(_UPDATE, changed)


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


def _renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as parameters: by their own names they would be those to write."""
    return {f"new_{name}": value for name, value in values.items()}


_DELETE: Final = sql.delete(ROWS).where(_HERE)
_INSERT: Final = sql.insert(ROWS)
_UPDATE: Final = (
    sql.update(ROWS)
    .where(_HERE)
    .values({name: sql.bindparam(f"new_{name}") for name in (*NO_TPS, *columns(ComparisonSum()))})
)
