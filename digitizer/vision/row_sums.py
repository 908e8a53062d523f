"""What the row sums of a tally add up to: two boxes a row, written like any other number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

from digitizer.domain.glyph import BLANK, MARKS, UNREADABLE, GlyphScores
from digitizer.domain.number import spell

ROW_END: Final = "|"
"""Between the rows of what is written."""

CHOICES: Final = 4
"""So many glyphs a box take part in the values that a row may have."""

FAINTEST: Final = 1e-5
"""Glyphs and sums less likely than this are not followed."""

Values = dict[int | None, float]


def add_rows(rows: Sequence[Sequence[GlyphScores]]) -> Mapping[int | None, float]:
    """Probabilities of the sum of all rows; None where they say nothing, or one cannot be read.

    A row without a digit adds nothing. Where every box is blank the crew wrote no sums at all,
    which is not a nought.

    Args:
        rows: the glyphs of each row's boxes, leftmost first.
    """
    total: Values = {0: 1.0}
    blank = 1.0
    for row in rows:
        total = _added(total, _row_values(row))
        for scores in row:
            blank *= dict(scores.ranked)[BLANK]
    total[0] = total.get(0, 0.0) - blank
    total[None] = total.get(None, 0.0) + blank
    whole = sum(total.values())
    return {value: p / whole for value, p in total.items() if p > FAINTEST}


def _row_values(row: Sequence[GlyphScores]) -> Values:
    values: Values = defaultdict(float)
    likely = [[(g, p) for g, p in box.ranked[:CHOICES] if p > FAINTEST] for box in row]
    for choice in product(*likely):
        share = 1.0
        for _, probability in choice:
            share *= probability
        values[_value("".join(glyph for glyph, _ in choice))] += share
    return values


def _value(written: str) -> int | None:
    """What a row adds; None where nobody can tell."""
    if set(written) <= {*MARKS, BLANK} - {UNREADABLE}:
        return 0
    return spell(written).value


def _added(total: Values, row: Values) -> Values:
    sums: Values = defaultdict(float)
    for (left, p), (right, q) in product(total.items(), row.items()):
        if p * q > FAINTEST:
            sums[None if left is None or right is None else left + right] += p * q
    return sums
