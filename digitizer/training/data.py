"""Load the labelled pictures that the model learns from.

The formats are those of the development data folder, `digits/README.md`: form boxes of varying
size, and public digit sets of a fixed size.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET, BLANK, CROSS, UNREADABLE
from digitizer.training.folds import block_of_form, block_of_number

Image = NDArray[np.uint8]

GLYPH_OF_CODE: Final = "0123456789" + CROSS + BLANK + UNREADABLE
"""The data's class codes 0 to 12 as glyphs."""

BLOCKS: Final = 10
"""Blocks of the training boxes; the last one is kept for the calibration."""

WITHOUT_LICENCE: Final = frozenset({"usps", "davee"})
"""Public digit sets whose licence is not stated; the form boxes have none either."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Labelled pictures of form boxes: BGR or grey, with the class index of each in `ALPHABET`."""

    images: tuple[Image, ...]
    labels: NDArray[np.int64]
    blocks: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> "Boxes":
        """The boxes for which `chosen` is true."""
        indices = np.flatnonzero(chosen)
        images = tuple(self.images[i] for i in indices)
        return Boxes(images, self.labels[indices], self.blocks[indices])


def load_boxes(path: Path) -> Boxes:
    """Read `chasil2024_*.npz` or `c1_2019_*.npz`."""
    with np.load(path) as stored:
        facts = {key: stored[key] for key in stored.files}
    images = []
    for start, height, width in zip(
        facts["offsets"], facts["heights"].astype(int), facts["widths"].astype(int), strict=False
    ):
        flat = facts["pixels"][start : start + height * width * int(facts["channels"])]
        if int(facts["channels"]) == 3:
            images.append(np.ascontiguousarray(flat.reshape(height, width, 3)[:, :, ::-1]))
        else:
            images.append(flat.reshape(height, width))
    labels = np.array([ALPHABET.index(GLYPH_OF_CODE[code]) for code in facts["labels"]], np.int64)
    return Boxes(tuple(images), labels, _blocks(facts))


def load_digits(
    folder: Path, *, open_data_only: bool
) -> dict[str, tuple[Image, NDArray[np.int64]]]:
    """Public digit sets by name: ink as (n, height, width) uint8, 255 is full ink, and labels."""
    sets: dict[str, tuple[Image, NDArray[np.int64]]] = {}
    for name in ("mnist", "usps", "optdigits32", "pendigits"):
        with np.load(folder / f"{name}_train.npz") as stored:
            sets[name] = stored["images"], stored["labels"].astype(np.int64)
    with np.load(folder / "semeion.npz") as stored:
        sets["semeion"] = stored["images"], stored["labels"].astype(np.int64)
    with np.load(folder / "davee.npz") as stored:
        train = stored["is_val"] == 0
        sets["davee"] = 255 - stored["images"][train], stored["labels"][train].astype(np.int64)
    if open_data_only:
        return {name: held for name, held in sets.items() if name not in WITHOUT_LICENCE}
    return sets


def _blocks(facts: Mapping[str, NDArray[np.int64]]) -> NDArray[np.int64]:
    if "number" in facts:
        return block_of_number(facts["number"].astype(np.int64), BLOCKS)
    return block_of_form(facts["form"].astype(np.int64), BLOCKS)
