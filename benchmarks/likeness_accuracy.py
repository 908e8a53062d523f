"""How often a second photo of the same paper is found, and how often another paper is taken for it.

Every photo is held against every other of the same page. Pairs share photos, so they are not
independent and the intervals are somewhat too narrow.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.likeness_sets import Taken, generated, nearly_empty, real_scans
from benchmarks.report import Section
from benchmarks.rows import Row, number, share
from digitizer.domain.likeness import distance, likeness, most_bits
from digitizer.domain.policy import Policy
from digitizer.errors import PhotoError
from digitizer.forms import load_forms
from digitizer.pipeline import atlas_of
from digitizer.vision.blank import Atlas
from digitizer.vision.ink_hash import ink_hash
from digitizer.vision.locate import locate_page
from digitizer.vision.photo import decode_photo
from digitizer.vision.rectify import rectify

SAME: Final = ("copy", "second_photo", "altered")
"""Pairs of one paper: to be found."""

WHOLE_IMAGE_BITS: Final = 10
"""Photos whose whole-image hashes differ in at most so many of 64 bits usually pass for copies."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """A photo with its ink hash and, to compare, a hash of the whole picture; None: not placed."""

    taken: Taken
    ink: str | None
    whole: int


def sections(dev_data: Path | None) -> list[Section]:
    """Generated photos, real scans, pages nearly empty, each apart."""
    rows = _rows("generated", [_hashed(item) for item in generated()])
    found = [Section("Near duplicates, generated photos", rows, before=INTRO)]
    if dev_data is not None:
        rows = _rows("scans", [_hashed(item) for item in real_scans(dev_data)])
        found.append(Section("Near duplicates, copies of real scans of 2019", rows))
    rows = _rows("few", [_hashed(item) for item in nearly_empty()])
    return [*found, Section("Near duplicates, pages with two numbers written", rows)]


INTRO: Final = """
*Found*: of pairs of photos of one paper: `copy` of one shot (forwarded; cropped and darkened; of
scans also made smaller, brightened, turned, on a screen), `second_photo`, and `altered`, the paper
with one number written over. *Flagged*: of pairs of two papers: by `other_hand`, by `same_hand`
with other numbers, and `rewritten`, the same numbers by the same hand. `whole_image`: the same of a
perceptual hash of the whole picture. Pairs share photos, so the intervals are somewhat too narrow.
"""


@lru_cache(maxsize=1)
def _atlas() -> Atlas:
    return atlas_of(load_forms())


def _hashed(taken: Taken) -> Hashed:
    photo = decode_photo(taken.data)
    grey = np.asarray(cv2.cvtColor(photo.image, cv2.COLOR_BGR2GRAY), np.uint8)
    whole = whole_image_hash(grey)
    try:
        location = locate_page(photo, _atlas())
    except PhotoError:
        return Hashed(taken, None, whole)
    page = rectify(photo, location)
    flat = np.asarray(cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY), np.uint8)
    known = (location.form.id, page.spec.number) == (taken.form, taken.page)
    return Hashed(taken, ink_hash(page, flat) if known else None, whole)


def whole_image_hash(grey: np.ndarray) -> int:
    """The perceptual hash of a whole picture: signs of its 8 x 8 lowest cosines (Zauner 2010)."""
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8].ravel()
    return int("".join("1" if value > np.median(low[1:]) else "0" for value in low), 2)


def kind_of(one: Taken, other: Taken) -> str:
    """What two photos of the same page of a form are to each other."""
    if one.hand != other.hand:
        return "other_hand"
    if one.fill != other.fill:
        return "same_hand"
    inks = {one.ink, other.ink}
    if inks == {"altered", "written"}:
        return "altered"
    if len(inks) > 1:
        return "rewritten"
    return "copy" if one.shot == other.shot else "second_photo"


def _rows(kind: str, photos: Sequence[Hashed]) -> list[Row]:
    pairs: dict[str, list[tuple[Hashed, Hashed]]] = defaultdict(list)
    for one, other in combinations(photos, 2):
        if (one.taken.form, one.taken.page) == (other.taken.form, other.taken.page):
            pairs[kind_of(one.taken, other.taken)].append((one, other))
    name = f"likeness.{kind}"
    hashed = sum(photo.ink is not None for photo in photos)
    rows = [share(f"{name}.hashed", hashed, len(photos))]
    for group in (*SAME, "rewritten", "same_hand", "other_hand"):
        if group in pairs:
            rows += _group_rows(f"{name}.{group}", pairs[group], same=group in SAME)
    return [*rows, *_whole_image_rows(name, pairs)]


def _group_rows(name: str, pairs: Sequence[tuple[Hashed, Hashed]], *, same: bool) -> list[Row]:
    alike = [
        (one.ink, other.ink)
        for one, other in pairs
        if one.ink is not None and other.ink is not None
    ]
    likest = [likeness(distance(*pair)) for pair in alike]
    hits = sum(flagged(*pair) for pair in alike)
    extreme = (min if same else max)(likest, default=0.0)
    word, end = ("found", "lowest") if same else ("flagged", "highest")
    return [
        share(f"{name}.{word}", hits, len(alike)),
        number(f"{name}.{end}", extreme, len(alike), "likeness"),
    ]


def flagged(one: str, other: str) -> bool:
    """Whether the policy calls these two near duplicates."""
    return distance(one, other) <= most_bits(Policy().min_likeness)


def _whole_image_rows(name: str, pairs: Mapping[str, Sequence[tuple[Hashed, Hashed]]]) -> list[Row]:
    def hits(groups: Iterable[str]) -> list[bool]:
        return [
            (one.whole ^ other.whole).bit_count() <= WHOLE_IMAGE_BITS
            for group in groups
            for one, other in pairs.get(group, ())
        ]

    rows = []
    for word, groups in (
        ("copy.found", ("copy",)),
        ("second_photo.found", ("second_photo",)),
        ("other.flagged", ("same_hand", "other_hand")),
    ):
        if found := hits(groups):
            rows.append(share(f"{name}.whole_image.{word}", sum(found), len(found)))
    return rows
