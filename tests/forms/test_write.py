"""A form written is the form that is read again."""

from dataclasses import replace

import pytest

from digitizer.domain.form import FieldSpec, FormSpec
from digitizer.domain.geometry import Rect
from digitizer.forms import list_forms, load_form
from digitizer.forms.load import parse_form
from digitizer.forms.write import form_text


@pytest.mark.parametrize("name", list_forms())
def test_every_shipped_form_comes_back_to_a_thousandth_of_a_millimetre(name: str) -> None:
    form = load_form(name)
    text = form_text(form)
    again = parse_form(text.encode(), name)
    assert form_text(again) == text
    assert again.rules == form.rules
    for page, was in zip(again.pages, form.pages, strict=True):
        assert [field.id for field in page.fields] == [field.id for field in was.fields]
        for field, before in zip(page.fields, was.fields, strict=True):
            assert without_places(field) == without_places(before)
            for rect, old in zip(field.rects(), before.rects(), strict=True):
                assert apart(rect, old) < 0.006
        assert (page.titles, page.tag, page.fiducials, page.texts) == (
            was.titles, was.tag, was.fiducials, was.texts,
        )  # fmt: skip


def without_places(field: FieldSpec) -> FieldSpec:
    somewhere = (Rect(0, 0, 1, 1),)
    return replace(field, digit_boxes=somewhere, bubbles=(), tally=(), row_sums=(), words=None)


def apart(rect: Rect, other: Rect) -> float:
    return max(
        abs(rect.x - other.x), abs(rect.y - other.y),
        abs(rect.right - other.right), abs(rect.bottom - other.bottom),
    )  # fmt: skip


def test_a_text_keeps_its_quotes_and_its_letters() -> None:
    form = load_form("c1-ppwp-2019")
    odd = 'Jumlah "L" \\ P\t· é'
    page = form.pages[0]
    named = replace(page, fields=(replace(page.fields[0], label=odd), *page.fields[1:]))
    again: FormSpec = parse_form(form_text(replace(form, pages=(named,))).encode(), "x")
    assert again.pages[0].fields[0].label == odd
