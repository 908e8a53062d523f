"""One made photo located and cut into cells, compared with its truth; run in worker processes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.processes import over
from digitizer.domain.form import PageSpec
from digitizer.errors import PhotoError
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of
from digitizer.synth.sheet import PageToPhoto, box_side
from digitizer.vision.blank import Atlas
from digitizer.vision.locate import PageLocation, locate_page
from digitizer.vision.photo import decode_photo
from digitizer.vision.rectify import rectify
from digitizer.vision.segment import Cell, segment
from tests.negatives import negative
from tests.official import PlannedOfficial
from tests.synth import MadePhoto, Planned

FAR: Final = 1.0
"""A page of which a tenth of the digit boxes are put further off than their width was not found."""

Plan = Planned | PlannedOfficial


@dataclass(frozen=True, slots=True)
class Located:
    """What became of one photo of a known page.

    Attributes:
        located: form, page and turn are right, and the page lies where it is.
        taken_for: the form and page it was taken for, if wrong; or how it was misplaced.
        method: which method placed it, or None.
        identity: what said which page it is, or None.
        problem: the code of the refusal, or None.
        message: of the refusal.
        errors: of every whole digit box of a located page: the distance between its centre and
            where the photo shows it, in widths of the box.
        unfound: how many of these boxes are not marked as found.
    """

    plan: Plan
    located: bool
    taken_for: str | None
    method: str | None
    identity: str | None
    problem: str | None
    message: str
    errors: tuple[float, ...]
    unfound: int


@dataclass(frozen=True, slots=True)
class Refused:
    """What became of one negative.

    Attributes:
        taken_for: the form, page, method and identity by which it was located, or None.
        wrongly: whether that is a form which it is not.
        problem: the code of the refusal, or None.
    """

    index: int
    name: str
    kind: str
    taken_for: str | None
    wrongly: bool
    problem: str | None


@cache
def atlas() -> Atlas:
    """Every page of every shipped form, once a process."""
    return atlas_of(load_forms())


def locate_planned(dev_data: Path | None, plan: Plan) -> Located:
    """Make a photo, locate it and compare with its truth."""
    made = made_of(dev_data, plan)
    try:
        photo = decode_photo(made.shot.jpeg)
        location = locate_page(photo, atlas())
    except PhotoError as error:
        return Located(plan, False, None, None, None, error.problem, error.message, (), 0)
    said = location.method, location.identity
    wrong = mistake(location, made)
    if wrong is not None:
        return Located(plan, False, wrong, *said, None, "", (), 0)
    cells = segment(rectify(photo, location))
    boxes = [cell for cell in cells if cell.source == "digits" and cell.whole]
    errors = box_errors(boxes, location, made.shot.truth)
    unfound = sum(not cell.found for cell in boxes)
    return Located(plan, True, None, *said, None, "", errors, unfound)


def made_of(dev_data: Path | None, plan: Plan) -> MadePhoto:
    """The photo of a plan; official print needs the development data folder."""
    if isinstance(plan, Planned):
        return plan.made()
    if dev_data is None:
        raise ValueError(f"{plan.name} needs the development data folder")
    return plan.made(dev_data)


def mistake(location: PageLocation, made: MadePhoto) -> str | None:
    """What is wrong with a location, or None when form, page, turn and place are right."""
    spec, truth = made.form.page(made.page), made.shot.truth
    if (location.form.id, location.page.number) != (made.form.id, made.page):
        return f"{location.form.id} page {location.page.number}"
    if location.turns != true_turns(truth, spec):
        return f"turned by {location.turns}, is {true_turns(truth, spec)}"
    boxes = [box for field in spec.fields for box in field.digit_boxes]
    at = np.array([(box.centre.x, box.centre.y) for box in boxes])
    away = np.linalg.norm(truth.page_points(location.project(at)) - at, axis=1)
    off = float(np.quantile(away, 0.9))
    if off > FAR * box_side(made.form):
        return f"its own page, misplaced by {off:.0f} mm"
    return None


def true_turns(truth: PageToPhoto, page: PageSpec) -> int:
    """Clockwise quarter turns that make the photo upright."""
    x, y, step = page.size.width / 2, page.size.height / 2, page.size.width / 50
    ends = truth.project(np.array([[x - step, y], [x + step, y]]))
    right = ends[1] - ends[0]
    return -round(float(np.degrees(np.arctan2(right[1], right[0]))) / 90) % 4


def box_errors(
    cells: Sequence[Cell], location: PageLocation, truth: PageToPhoto
) -> tuple[float, ...]:
    """Distance of each cell's centre from that of the printed box, in widths of the box."""
    if not cells:
        return ()
    at = np.array([(cell.rect.centre.x, cell.rect.centre.y) for cell in cells])
    seen = truth.page_points(location.project(at))
    errors = []
    for cell, point in zip(cells, seen, strict=True):
        field = location.form.fields[cell.field]
        box = field.digit_boxes[len(field.digit_boxes) - 1 - cell.place]
        away = np.linalg.norm(point - (box.centre.x, box.centre.y))
        errors.append(float(away) / min(box.width, box.height))
    return tuple(errors)


def refuse(index: int) -> Refused:
    """Make a negative and try to locate it."""
    made = negative(index)
    try:
        location = locate_page(decode_photo(made.jpeg), atlas())
    except PhotoError as error:
        return Refused(index, made.name, made.kind, None, False, error.problem)
    taken = (
        f"{location.form.id} page {location.page.number} by {location.method}, {location.identity}"
    )
    wrongly = location.form.id in made.forms_it_is_not
    return Refused(index, made.name, made.kind, taken, wrongly, None)


def locate_all(plans: Sequence[Plan], dev_data: Path | None = None) -> Iterator[Located]:
    """Every photo of a list, made and located."""
    return over(partial(locate_planned, dev_data), plans)
