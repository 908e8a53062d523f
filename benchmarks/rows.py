"""One line of a report: a name, what was measured, on how many, and its 95 % interval."""

import statistics
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitizer.domain import vigilance

Row = dict[str, Any]
"""`{"name", "value", "unit", "n", "low", "high"}`; low and high are None without an interval."""


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which holds near 0 and 1.

    >>> low, high = wilson(750, 750)
    >>> round(low, 4), high
    (0.9949, 1.0)
    """
    found = vigilance.wilson(successes, n)
    return (0.0, 1.0) if found is None else (found.low, found.high)


def median_row(name: str, unit: str, values: list[float]) -> Row:
    """The median of several measurements, with their 10th and 90th percentile."""
    low, high = np.percentile(values, [10, 90])
    return {
        "name": name,
        "value": round(statistics.median(values), 4),
        "unit": unit,
        "n": len(values),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def share(name: str, hits: int, n: int) -> Row:
    """A proportion with its Wilson 95 % interval."""
    low, high = wilson(hits, n)
    return {"name": name, "value": hits / n if n else 0.0, "unit": "share",
            "n": n, "low": low, "high": high}  # fmt: skip


def share_of(name: str, hits: NDArray[np.bool_]) -> Row:
    """The proportion of true values."""
    return share(name, int(hits.sum()), len(hits))


def count(name: str, value: int, n: int) -> Row:
    """A count of `n`, with the interval of the share as counts."""
    low, high = wilson(value, n)
    return {"name": name, "value": value, "unit": "count",
            "n": n, "low": low * n, "high": high * n}  # fmt: skip


def number(name: str, value: float, n: int, unit: str = "share") -> Row:
    """A mean over `n` that has no simple interval."""
    return {"name": name, "value": value, "unit": unit, "n": n, "low": None, "high": None}


def as_any(rows: Iterable[Row]) -> list[Row]:
    """Rows rounded for writing."""
    return [{key: round(value, 5) if isinstance(value, float) else value
             for key, value in row.items()} for row in rows]  # fmt: skip
