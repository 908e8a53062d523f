"""Sheets that look like a known page and are not one: another office, another year, another
number of paslon, a tag of another form, half of a page, a page in a mirror."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import FormSpec, PageSpec
from digitizer.domain.geometry import Rect
from digitizer.synth.fill import fill_page
from digitizer.synth.strokes import Image
from tests.invented import UNKNOWN_TAGS
from tests.synth import base_forms, filling, without

Known = tuple[FormSpec, PageSpec]
Words = dict[str, str]

OTHER_OFFICES: Final[tuple[Words, ...]] = (
    {"GUBERNUR": "KEPALA DESA"},
    {"GUBERNUR": "PRESIDEN"},
    {"PRESIDEN": "GUBERNUR", "PPWP": "KWK"},
    {"PRESIDEN": "BUPATI", "PPWP": "KWK"},
)
"""What is printed instead of the words that name an office."""

OTHER_YEARS: Final = {"2024": ("2029", "2034", "2018"), "2019": ("2014", "2029")}


def known_pages() -> tuple[Known, ...]:
    """Every page of every base form."""
    return tuple((form, page) for form in base_forms() for page in form.pages)


def other_offices() -> tuple[FormSpec, ...]:
    """Known pages, without their tag, under the title of another office."""
    return tuple(
        form
        for known in known_pages()
        for change in OTHER_OFFICES
        if (form := retitled(known, change)) is not None
    )


def other_years() -> tuple[FormSpec, ...]:
    """Known pages, without their tag, whose title names another year."""
    return tuple(
        form
        for known in known_pages()
        for year, others in OTHER_YEARS.items()
        for other in others
        if (form := retitled(known, {year: other})) is not None
    )


def retitled(known: Known, words: Words) -> FormSpec | None:
    """A known page without its tag and with other words; None where its titles stay the same."""
    form, page = known

    def changed(text: str) -> str:
        for old, new in words.items():
            text = text.replace(old, new)
        return text

    titles = [text for strip in page.printed_titles for text in strip]
    if all(changed(text.text) == text.text for text in titles):
        return None
    texts = tuple(replace(text, text=changed(text.text)) for text in page.texts)
    other = replace(page, texts=texts, tag=None)
    name = "-".join(words.values()).lower()
    return replace(form, id=f"{form.id}-{name}", pages=(other,), rules=())


def other_tags() -> tuple[FormSpec, ...]:
    """Known pages that carry the tag of another form, such as the same form abroad."""
    return tuple(
        replace(
            form,
            id=f"{form.id}-tag-{number}",
            pages=(replace(page, tag=replace(page.tag, id=number)),),
            rules=(),
        )
        for form, page in known_pages()
        if page.tag is not None
        for number in UNKNOWN_TAGS
    )


def drawn(form: FormSpec, page: PageSpec, seed: int) -> Image:
    """A page with ink on it, flat."""
    entries, writer = filling(form, seed)
    here = {f.id: entries[f.id] for f in page.fields if f.id in entries}
    return fill_page(form, page.number, here, writer)


def pages_with_paslon() -> tuple[Known, ...]:
    """Known pages with a row for each of at least two paslon."""
    return tuple(known for known in known_pages() if len(_paslon_boxes(known[1])) > 1)


def with_other_number_of_paslon(known: Known, change: int, seed: int) -> Image:
    """The page with so many rows of paslon more or fewer, squeezed to the same paper; no tag."""
    form, page = known
    image = without(drawn(form, page, seed), page, "no_tag")
    first, second = _paslon_boxes(page)[:2]
    pixels_per_mm = image.shape[0] / page.size.height
    top, bottom = (round((box.y - 1.0) * pixels_per_mm) for box in (first, second))
    row = image[top:bottom]
    rows = [row] * max(0, change + 1)
    grown = np.vstack([image[:top], *rows, image[bottom:]])
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.resize(grown, size, interpolation=cv2.INTER_AREA), np.uint8)


def _paslon_boxes(page: PageSpec) -> list[Rect]:
    """The first digit box of every paslon that stands straight above the next one."""
    return [field.digit_boxes[0] for field in page.fields if field.role == "votes"]


def halves(page: PageSpec) -> Iterator[tuple[str, Rect]]:
    """The halves of a page, a little more than half, that lose at least 40 % of its numbers."""
    width, height = page.size.width, page.size.height
    sides = {
        "upper": Rect(0, 0, width, 0.54 * height),
        "lower": Rect(0, 0.46 * height, width, 0.54 * height),
        "left": Rect(0, 0, 0.54 * width, height),
        "right": Rect(0.46 * width, 0, 0.54 * width, height),
    }
    for name, half in sides.items():
        counted = [field for field in page.fields if field.counted]
        lost = [
            field
            for field in counted
            if not all(half.holds(corner) for box in field.digit_boxes for corner in box.corners)
        ]
        if len(lost) >= 0.4 * len(counted):
            yield name, half
