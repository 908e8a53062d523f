"""The reliability diagram as SVG: what the probabilities say against what was found.

Both axes are logarithmic in the doubt, so that 0.999 and 0.9999 lie as far apart as 0.9 and 0.99.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.calibration import Bin, Read, equal_bins
from benchmarks.rows import wilson
from benchmarks.svg import line, picture, text

SIDE: Final = 360
"""Pixels of a panel's square."""

LEFT: Final = 78
TOP: Final = 46
BETWEEN: Final = 92
BOTTOM: Final = 74

MOST: Final = 0.5
"""The doubt at the left and lower edge."""

LEAST: Final = 1e-5
"""The doubt at the right and upper edge."""

TICKS: Final = ((0.5, "50 %"), (0.1, "90 %"), (0.01, "99 %"), (0.001, "99.9 %"),
                (0.0001, "99.99 %"), (0.00001, "99.999 %"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """One square of the diagram: a title, boxes, and in how many bins."""

    title: str
    read: Read
    bins: int


def reliability_diagram(panels: Sequence[Panel], path: Path) -> None:
    """Draw the panels side by side and write them."""
    width = LEFT + len(panels) * SIDE + (len(panels) - 1) * BETWEEN + 40
    height = TOP + SIDE + BOTTOM
    body = "".join(
        _panel(panel, LEFT + index * (SIDE + BETWEEN)) for index, panel in enumerate(panels)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(picture(width, height, "Reliability diagram", body), "utf-8")


def along(doubt: float) -> float:
    """How far along an axis a doubt lies, 0 to 1; what is beyond the ends lies on them.

    >>> along(0.5), along(0.0)
    (0.0, 1.0)
    """
    kept = min(max(doubt, LEAST), MOST)
    return math.log(MOST / kept) / math.log(MOST / LEAST)


def _panel(panel: Panel, left: float) -> str:
    n, right = len(panel.read.truth), int(panel.read.right.sum())
    bins = equal_bins(panel.read, panel.bins)
    each = min(item.n for item in bins), max(item.n for item in bins)
    said = f"{each[0]}" if each[0] == each[1] else f"{each[0]} or {each[1]}"
    bottom = TOP + SIDE
    parts = [
        text(left, TOP - 26, f"{panel.title}: {n} boxes, {n - right} read wrong", "title"),
        text(left, TOP - 9, f"{len(bins)} points of {said} boxes each", "quiet"),
        *(_ticks(left, doubt, label) for doubt, label in TICKS),
        f'<rect class="edge" x="{left}" y="{TOP}" width="{SIDE}" height="{SIDE}"/>\n',
        line("true", left, bottom, left + SIDE, TOP),
        *(_point(item, left) for item in bins),
        text(left + SIDE / 2, bottom + 44, "probability said", anchor="middle"),
        f'<text transform="translate({left - 62} {TOP + SIDE / 2}) rotate(-90)" '
        'text-anchor="middle">share read right</text>\n',
    ]
    return "".join(parts)


def _ticks(left: float, doubt: float, label: str) -> str:
    x, y = left + SIDE * along(doubt), TOP + SIDE * (1 - along(doubt))
    return (
        line("grid", x, TOP, x, TOP + SIDE)
        + line("grid", left, y, left + SIDE, y)
        + text(x, TOP + SIDE + 18, label, "quiet", "middle")
        + text(left - 7, y + 4, label, "quiet", "end")
    )


def _point(item: Bin, left: float) -> str:
    """A bin with its interval; without a mistake it stands open at the upper edge."""
    wrong = item.n - item.right
    low, high = wilson(wrong, item.n)
    x = left + SIDE * along(item.doubt)
    y, top, foot = (TOP + SIDE * (1 - along(share)) for share in (wrong / item.n, low, high))
    kind = "dot" if wrong else "dot open"
    drawn = line("bar", x, top, x, foot)
    drawn += f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>\n'
    if wrong:
        drawn += text(x + 8, y + 14, f"{wrong} wrong", "quiet")
    return drawn
