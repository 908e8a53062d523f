from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.glyph import ALPHABET
from digitizer.domain.seeding import seeded
from digitizer.domain.vigilance import Interval, residual, wilson

FORMS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.text(ALPHABET, min_size=1, max_size=4), min_size=1
)


@given(FORMS, st.text())
def test_one_digit_of_one_number_is_changed_and_always_the_same(
    written: dict[str, str], lot: str
) -> None:
    made = seeded(written, lot)
    assert made == seeded(written, lot)
    if made is None:
        assert not any(glyph.isdigit() for glyphs in written.values() for glyph in glyphs)
        return
    assert made.truth == written[made.field]
    assert [name for name in written if made.shown[name] != written[name]] == [made.field]
    differing = zip(made.truth, made.shown[made.field], strict=True)
    assert sum(one != other for one, other in differing) == 1


def test_who_finds_half_lets_as_many_errors_slip_as_they_find() -> None:
    half = residual(Interval(0.5, 0.25, 0.75), 10, 1000)
    assert half is not None
    assert half.value == 0.01
    assert half.low < half.value < half.high
    assert residual(wilson(0, 0), 10, 1000) is None
    assert residual(wilson(5, 5), 0, 0) is None
