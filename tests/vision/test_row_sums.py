"""Row sums: two boxes a row, added up with their doubts."""

import pytest

from digitizer.domain.glyph import GlyphScores, glyph_scores
from digitizer.vision.row_sums import add_rows


def rows(written: str, p: float = 0.999) -> list[list[GlyphScores]]:
    """Glyphs of rows separated by `|`, with the rest on unreadable."""
    return [
        [glyph_scores({glyph: p, "?" if glyph != "?" else "_": 1 - p}) for glyph in row]
        for row in written.split("|")
    ]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("60|47|__|__|__", 107),
        ("X7|XX|__", 7),
        ("_7|--|X_", 7),
        ("XX|XX", 0),
        ("00|__", 0),
        ("__|__|__", None),
        ("60|4?|__", None),
        ("60|4X|__", None),
    ],
)
def test_the_rows_that_have_a_number_add_up(written: str, value: int | None) -> None:
    found = add_rows(rows(written))
    assert max(found, key=lambda key: found[key]) == value
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-3)


def test_a_doubt_in_one_box_is_a_doubt_of_the_sum() -> None:
    unsure = [*rows("60", 1.0), [glyph_scores({"1": 0.8, "7": 0.2}), glyph_scores({"2": 1.0})]]
    assert add_rows(unsure) == pytest.approx({72: 0.8, 132: 0.2})
