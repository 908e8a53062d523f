"""One line of a report: a name, what was measured, on how many, and its 95 % interval."""

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Row = dict[str, Any]
"""`{"name", "value", "unit", "n", "low", "high"}`; low and high are None without an interval."""

Z95: Final = 1.959963984540054


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which holds near 0 and 1.

    >>> low, high = wilson(750, 750)
    >>> round(low, 4), high
    (0.9949, 1.0)
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = successes / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    return low, 1.0 if successes == n else min(1.0, centre + half)


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
