"""What light, lens and sensor do to a picture."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Light = NDArray[np.float32]
"""A picture as light, (height, width, 3) float32, 0 to 255, blue-green-red."""

BlurKind = Literal["defocus", "motion"]
Surface = Literal["wall", "wood", "cloth"]


def background(surface: Surface, width: int, height: int, rng: np.random.Generator) -> Light:
    """What the sheet hangs on or lies on, with a texture of its own."""
    tints = {"wall": (188, 198, 202), "wood": (62, 98, 140), "cloth": (88, 82, 74)}
    tint = np.array(tints[surface], np.float32) * rng.uniform(0.75, 1.15)
    across, along = {"wall": (24, 24), "wood": (6, 90), "cloth": (5, 5)}[surface]
    coarse = _cloud(width, height, across, along, rng)
    fine = _cloud(width, height, 2, 2 if surface != "wood" else 30, rng)
    strength = {"wall": 7.0, "wood": 22.0, "cloth": 9.0}[surface]
    return np.asarray(tint + ((0.7 * coarse + 0.5 * fine) * strength)[:, :, None], np.float32)


def uneven_light(light: Light, strength: float, rng: np.random.Generator) -> Light:
    """Brighter on one side: the dimmest place gets `strength` less than the brightest."""
    angle = rng.uniform(0, 2 * np.pi)
    across = _across(light.shape[1], light.shape[0], angle)
    return np.asarray(light * (1 - strength * (0.5 + 0.5 * across))[:, :, None], np.float32)


def shadow_edge(light: Light, strength: float, rng: np.random.Generator) -> Light:
    """A shadow over one side of the picture, with a soft edge; it takes `strength` of the light."""
    height, width = light.shape[:2]
    across = _across(width, height, rng.uniform(0, 2 * np.pi)) + rng.uniform(-0.35, 0.35)
    soft = rng.uniform(0.01, 0.06)
    lit = 1 / (1 + np.exp(np.clip(across / soft, -30, 30)))
    return np.asarray(light * (1 - strength * (1 - lit))[:, :, None], np.float32)


def glare_spot(light: Light, strength: float, centre: tuple[float, float], radius: float) -> Light:
    """A lamp mirrored by the sheet around `centre` pixels; `strength` 1 burns out its middle."""
    y, x = np.mgrid[: light.shape[0], : light.shape[1]].astype(np.float32)
    away = np.exp(-(((x - centre[0]) / radius) ** 2 + ((y - centre[1]) / (0.7 * radius)) ** 2))
    share = np.clip(1.3 * strength * away, 0, 1)[:, :, None]
    return np.asarray(light + share * (255 - light), np.float32)


def blur(light: Light, kind: BlurKind, sigma: float, rng: np.random.Generator) -> Light:
    """Out of focus or moved; `sigma` is the kernel's standard deviation in pixels.

    A disc of radius r has the deviation r / 2 along an axis, a line of length l has l / sqrt(12).
    """
    if sigma < 0.15:
        return light
    reach = 2 * sigma if kind == "defocus" else np.sqrt(12) * sigma / 2
    side = 2 * int(np.ceil(reach + 1)) + 1
    finer = 8
    y, x = (np.mgrid[: side * finer, : side * finer] + 0.5) / finer - side / 2
    if kind == "defocus":
        shape = (x**2 + y**2 <= reach**2).astype(np.float32)
    else:
        angle = rng.uniform(0, np.pi)
        along = x * np.cos(angle) + y * np.sin(angle)
        aside = -x * np.sin(angle) + y * np.cos(angle)
        shape = ((np.abs(along) <= reach) & (np.abs(aside) <= 0.5)).astype(np.float32)
    kernel = cv2.resize(shape, (side, side), interpolation=cv2.INTER_AREA)
    blurred = cv2.filter2D(light, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)


def sensor(
    light: Light, cast: tuple[float, float, float], noise: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Colour cast (a gain a channel) and noise of `noise` grey levels at mid grey; 8 bits out."""
    tinted = light * np.array(cast, np.float32)
    grain = rng.standard_normal(light.shape, np.float32) * noise
    # Shot noise grows with the square root of the light.
    noisy = tinted + grain * np.sqrt(np.clip(tinted, 4, 255) / 128)
    return np.clip(noisy + 0.5, 0, 255).astype(np.uint8)


def _across(width: int, height: int, angle: float) -> NDArray[np.float32]:
    """-1 to 1 over the picture in one direction, (height, width)."""
    x = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(np.cos(angle))
    y = np.linspace(-1, 1, height, dtype=np.float32) * np.float32(np.sin(angle))
    reach = np.abs(np.cos(angle)) + np.abs(np.sin(angle))
    return np.asarray((x[None, :] + y[:, None]) / np.float32(reach), np.float32)


def _cloud(
    width: int, height: int, across: int, along: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Smooth noise of unit size with features of `across` x `along` pixels, (height, width)."""
    small = rng.standard_normal((height // along + 2, width // across + 2)).astype(np.float32)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))
