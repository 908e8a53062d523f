"""Where boxes and bubbles really lie on a flat page: paper bends, and a homography does not.

A row of boxes is searched by its printed borders, each of which may move a little against the
others (a deformable row of parts); then every box settles on its own border, and the bubbles below
follow row by row. What is not found moves with its neighbours and says so.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from digitizer.domain.form import FieldSpec, PageSpec
from digitizer.domain.geometry import bounding_rect
from digitizer.vision.borders import Border, Likeness, PrintedInk, Reach, Shift, peak_of
from digitizer.vision.photo import BgrImage

FARTHEST_MM: Final = 22.0
"""Paper bent as far as we read it moves a box by up to its own side."""

UNALIKE: Final = 0.45
"""A search reaches less than half way, by this share, to the next row that looks the same."""

ALONG: Final = 0.75
"""Along a row it may reach further: one box off, the last box has no border, and `SURE_PART`
tells."""

SURE: Final = 0.55
"""Mean correlation of a row's borders from which it is believed alone."""

SURE_PART: Final = 0.38
"""The least that each border of such a row must reach. Touching boxes look alike one box further,
but then the last one has no border."""

LIKELY: Final = 0.45
"""Correlation from which a border counts as found near where its neighbours say."""

NEAR: Final = Reach(6.0, 6.0)
"""How far from its neighbours' word an unsure row is searched."""

PLAY_MM: Final = 1.6
"""How far the boxes of a row may move against one another."""

BOX_REACH: Final = Reach(PLAY_MM + 0.6, PLAY_MM + 0.6)
"""How far a box may lie from where its row was found."""

RING_STROKE: Final = 0.353
RING_LIKELY: Final = 0.25
RING_REACH: Final = Reach(2.0, 2.4)
"""How far a row of bubbles may lie from where the row above puts it."""

BELIEVED_SHARE: Final = 0.5
"""Of all boxes of a page, so many must be found before any of them is believed."""

STACKED: Final = 2.0
"""Rows whose tops are less than this many box heights apart belong to one stack."""

