"""From the glyphs in a row of boxes to the number they spell, or to the reason why not."""

from dataclasses import dataclass
from typing import Final, Literal

from digitizer.domain.glyph import ALPHABET, BLANK, DIGITS, MARKS, UNREADABLE

NumberProblem = Literal["blank", "mark_after_digit", "unreadable_box", "mark_and_blank"]
"""Why a row of boxes spells no number.

`blank`: every box is empty, and an empty row is not a zero. `mark_after_digit`: a mark or an empty
box follows a digit. `unreadable_box`: a box holds ink nobody could name. `mark_and_blank`: crosses
and empty boxes without any digit, which could mean nought or nothing.
"""

MARK_ORDER: Final = "".join(sorted(MARKS))


@dataclass(frozen=True, slots=True)
class Number:
    """What a row of boxes spells: a value, or None with the problem."""

    value: int | None
    problem: NumberProblem | None


def spell(as_written: str) -> Number:
    """Read glyphs, leftmost box first, as a number.

    A number is marks (`X`, `-`, `_`) followed by digits. KPPS strike unused leading boxes, so marks
    may lead but never end a number. All boxes struck is 0; all empty is no number.

    >>> spell("X98").value
    98
    >>> spell("9X8").problem
    'mark_after_digit'

    Raises:
        ValueError: `as_written` is empty or holds a character outside `ALPHABET`.
    """
    if not as_written or any(glyph not in ALPHABET for glyph in as_written):
        raise ValueError(f"as_written {as_written!r} must be one or more of {ALPHABET!r}")
    if UNREADABLE in as_written:
        return Number(None, "unreadable_box")
    digits = as_written.lstrip(MARK_ORDER)
    if digits:
        if any(glyph not in DIGITS for glyph in digits):
            return Number(None, "mark_after_digit")
        return Number(int(digits), None)
    if BLANK not in as_written:
        return Number(0, None)
    return Number(None, "blank" if set(as_written) == {BLANK} else "mark_and_blank")
