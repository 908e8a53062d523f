"""Five hundred pictures that show no known page, made by program: each must be refused.

They are photographed like the generated photos, in the easy and the medium tier.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import FormSpec
from digitizer.domain.geometry import Size
from digitizer.forms import list_forms
from digitizer.forms.render import render_image
from digitizer.synth.camera import CameraParams, Shot, photograph
from digitizer.synth.entries import Entry
from digitizer.synth.fill import fill_page
from digitizer.synth.hand import draw_hand
from digitizer.synth.sheet import BOX_MM, box_side
from digitizer.synth.strokes import Image
from digitizer.synth.writer import Writer
from tests import invented, scenes, siblings
from tests.invented import A4, Office
from tests.synth import draw

SEED: Final = 61_000

COUNTS: Final[dict[str, int]] = {
    "other_table": 45,
    "unknown_tag": 40,
    "other_paslon": 40,
    "legislative": 45,
    "c1_page_1": 25,
    "other_year": 40,
    "other_office": 40,
    "half_page": 40,
    "text_page": 30,
    "number_table": 30,
    "noise": 15,
    "building": 30,
    "qr_codes": 20,
    "blank_paper": 15,
    "marks_only": 20,
    "mirrored": 25,
}
"""How many of each kind are among 500."""


@dataclass(frozen=True, slots=True)
class Negative:
    """A picture that is no known page.

    Attributes:
        jpeg: the file's bytes.
        forms_it_is_not: ids of the forms it must not be taken for; of half a page, every form but
            its own, for which `page_incomplete` is the right answer.
    """

    name: str
    kind: str
    jpeg: bytes
    forms_it_is_not: frozenset[str]


@cache
def kinds() -> tuple[str, ...]:
    """The kind of each of the 500, spread so that the first n hold about the right shares."""
    places = [
        ((number + 0.5) / count, kind) for kind, count in COUNTS.items() for number in range(count)
    ]
    return tuple(kind for _, kind in sorted(places))


def negatives(count: int) -> Iterator[Negative]:
    """The first `count` of the fixed list of 500, each made when it is asked for."""
    return (negative(index) for index in range(count))


def negative(index: int) -> Negative:
    """One negative by its place in the list; the same place gives the same bytes."""
    kind = kinds()[index]
    number = kinds()[:index].count(kind)
    rng = np.random.default_rng([SEED, index])
    detail, own, shot = MAKERS[kind](number, index, rng)
    name = f"negative-{index:03d}-{kind}{detail and '-'}{detail}"
    return Negative(name, kind, shot.jpeg, frozenset(list_forms()) - {own})


Made = tuple[str, str | None, Shot]
"""What it shows in a word, the form it is a part of, and the photo."""


def camera(rng: np.random.Generator) -> CameraParams:
    """An easy or a medium photo in any quarter turn."""
    params = draw("easy" if rng.random() < 0.5 else "medium", rng)
    return replace(params, turns=int(rng.integers(4)))


def _form(form: FormSpec, index: int, rng: np.random.Generator) -> Shot:
    """A photo of the only page of a form, with numbers written in its boxes."""
    page = form.pages[0]
    if not form.fields:
        box_mm = BOX_MM * page.size.height / 900
        image = render_image(form, page.number, 2400 / page.size.height)
    else:
        box_mm = box_side(form)
        entries, writer = _any_numbers(form, index)
        image = fill_page(form, page.number, entries, writer, watermark=None)
    return photograph(image, page.size, params=camera(rng), rng=rng, box_mm=box_mm)


def _any_numbers(form: FormSpec, seed: int) -> tuple[dict[str, Entry], Writer]:
    rng = np.random.default_rng(seed)
    writer = Writer(draw_hand(rng), rng)
    entries = {
        field.id: Entry("".join(str(rng.integers(10)) for _ in field.digit_boxes))
        for field in form.fields.values()
        if rng.random() < 0.8
    }
    return entries, writer


def _flat(image: Image, size: Size, rng: np.random.Generator, box_mm: float) -> Shot:
    return photograph(image, size, params=camera(rng), rng=rng, box_mm=box_mm)


def _table(number: int, index: int, rng: np.random.Generator) -> Made:
    plano, marked, tagged = number % 3 > 0, number % 5 < 4, number % 4 == 0
    form = invented.table_form(rng, plano=plano, marked=marked, tagged=tagged)
    return "tagged" if tagged else "", None, _form(form, index, rng)


def _legislative(number: int, index: int, rng: np.random.Generator) -> Made:
    offices: tuple[Office, ...] = ("DPR", "DPD", "DPRD PROVINSI", "DPRD KABUPATEN/KOTA")
    office = offices[number % 4]
    plano, tagged = number % 3 > 0, number % 2 == 0
    form = invented.legislative_form(rng, office, plano=plano, marked=plano, tagged=tagged)
    return office.split(" ")[0], None, _form(form, index, rng)


def _one_of(family: Callable[[], tuple[FormSpec, ...]]) -> Callable[..., Made]:
    """A maker of photos of the forms of a family, in a mixed order."""

    def make(number: int, index: int, rng: np.random.Generator) -> Made:
        forms = family()
        order = np.random.default_rng(SEED).permutation(len(forms))
        form = forms[order[number % len(forms)]]
        image = siblings.drawn(form, form.pages[0], index)
        return form.id, None, _flat(image, form.pages[0].size, rng, box_side(form))

    return make


def _invented(draw_form: Callable[[np.random.Generator], FormSpec]) -> Callable[..., Made]:
    def make(number: int, index: int, rng: np.random.Generator) -> Made:
        return "", None, _form(draw_form(rng), index, rng)

    return make


def _other_paslon(number: int, index: int, rng: np.random.Generator) -> Made:
    known = siblings.pages_with_paslon()
    form, page = known[number % len(known)]
    change = (-1, 1, 2)[number // len(known) % 3]
    image = siblings.with_other_number_of_paslon((form, page), change, index)
    return f"{form.id}{change:+d}", None, _flat(image, page.size, rng, box_side(form))


def _half(number: int, index: int, rng: np.random.Generator) -> Made:
    """The photo cut along the middle of the page, as if the phone saw no more."""
    known = siblings.known_pages()
    form, page = known[number % len(known)]
    choices = list(siblings.halves(page))
    side, half = choices[number // len(known) % len(choices)]
    image = siblings.drawn(form, page, index)
    scale = image.shape[0] / page.size.height
    left, top, right, bottom = (round(v * scale) for v in (half.x, half.y, half.right, half.bottom))
    params = replace(camera(rng), margin=-0.03)
    size = Size(half.width, half.height)
    part = image[top:bottom, left:right]
    shot = photograph(part, size, params=params, rng=rng, box_mm=box_side(form))
    return f"{side}-{form.id}-hal{page.number}", form.id, shot


def _mirrored(number: int, index: int, rng: np.random.Generator) -> Made:
    known = siblings.known_pages()
    form, page = known[number % len(known)]
    image = np.asarray(cv2.flip(siblings.drawn(form, page, index), 1), np.uint8)
    return f"{form.id}-hal{page.number}", None, _flat(image, page.size, rng, box_side(form))


def _scene(
    draw_scene: Callable[[np.random.Generator], Image], margin: float
) -> Callable[..., Made]:
    """A maker of photos of a picture; a negative margin lets it fill the photo."""

    def make(number: int, index: int, rng: np.random.Generator) -> Made:
        params = replace(camera(rng), margin=margin)
        box_mm = BOX_MM * A4.height / 900
        shot = photograph(draw_scene(rng), Size(210, 280), params=params, rng=rng, box_mm=box_mm)
        return "", None, shot

    return make


def _wall(rng: np.random.Generator) -> Image:
    return scenes.building(rng) if rng.random() < 0.6 else scenes.bricks(rng)


MAKERS: Final[dict[str, Callable[[int, int, np.random.Generator], Made]]] = {
    "other_table": _table,
    "unknown_tag": _one_of(siblings.other_tags),
    "other_paslon": _other_paslon,
    "legislative": _legislative,
    "c1_page_1": _invented(invented.first_page_of_c1),
    "other_year": _one_of(siblings.other_years),
    "other_office": _one_of(siblings.other_offices),
    "half_page": _half,
    "text_page": _invented(invented.text_page),
    "number_table": _invented(invented.number_table),
    "noise": _scene(scenes.noise, -0.12),
    "building": _scene(_wall, -0.12),
    "qr_codes": _scene(scenes.qr_codes, 0.04),
    "blank_paper": _invented(invented.blank_paper),
    "marks_only": _invented(invented.marks_only),
    "mirrored": _mirrored,
}