STAY: Final = Shift(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class FieldShifts:
    """Shifts of a field's digit boxes, and of its bubbles as [column][digit]."""

    boxes: tuple[Shift, ...]
    bubbles: tuple[tuple[Shift, ...], ...]


Shifts = Mapping[str, FieldShifts]
"""By field id."""


def measure_shifts(image: BgrImage, pixels_per_mm: float, spec: PageSpec) -> Shifts:
    """Measure the shift of every box and bubble of a page laid flat by its homography."""
    ink = PrintedInk.of(image, pixels_per_mm)
    rows = {
        field.id: _row_shift(ink, field, STAY, _free_reach(field, spec.fields))
        for field in spec.fields
    }
    centres = {field.id: _centre(field) for field in spec.fields}
    sure = _consistent({name: row for name, row in rows.items() if row.likeness >= SURE}, centres)
    placed = _grown(ink, {field.id: field for field in spec.fields}, sure, centres)
    shifts = {}
    for field in spec.fields:
        boxes = tuple(
            _settled(ink, Border(box, field.box_stroke), placed[field.id], BOX_REACH)
            for box in field.digit_boxes
        )
        shifts[field.id] = FieldShifts(boxes, _bubble_shifts(ink, field, boxes))
    if not _believable(shifts):
        return {name: _unfound(shift) for name, shift in shifts.items()}
    slipped = {
        field.id
        for stack in _stacks(spec.fields)
        if not all(shift.found for field in stack for shift in shifts[field.id].boxes)
        for field in stack
    }
    return {name: _unfound(shift) if name in slipped else shift for name, shift in shifts.items()}


def _stacks(fields: Sequence[FieldSpec]) -> Iterator[list[FieldSpec]]:
    """Rows of boxes close below one another, which look alike when all slip by one.

    The last row of a stack that slipped has no border where it is looked for. So a stack is
    believed whole or not at all.
    """
    rects = {field.id: bounding_rect(field.digit_boxes) for field in fields}
    waiting = list(fields)
    while waiting:
        stack = [waiting.pop(0)]
        for field in list(waiting):
            above, below = rects[stack[-1].id], rects[field.id]
            beside = below.x < above.right and above.x < below.right
            if beside and 0 < below.y - above.y < STACKED * above.height:
                stack.append(field)
                waiting.remove(field)
        yield stack


def _believable(shifts: Shifts) -> bool:
    """Whether enough boxes were found; the few found on a misplaced page are other boxes."""
    found = [shift.found for field in shifts.values() for shift in field.boxes]
    return sum(found) >= BELIEVED_SHARE * len(found)


def _unfound(field: FieldShifts) -> FieldShifts:
    """The same shifts, none of which counts as found."""

    def doubted(shifts: Sequence[Shift]) -> tuple[Shift, ...]:
        return tuple(Shift(shift.dx, shift.dy, 0.0) for shift in shifts)

    return FieldShifts(doubted(field.boxes), tuple(doubted(column) for column in field.bubbles))


def _grown(
    ink: PrintedInk,
    fields: Mapping[str, FieldSpec],
    sure: Mapping[str, Shift],
    centres: Mapping[str, tuple[float, float]],
) -> dict[str, Shift]:
    """A shift for every row: from the sure ones outwards, each searched near its neighbours' word.

    The row nearest to a placed one comes next, and once found it speaks for those beyond it.
    """
    known = dict(sure)
    placed = dict(sure)
    while waiting := [name for name in fields if name not in placed]:
        name = min(
            waiting,
            key=lambda waits: min(
                (math.dist(centres[waits], centres[other]) for other in known), default=0.0
            ),
        )
        guess = _said_by_neighbours(centres[name], known, centres)
        near = _row_shift(ink, fields[name], guess, NEAR)
        if near.likeness >= LIKELY:
            known[name] = near
        placed[name] = near if near.likeness >= LIKELY else guess
    return placed


def _free_reach(field: FieldSpec, fields: Sequence[FieldSpec]) -> Reach:
    """How far a row can be searched before it could be taken for another."""
    own = bounding_rect(field.digit_boxes)
    edges = sorted(box.x for box in field.digit_boxes)
    pitch = min((b - a for a, b in pairwise(edges)), default=2 * FARTHEST_MM)
    down = [2 * FARTHEST_MM]
    for other in fields:
        rect = bounding_rect(other.digit_boxes)
        beside = rect.x < own.right and own.x < rect.right
        if other.id != field.id and beside:
            down.append(abs(rect.y - own.y))
    return Reach(
        min(FARTHEST_MM, ALONG * pitch),
        min(FARTHEST_MM, UNALIKE * min(down)),
    )


def _row_shift(ink: PrintedInk, field: FieldSpec, guess: Shift, reach: Reach) -> Shift:
    """The shift at which the row's borders fit best, each with a little play of its own."""
    borders = [Border(box, field.box_stroke) for box in field.digit_boxes]
    maps = [ink.likeness(border, guess, reach) for border in borders]
    free = _with_play(maps, ink.scale)
    row, column, likeness = peak_of(np.mean(free, axis=0))
    weakest = min(float(part[round(row), round(column)]) for part in free)
    dx, dy = ink.shift_at(borders[0], guess, reach, (row, column))
    return Shift(dx, dy, likeness if weakest >= SURE_PART else min(likeness, SURE - 0.01))


def _with_play(maps: Sequence[Likeness], scale: float) -> list[Likeness]:
    """Likeness of parts when each may choose its best place within `PLAY_MM`."""
    side = 2 * round(PLAY_MM * scale) + 1
    window = np.ones((side, side), np.uint8)
    # The undilated maps break ties, so that the middle of a plateau wins.
    return [np.asarray((cv2.dilate(part, window) + 0.2 * part) / 1.2, np.float32) for part in maps]


def _consistent(
    rows: Mapping[str, Shift], centres: Mapping[str, tuple[float, float]]
) -> dict[str, Shift]:
    """The rows that agree with their neighbours; the one that agrees least is dropped first.

    Paper bends gently: what lies far from where all neighbours point is another row's border.
    """
    kept = dict(rows)
    while len(kept) > 2:
        excess = {}
        for name, row in kept.items():
            others = {other: shift for other, shift in kept.items() if other != name}
            said = _said_by_neighbours(centres[name], others, centres)
            nearest = min(
                np.hypot(centres[name][0] - centres[o][0], centres[name][1] - centres[o][1])
                for o in others
            )
            off = float(np.hypot(row.dx - said.dx, row.dy - said.dy))
            excess[name] = off - (2.5 + 0.06 * float(nearest))
        worst = max(excess, key=lambda name: excess[name])
        if excess[worst] <= 0:
            break
        del kept[worst]
    return kept


def _said_by_neighbours(
    at: tuple[float, float],
    sure: Mapping[str, Shift],
    centres: Mapping[str, tuple[float, float]],
) -> Shift:
    """Mean shift of the nearest sure rows, nearer ones counting more; none where there are none."""
    if not sure:
        return STAY
    names = list(sure)
    away = np.array([np.hypot(centres[n][0] - at[0], centres[n][1] - at[1]) for n in names])
    nearest = np.argsort(away)[:3]
    weights = 1 / (away[nearest] + 5.0)
    dx = np.average([sure[names[i]].dx for i in nearest], weights=weights)
    dy = np.average([sure[names[i]].dy for i in nearest], weights=weights)
    return Shift(float(dx), float(dy), 0.0)


def _settled(ink: PrintedInk, border: Border, guess: Shift, reach: Reach) -> Shift:
    """Where a single border is found near a guess; the guess, unfound, where it is not."""
    row, column, likeness = peak_of(ink.likeness(border, guess, reach))
    least = RING_LIKELY if border.round else LIKELY
    if likeness < least:
        return Shift(guess.dx, guess.dy, 0.0)
    dx, dy = ink.shift_at(border, guess, reach, (row, column))
    return Shift(dx, dy, likeness)


def _bubble_shifts(
    ink: PrintedInk, field: FieldSpec, boxes: Sequence[Shift]
) -> tuple[tuple[Shift, ...], ...]:
    """Shifts of the bubbles [column][digit], followed downwards from the boxes.

    Most rings of a row are empty, so the row is found by them; a filled bubble hides its own ring.
    """
    if not field.bubbles:
        return ()
    guess = Shift(
        float(np.mean([shift.dx for shift in boxes])),
        float(np.mean([shift.dy for shift in boxes])),
        0.0,
    )
    lean = [(shift.dx - guess.dx, shift.dy - guess.dy) for shift in boxes]
    found = any(shift.found for shift in boxes)
    rows = []
    for digit in range(10):
        rings = [Border(column[digit], RING_STROKE, round=True) for column in field.bubbles]
        starts = [Shift(guess.dx + dx, guess.dy + dy, 0.0) for dx, dy in lean]
        maps = [
            ink.likeness(ring, start, RING_REACH) for ring, start in zip(rings, starts, strict=True)
        ]
        row, column, likeness = peak_of(np.mean(_with_play(maps, ink.scale / 2), axis=0))
        if likeness >= RING_LIKELY:
            dx, dy = ink.shift_at(rings[0], starts[0], RING_REACH, (row, column))
            guess = Shift(dx - lean[0][0], dy - lean[0][1], likeness if found else 0.0)
        else:
            guess = Shift(guess.dx, guess.dy, 0.0)
        rows.append([Shift(guess.dx + dx, guess.dy + dy, guess.likeness) for dx, dy in lean])
    return tuple(tuple(row[index] for row in rows) for index in range(len(field.bubbles)))


def _centre(field: FieldSpec) -> tuple[float, float]:
    centre = bounding_rect(field.digit_boxes).centre
    return centre.x, centre.y
