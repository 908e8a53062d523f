"""The tiers of generated photos, and short ways to make a filled page or a photo with its truth.

The limits are fixed: loosening one needs a file in docs/decisions/. They hold for the photo as
taken; one photo in four then passes a messenger, which may make it smaller.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

import cv2
import numpy as np

from digitizer.domain.form import Corner, FormSpec, PageSpec
from digitizer.domain.geometry import Rect
from digitizer.forms import load_form, load_forms
from digitizer.forms.render import mark_squares
from digitizer.synth.camera import CameraParams, Shot, photograph
from digitizer.synth.entries import Entry, entries_for
from digitizer.synth.fill import fill_page
from digitizer.synth.hand import draw_hand
from digitizer.synth.light import BlurKind, Surface
from digitizer.synth.sheet import CurlShape, Pose, box_side
from digitizer.synth.simulate import simulate_tps
from digitizer.synth.strokes import Image
from digitizer.synth.writer import Writer

Tier = Literal["easy", "medium", "hard"]

KIN: Final = re.compile(r"-kwk-(bupati|walikota)-|-kwk-gubernur-2024-[34]p$")
"""Ids of the forms that `authoring` draws up from those of Gubernur with two paslon."""

NEAR_SHARE: Final = 1 / 3
"""The share of photos whose every parameter lies near its limit."""

NEAR: Final = 0.8
"""Near the limit means within the last fifth of the range."""

MESSENGER_SHARE: Final = 1 / 4


@dataclass(frozen=True, slots=True)
class Limits:
    """The worst a tier may draw; every range starts at the harmless end.

    Attributes:
        tilt, roll: degrees.
        curl: share of the page's height.
        box_px: from the largest to the smallest digit box, in pixels; the form's own smallest box.
        blur: in strokes.
        shadow, uneven, glare: shares of the light.
        jpeg: from the best to the worst quality.
        hidden_corner: whether a corner may be covered.
    """

    tilt: float
    roll: float
    curl: float
    box_px: tuple[float, float]
    blur: float
    shadow: float
    uneven: float
    glare: float
    noise: float
    jpeg: tuple[int, int]
    hidden_corner: bool = False


TIERS: Final[dict[Tier, Limits]] = {
    "easy": Limits(10, 4, 0.01, (46, 30), 0.2, 0.0, 0.25, 0.0, 3.0, (92, 78)),
    "medium": Limits(25, 8, 0.03, (38, 20), 0.5, 0.5, 0.4, 0.0, 5.0, (90, 60)),
    "hard": Limits(45, 15, 0.08, (24, 14), 1.0, 0.65, 0.5, 1.0, 8.0, (85, 50), True),
}


def base_forms() -> tuple[FormSpec, ...]:
    """The forms of the generated sets: every shipped one but the kin, which differ in words and in
    rows of paslon alone and have tests of their own (tests/vision/test_kin.py).
    """
    return tuple(form for form in load_forms() if not KIN.search(form.id))


def telling_forms() -> tuple[FormSpec, ...]:
    """The base forms, and of their kin the one that differs most."""
    return tuple(f for f in load_forms() if not KIN.search(f.id) or "walikota-2024-4p" in f.id)


def draw(tier: Tier, rng: np.random.Generator) -> CameraParams:
    """Camera parameters of a tier, uniform up to each limit and a third of them near it."""
    limits = TIERS[tier]
    near = rng.random() < NEAR_SHARE

    def share() -> float:
        return float(rng.uniform(NEAR if near else 0.0, 1.0))

    def between(best: float, worst: float) -> float:
        return best + share() * (worst - best)

    corners: tuple[Corner, ...] = ("top_left", "top_right", "bottom_right", "bottom_left")
    hide = limits.hidden_corner and (near or rng.random() < 0.5)
    curls: tuple[CurlShape, ...] = ("arc", "wave", "corner")
    surfaces: tuple[Surface, ...] = ("wall", "wood", "cloth")
    blurs: tuple[BlurKind, ...] = ("defocus", "motion")
    pose = Pose(
        tilt=between(0, limits.tilt),
        azimuth=rng.uniform(0, 360),
        roll=between(0, limits.roll) * rng.choice((-1, 1)),
        curl=between(0, limits.curl),
        curl_shape=curls[rng.integers(3)],
        curl_direction=rng.uniform(0, 180),
        distance=rng.uniform(1.3, 1.9),
    )
    messenger = rng.random() < MESSENGER_SHARE
    return CameraParams(
        pose=pose,
        box_px=between(*limits.box_px),
        blur=between(0, limits.blur),
        blur_kind=blurs[rng.integers(2)],
        shadow=between(0, limits.shadow),
        uneven=between(0, limits.uneven),
        cast=(rng.uniform(0.88, 1.06), rng.uniform(0.96, 1.02), rng.uniform(0.92, 1.06)),
        noise=between(1.0, limits.noise),
        glare=between(0, limits.glare),
        hidden_corner=corners[rng.integers(4)] if hide else None,
        surface=surfaces[rng.integers(3)],
        margin=rng.uniform(0.02, 0.06),
        turns=int(rng.choice(4, p=(0.85, 0.05, 0.05, 0.05))),
        exif_turns=0 if messenger else int(rng.choice(4, p=(0.7, 0.1, 0.1, 0.1))),
        jpeg_quality=round(between(*limits.jpeg)),
        messenger=messenger,
    )


@dataclass(frozen=True, slots=True)
class MadePhoto:
    """A photo of a filled page of which everything is known."""

    form: FormSpec
    page: int
    entries: dict[str, Entry]
    params: CameraParams
    shot: Shot


Defect = Literal["whole", "no_tag", "no_marks", "no_tag_no_marks"]
"""What is painted out of the print before it is photographed."""


@lru_cache(maxsize=8)
def filled_page(
    form_id: str, page: int, seed: int, square: bool | None = None
) -> tuple[Image, dict[str, Entry]]:
    """One page filled consistently by one hand, and what is written on it."""
    form = load_form(form_id)
    entries, writer = filling(form, seed, square)
    here = {f.id: entries[f.id] for f in form.page(page).fields if f.id in entries}
    return fill_page(form, page, here, writer), here


def filling(
    form: FormSpec, seed: int, square: bool | None = None
) -> tuple[dict[str, Entry], Writer]:
    """A consistent count of one TPS and the crew member who writes it down."""
    rng = np.random.default_rng(seed)
    values = simulate_tps(form, rng, int(rng.integers(80, 300)))
    writer = Writer(draw_hand(rng, square=square), rng)
    return entries_for(form, values, writer.hand.leading), writer


def without(image: Image, page: PageSpec, defect: Defect) -> Image:
    """A flat picture of a page with its tag, its corner marks or both painted out."""
    if defect == "whole":
        return image
    image = image.copy()
    pixels_per_mm = image.shape[1] / page.size.width
    hidden: list[Rect] = []
    if defect in ("no_tag", "no_tag_no_marks") and page.tag is not None:
        hidden.append(page.tag.rect)
    if defect in ("no_marks", "no_tag_no_marks"):
        hidden += [square for mark in page.fiducials for square in mark_squares(mark)]
    for rect in hidden:
        low, high = rect.grown(0.5).corners[0], rect.grown(0.5).corners[2]
        ends = [round(side * pixels_per_mm) for side in (low.x, low.y, high.x, high.y)]
        cv2.rectangle(image, (ends[0], ends[1]), (ends[2], ends[3]), (255, 255, 255), -1)
    return image


def made_photo(form_id: str, page: int, tier: Tier, seed: int) -> MadePhoto:
    """A photo of a tier; the same seed gives the same bytes."""
    rng = np.random.default_rng([seed, page])
    return _taken(form_id, page, seed, draw(tier, rng), rng)


def _taken(
    form_id: str,
    page: int,
    seed: int,
    params: CameraParams,
    rng: np.random.Generator,
    defect: Defect = "whole",
) -> MadePhoto:
    form = load_form(form_id)
    image, entries = filled_page(form_id, page, seed)
    image = without(image, form.page(page), defect)
    size = form.page(page).size
    shot = photograph(image, size, params=params, rng=rng, box_mm=box_side(form))
    return MadePhoto(form, page, entries, params, shot)


SET_SEEDS: Final[dict[Tier, int]] = {"easy": 41_000, "medium": 42_000, "hard": 43_000}


@dataclass(frozen=True, slots=True)
class Planned:
    """One photo of a generated set, not yet made: making it costs seconds.

    Attributes:
        turns: quarter turns clockwise of the picture as shown.
        messenger: whether it passes a messenger.
        defect: what is missing of its print.
    """

    form: str
    page: int
    tier: Tier
    seed: int
    turns: int
    messenger: bool
    defect: Defect = "whole"

    @property
    def name(self) -> str:
        """A name that says what is shown and can be found again."""
        missing = "" if self.defect == "whole" else f"-{self.defect}"
        return f"{self.tier}-{self.seed % 1000:03d}-{self.form}-hal{self.page}{missing}"

    def made(self) -> MadePhoto:
        """The photo; the same plan gives the same bytes."""
        rng = np.random.default_rng([self.seed, self.page])
        drawn = draw(self.tier, rng)
        params = replace(
            drawn,
            turns=self.turns,
            messenger=self.messenger,
            exif_turns=0 if self.messenger else drawn.exif_turns,
        )
        return _taken(self.form, self.page, self.seed, params, rng, self.defect)


def planned_set(tier: Tier, count: int) -> tuple[Planned, ...]:
    """The fixed list of a tier's photos: every page of every base form in turn.

    All four quarter turns come equally often, and one photo in four passes a messenger.
    """
    pages = [(form.id, page.number) for form in base_forms() for page in form.pages]
    order = np.random.default_rng(SET_SEEDS[tier]).permutation(count)
    return tuple(
        Planned(
            *pages[index % len(pages)],
            tier,
            SET_SEEDS[tier] + index,
            int(place % 4),
            bool(place // 4 % 4 == 0),
        )
        for index, place in enumerate(order)
    )


def planned_defaced(defect: Defect, count: int) -> tuple[Planned, ...]:
    """Photos of pages that carry a tag and corner marks, easy and medium, with some painted out."""
    tagged = {(f.id, p.number) for f in base_forms() for p in f.pages if p.tag and p.fiducials}
    tiers: tuple[Tier, ...] = ("easy", "medium")
    plans: list[Planned] = []
    for tier in tiers:
        able = [plan for plan in planned_set(tier, 8 * count) if (plan.form, plan.page) in tagged]
        chosen = able[: count // len(tiers)]
        plans += [replace(plan, seed=plan.seed + 500, defect=defect) for plan in chosen]
    return tuple(plans)


def generated_set(tier: Tier, count: int) -> Iterator[MadePhoto]:
    """The photos of `planned_set`, each made when it is asked for."""
    return (plan.made() for plan in planned_set(tier, count))
