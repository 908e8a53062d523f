"""Two pages of one form that print the same but for a few words, such as one for each party: the
votes on one must never be taken for those on the other without a doubt.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from digitizer.domain.form import FormSpec, PageSpec
from digitizer.forms import load_form
from digitizer.forms.render import render_image
from digitizer.synth.camera import Shot, photograph
from digitizer.vision import naming
from digitizer.vision.blank import Atlas
from digitizer.vision.locate import PageLocation, locate_page
from digitizer.vision.tesseract import Word
from digitizer.vision.titles import Titles
from tests.vision.pages import GOOD, PPWP, Image, painted, photo_of

TITLE = "IV. DATA RINCIAN PEROLEHAN SUARA PASANGAN CALON PRESIDEN DAN WAKIL PRESIDEN"
MODEL = "MODEL C.HASIL-PPWP"
FIRST, SECOND = 2, 3
DPI_SCALE = 4.0
"""Pixels a millimetre at which a page is drawn before it is photographed."""


def second_page(page: PageSpec, number: int, words: dict[str, str]) -> PageSpec:
    """A page as this one in all but its number, its tag, other words and the fields' own names."""
    tag = load_form(PPWP).page(number).tag
    texts = list(page.texts)
    for old, new in words.items():
        texts = [replace(text, text=text.text.replace(old, new)) for text in texts]
    fields = tuple(replace(field, id=f"{field.id}_{number}") for field in page.fields)
    return replace(page, number=number, tag=tag, fields=fields, texts=tuple(texts))


def form_of_alike_pages(**words: str) -> FormSpec:
    """A form with page 2 of PPWP twice; the second time with other words for some."""
    form = load_form(PPWP)
    page = form.page(FIRST)
    return replace(form, pages=(page, second_page(page, SECOND, words)), rules=())


BY_NUMBER = form_of_alike_pages(**{"Halaman 2": "Halaman 3"})
ATLAS = Atlas((BY_NUMBER,), render_image)


@cache
def shot(number: int) -> Shot:
    page = BY_NUMBER.page(number)
    drawn = render_image(BY_NUMBER, number, DPI_SCALE)
    return photograph(drawn, page.size, params=GOOD, rng=np.random.default_rng(number))


def without_tag(number: int) -> Image:
    tag = BY_NUMBER.page(number).tag
    assert tag is not None
    return painted(shot(number).image, shot(number).truth, tag.rect.grown(2))


def without_number(number: int) -> Image:
    """A photo in which neither the tag nor the page number is seen."""
    page = BY_NUMBER.page(number)
    (strip,) = (
        rect
        for rect, texts in zip(page.titles, page.printed_titles, strict=True)
        if any("Halaman" in text.text for text in texts)
    )
    return painted(without_tag(number), shot(number).truth, strip)


def titled(monkeypatch: pytest.MonkeyPatch, form: FormSpec, *strips: str) -> PageLocation:
    """Where a page whose tag is covered lies, and which it is, if its titles are read so."""
    read = Titles(tuple(tuple(Word(w, 0.0, 50.0) for w in strip.split()) for strip in strips))
    monkeypatch.setattr(naming, "read_titles", lambda *_: read)
    return locate_page(photo_of(without_tag(FIRST)), Atlas((form,), render_image))


@pytest.mark.parametrize("number", [FIRST, SECOND])
def test_a_page_number_that_is_read_names_the_page(number: int) -> None:
    found = locate_page(photo_of(without_tag(number)), ATLAS)
    assert (found.page.number, found.identity, found.rivals) == (number, "title", ())


@pytest.mark.parametrize("number", [FIRST, SECOND])
def test_where_the_number_is_not_read_the_other_page_is_a_rival(number: int) -> None:
    found = locate_page(photo_of(without_number(number)), ATLAS)
    assert found.identity == "layout"
    others = {f"{PPWP} page {one}" for one in (FIRST, SECOND)} - {
        f"{PPWP} page {found.page.number}"
    }
    assert set(found.rivals) == others


def test_a_party_that_is_read_names_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    form = form_of_alike_pages(RINCIAN="NUSANTARA")
    found = titled(monkeypatch, form, TITLE, MODEL, "")
    assert (found.page.number, found.identity, found.rivals) == (FIRST, "title", ())
    found = titled(monkeypatch, form, TITLE.replace("RINCIAN", "NUSANTARA"), MODEL, "")
    assert (found.page.number, found.identity, found.rivals) == (SECOND, "title", ())
    found = titled(monkeypatch, form, TITLE.replace("RINCIAN", ""), MODEL, "")
    assert (found.identity, found.rivals) == ("layout", (f"{PPWP} page {SECOND}",))


def test_a_word_like_that_of_the_other_page_is_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three of four letters of one party's name are those of the other's."""
    form = form_of_alike_pages(DATA="DASA")
    found = titled(monkeypatch, form, TITLE.replace("DATA", "DASA"), MODEL, "")
    assert (found.page.number, found.identity) == (SECOND, "title")
    found = titled(monkeypatch, form, TITLE.replace("DATA", "DALA"), MODEL, "")
    assert (found.identity, len(found.rivals)) == ("layout", 1)


def test_a_word_more_on_the_other_page_may_not_have_been_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = form_of_alike_pages(RINCIAN="RINCIAN LANJUTAN")
    found = titled(monkeypatch, form, TITLE, MODEL, "Halaman 2 dari 3")
    assert (found.page.number, found.identity) == (FIRST, "layout")
    assert found.rivals == (f"{PPWP} page {SECOND}",)
