"""The tiers of generated photos, and short ways to make a filled page or a photo with its truth.

The limits are fixed: loosening one needs a file in docs/decisions/. They hold for the photo as
taken; one photo in four then passes a messenger, which may make it smaller.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np

from digitizer.domain.form import Corner, FormSpec
from digitizer.forms import load_form
from digitizer.synth.camera import CameraParams, Shot, photograph
from digitizer.synth.entries import Entry, entries_for
from digitizer.synth.fill import fill_page
from digitizer.synth.hand import draw_hand
from digitizer.synth.light import BlurKind, Surface
from digitizer.synth.sheet import CurlShape, Pose
from digitizer.synth.simulate import simulate_tps
from digitizer.synth.strokes import Image
from digitizer.synth.writer import Writer

Tier = Literal["easy", "medium", "hard"]

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
        box_px: from the largest to the smallest digit box, in pixels.
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
    shot: Shot


@cache
def filled_page(
    form_id: str, page: int, seed: int, square: bool | None = None
) -> tuple[Image, dict[str, Entry]]:
    """One page filled consistently by one hand, and what is written on it."""
    form = load_form(form_id)
    rng = np.random.default_rng(seed)
    values = simulate_tps(form, rng, int(rng.integers(80, 300)))
    writer = Writer(draw_hand(rng, square=square), rng)
    entries = entries_for(form, values, writer.hand.leading)
    here = {f.id: entries[f.id] for f in form.page(page).fields if f.id in entries}
    return fill_page(form, page, here, writer), here


def made_photo(form_id: str, page: int, tier: Tier, seed: int) -> MadePhoto:
    """A photo of a tier; the same seed gives the same bytes."""
    form = load_form(form_id)
    image, entries = filled_page(form_id, page, seed)
    rng = np.random.default_rng([seed, page])
    shot = photograph(image, form.page(page).size, params=draw(tier, rng), rng=rng)
    return MadePhoto(form, page, entries, shot)
