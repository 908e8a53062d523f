"""The negatives are five hundred, are what they say, and carry no tag of a known form."""

import cv2
import numpy as np
import pytest

from digitizer.forms import list_forms, load_forms
from tests import siblings
from tests.negatives import COUNTS, kinds, negative


def test_five_hundred_of_fixed_kinds_spread_evenly() -> None:
    assert len(kinds()) == sum(COUNTS.values()) == 500
    assert {kind: kinds().count(kind) for kind in COUNTS} == COUNTS
    first = kinds()[:100]
    assert all(abs(first.count(kind) - count / 5) <= 1 for kind, count in COUNTS.items())


@pytest.mark.parametrize("kind", COUNTS)
def test_every_kind_is_a_photo_and_no_whole_known_page(kind: str) -> None:
    made = negative(kinds().index(kind))
    assert made.kind == kind and kind in made.name
    picture = cv2.imdecode(np.frombuffer(made.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None and max(picture.shape) >= 640
    if kind == "half_page":
        assert len(made.forms_it_is_not) == len(list_forms()) - 1
        return
    assert made.forms_it_is_not == set(list_forms())
    if kind == "mirrored":
        return  # the mirror image of a tag may be close enough to a known one to be read as it
    tags = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    _, ids, _ = cv2.aruco.ArucoDetector(tags).detectMarkers(picture)
    known = {page.tag.id for form in load_forms() for page in form.pages if page.tag}
    assert known.isdisjoint([] if ids is None else ids.ravel().tolist())


def test_a_negative_can_be_made_again() -> None:
    index = kinds().index("marks_only")
    assert negative(index) == negative(index)


def test_a_sibling_has_other_titles_and_no_tag() -> None:
    known = {page.printed_titles for form in load_forms() for page in form.pages}
    changed = (*siblings.other_offices(), *siblings.other_years())
    assert changed
    for form in changed:
        (page,) = form.pages
        assert page.tag is None and page.printed_titles not in known


def test_a_half_loses_many_numbers() -> None:
    for form, page in siblings.known_pages():
        found = list(siblings.halves(page))
        assert found, (form.id, page.number)
        for _, half in found:
            gone = [
                field
                for field in page.fields
                if field.counted and not all(half.overlaps(box) for box in field.digit_boxes)
            ]
            assert gone
