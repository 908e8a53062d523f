"""Doubts that lie in the photo: each names the field, the number found and the number needed."""

from dataclasses import replace

import pytest

from digitizer.domain.codec import (
    reading_from_json,
    reading_to_json,
    verdict_from_json,
    verdict_to_json,
)
from digitizer.domain.policy import Policy
from digitizer.domain.reading import FieldQuality, IdentifiedBy, PageReading
from digitizer.domain.settle import settle
from digitizer.domain.verdict import PHOTO_REASONS, Clear, Doubtful, Reason, Unreadable
from tests.domain.build import form, votes

GOOD = FieldQuality(residual_mm=0.4, glare=0.0, shade=0.3, whole=True)
PAGE = votes("X98", "101", "199", "XX3", "202")


def seen(quality: FieldQuality, name: str = "paslon_2") -> PageReading:
    """The clear votes page with one field seen less well."""
    return replace(PAGE, field_quality={"paslon_1": GOOD, name: quality})


def reasons(page: PageReading) -> tuple[Reason, ...]:
    verdict = settle([page], form(), Policy()).verdict
    return verdict.reasons if isinstance(verdict, Doubtful) else ()


def test_a_field_seen_well_is_no_doubt() -> None:
    assert settle([seen(GOOD)], form(), Policy()).verdict == Clear()
    assert settle([seen(replace(GOOD, residual_mm=None))], form(), Policy()).verdict == Clear()


@pytest.mark.parametrize(
    ("quality", "code", "numbers"),
    [
        (replace(GOOD, whole=False), "cut_off", {"page": 2}),
        (replace(GOOD, glare=1 / 3), "glare_on_field", {"page": 2, "found": 1, "needed": 0}),
        (replace(GOOD, shade=0.9), "shadow_on_field", {"page": 2, "found": 9, "needed": 15}),
        (replace(GOOD, residual_mm=3.14), "bent_field", {"page": 2, "found": 3.1, "needed": 1.8}),
    ],
)
def test_a_field_seen_badly_is_named_with_its_numbers(
    quality: FieldQuality, code: str, numbers: dict[str, float]
) -> None:
    (reason,) = reasons(seen(quality))
    assert (reason.code, reason.field, reason.numbers) == (code, "paslon_2", numbers)
    assert reason.code in PHOTO_REASONS


def test_a_field_that_is_no_number_of_the_tally_is_no_doubt() -> None:
    assert reasons(seen(replace(GOOD, whole=False), "tanggal")) == ()


def test_two_methods_that_disagree_are_named() -> None:
    (reason,) = reasons(replace(PAGE, method="print", rivals=("corners: form-uji page 1",)))
    assert reason.code == "locations_disagree"
    assert reason.numbers == {"page": 2, "method": "print", "rivals": "corners: form-uji page 1"}


@pytest.mark.parametrize("identity", ["tag", "title"])
def test_a_page_known_by_tag_or_title_is_sure(identity: IdentifiedBy) -> None:
    assert reasons(replace(PAGE, identity=identity)) == ()


def test_a_page_known_by_its_layout_alone_is_doubtful() -> None:
    (reason,) = reasons(replace(PAGE, identity="layout"))
    assert (reason.code, reason.numbers) == ("form_unsure", {"page": 2})


def test_a_doubtful_photo_that_gave_one_number_makes_it_doubtful() -> None:
    """Nobody knows that this photo is of this form, whatever the other photo of the page shows."""
    burnt = replace(PAGE, photo="e" * 64, field_quality={"paslon_1": replace(GOOD, glare=1 / 3)})
    other = replace(
        PAGE, photo="f" * 64, field_quality={"paslon_2": replace(GOOD, whole=False)},
        identity="layout", rivals=("form-lain page 2",), reprojection_error_mm=9.0,
    )  # fmt: skip
    for readings in ([burnt, other], [other, burnt]):
        settled = settle(readings, form(), Policy())
        assert settled.reading.taken_from["paslon_1"].photo == other.photo
        assert isinstance(settled.verdict, Doubtful)
        codes = {reason.code for reason in settled.verdict.reasons}
        assert codes == {"loose_fit", "locations_disagree", "form_unsure"}


def test_what_is_measured_survives_as_json() -> None:
    page = replace(seen(replace(GOOD, residual_mm=None)), identity="title", rivals=("a", "b"))
    assert reading_from_json(reading_to_json(page)) == page


def test_a_reading_kept_before_fields_were_measured_still_loads() -> None:
    kept = reading_to_json(PAGE)
    for name in ("field_quality", "identity", "rivals"):
        del kept[name]
    del kept["quality"]["light"], kept["quality"]["glare"]
    assert reading_from_json(kept) == PAGE


def test_a_problem_keeps_its_numbers_as_json_and_old_ones_have_none() -> None:
    problem = Unreadable("too_dark", "found 9", "more light", {"variant": "light", "found": 9})
    kept = verdict_to_json(problem)
    assert verdict_from_json(kept) == problem
    del kept["numbers"]
    assert verdict_from_json(kept) == Unreadable("too_dark", "found 9", "more light")
