"""Witnesses of one number: what boxes may spell, and how other writings of it weigh."""

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.gather import gather
from digitizer.domain.glyph import ALPHABET, GlyphScores, glyph_scores
from digitizer.domain.number import spell
from digitizer.domain.policy import Policy
from digitizer.domain.reading import Candidate, Evidence, FieldReading, Source
from digitizer.domain.reconcile import reconcile
from digitizer.domain.witnesses import WitnessModel, ink_of_boxes, options_of
from tests.domain.build import VOTES, form, page_reading, read

FORM = form()

boxes = st.lists(
    st.dictionaries(st.sampled_from(ALPHABET), st.floats(0.05, 1.0), min_size=1, max_size=4).map(
        lambda held: glyph_scores({g: p / sum(held.values()) for g, p in held.items()})
    ),
    min_size=1,
    max_size=3,
)


@given(boxes)
def test_what_boxes_may_spell_is_the_sum_over_all_spellings(row: list[GlyphScores]) -> None:
    every: dict[int | None, float] = {}
    for choice in product(ALPHABET, repeat=len(row)):
        weight = prod(box.of(glyph) for box, glyph in zip(row, choice, strict=True))
        value = spell("".join(choice)).value
        every[value] = every.get(value, 0.0) + weight
    found = ink_of_boxes(row)
    for value, weight in every.items():
        assert found.get(value, 0.0) == pytest.approx(weight, abs=1e-4)


def doubtful(name: str, likely: int, other: int, p: float, *said: Evidence) -> FieldReading:
    """Three boxes of which the last may be either digit."""
    glyphs = (
        glyph_scores({"1": 1.0}),
        glyph_scores({"0": 1.0}),
        glyph_scores({str(likely): p, str(other): 1 - p}),
    )
    return FieldReading(name, f"10{likely}", glyphs, said)


SOURCES = st.sampled_from(("bubbles", "tally", "rowsums", "words"))


@given(st.floats(0.05, 0.95), SOURCES, st.floats(0.3, 0.999))
def test_true_evidence_never_lowers_the_truth(p: float, source: Source, sure: float) -> None:
    witness = Evidence(source, (Candidate(101, sure), Candidate(None, 1 - sure)))
    fields = {
        "paslon_1": read("paslon_1", "X98"),
        "suara_sah": read("suara_sah", "199"),
        "suara_tidak_sah": doubtful("suara_tidak_sah", 3, 5, 0.7),
        "suara_total": read("suara_total", "302"),
    }

    def truth(*said: Evidence) -> float:
        held = {**fields, "paslon_2": doubtful("paslon_2", 1, 7, p, *said)}
        values = reconcile(gather(FORM, [page_reading(2, held)]), Policy()).values
        return sum(c.probability for c in values["paslon_2"].candidates if c.value == 101)

    assert truth(witness) >= truth() - 1e-6


def test_a_witness_never_brings_in_what_the_boxes_do_not_say() -> None:
    said = Evidence("bubbles", (Candidate(999, 1.0),))
    options = options_of(doubtful("n", 1, 7, 0.6, said), WitnessModel(), plausible=1e-4)
    assert {one.value for one in options} == {101, 107}


def test_turus_and_row_sums_that_share_a_miscount_weigh_less_than_two_witnesses() -> None:
    turus, sums = (Evidence(s, (Candidate(107, 0.99),)) for s in ("tally", "rowsums"))
    bubbles = Evidence("bubbles", (Candidate(107, 0.99),))

    def of_107(*said: Evidence) -> float:
        field = doubtful("n", 1, 7, 0.999, *said)
        options = options_of(field, WitnessModel(), plausible=1e-4)
        return next(one.probability for one in options if one.value == 107)

    assert of_107() < of_107(turus) < of_107(turus, sums)
    # A count that both repeat may be one miscount; bubbles are another writing.
    assert of_107(turus, sums) < of_107(turus, bubbles)


@given(
    st.lists(st.text("0123456789X", min_size=3, max_size=3), min_size=5, max_size=5),
)
def test_clear_ink_is_returned_unchanged_whatever_the_sums(written: list[str]) -> None:
    fields = {name: read(name, one) for name, one in zip(VOTES, written, strict=True)}
    values = reconcile(gather(FORM, [page_reading(2, fields)]), Policy()).values
    for name, one in zip(VOTES, written, strict=True):
        assert (values[name].value, values[name].as_written) == (spell(one).value, one)
        assert values[name].moved_by is None
