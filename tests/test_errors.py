"""Errors about photos keep their facts when they cross from one process to another."""

import copy

import pytest

from digitizer.errors import Numbers, PageNotLocated, PageUnreadable, PhotoError, PhotoRefused

FOUND: Numbers = {"variant": "light", "found": 9, "needed": 48}


@pytest.mark.parametrize("kind", [PhotoRefused, PageNotLocated, PageUnreadable])
def test_a_photo_error_survives_pickling_with_its_numbers(kind: type[PhotoError]) -> None:
    error = kind("too_dark", "the lightest parts have grey level 9", "more light", FOUND)
    back = copy.copy(error)  # rebuilt by `__reduce__`, as pickle does
    assert type(back) is kind
    assert (back.problem, back.code) == ("too_dark", "too_dark")
    assert (back.message, back.hint, back.numbers) == (error.message, error.hint, FOUND)


def test_numbers_cannot_be_changed_afterwards() -> None:
    numbers = dict(FOUND)
    error = PhotoError("too_dark", "", "", numbers)
    numbers["found"] = 200
    assert error.numbers["found"] == 9
