"""Load the labelled pictures that the model learns from.

The formats are those of the development data folder, `digits/README.md`: form boxes of varying
size, and public digit sets of a fixed size.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from digitizer.domain.glyph import ALPHABET, BLANK, CROSS, UNREADABLE
from digitizer.training.folds import fold_of_form, fold_of_number

Image = NDArray[np.uint8]

GLYPH_OF_CODE: Final = "0123456789" + CROSS + BLANK + UNREADABLE
"""The data's class codes 0 to 12 as glyphs."""

REAL: Final = {"real_2024": "chasil2024", "real_2019": "c1_2019"}
"""The collections of form boxes, and how their files begin."""

FILES: Final = ("train", "val")
"""The two files of a collection. Folds go over both."""

WITHOUT_LICENCE: Final = frozenset({"usps", "davee"})
"""Public digit sets whose licence is not stated; the form boxes have none either."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Labelled pictures of form boxes of one collection.

    Attributes:
        images: BGR or grey, each of its own size.
        labels: the class index of each in `ALPHABET`.
        folds: the fold of each; see `folds`.
        sources: (n, 2) which of `FILES` a box is from, and its position there.
    """

    images: tuple[Image, ...]
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    sources: NDArray[np.int64]


def load_real(folder: Path, name: str) -> Boxes:
    """All boxes of a collection of `REAL`, both files."""
    stored = [_load(folder / f"{REAL[name]}_{part}.npz") for part in FILES]
    facts = {
        key: np.concatenate([part[key] for part in stored])
        for key in ("labels", "number" if "number" in stored[0] else "form")
    }
    folds = (
        fold_of_number(facts["number"].astype(np.int64))
        if "number" in facts
        else fold_of_form(facts["form"].astype(np.int64))
    )
    labels = [ALPHABET.index(GLYPH_OF_CODE[code]) for code in facts["labels"]]
    sources = [(i, j) for i, part in enumerate(stored) for j in range(len(part["labels"]))]
    images = tuple(image for part in stored for image in _images(part))
    return Boxes(images, np.array(labels, np.int64), folds, np.array(sources, np.int64))


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


def load_unseen_digits(folder: Path) -> dict[str, tuple[Image, NDArray[np.int64]]]:
    """Public digits with a licence that `load_digits` leaves aside: no network learns of them."""
    sets: dict[str, tuple[Image, NDArray[np.int64]]] = {}
    for name in ("optdigits32", "pendigits"):
        with np.load(folder / f"{name}_val.npz") as stored:
            sets[name] = stored["images"], stored["labels"].astype(np.int64)
    return sets


def files_of(folder: Path, *, open_data_only: bool) -> list[Path]:
    """The files of a data folder that may be learnt from."""
    closed = (*REAL.values(), *WITHOUT_LICENCE) if open_data_only else ()
    return [path for path in sorted(folder.glob("*.npz")) if not path.name.startswith(closed)]


def _load(path: Path) -> dict[str, NDArray[Any]]:
    """Every array of a file, each unpacked once."""
    with np.load(path) as stored:
        return {key: stored[key] for key in stored.files}


def _images(facts: Mapping[str, NDArray[Any]]) -> Iterator[Image]:
    """The boxes of a file in their true size, BGR or grey."""
    channels = int(facts["channels"])
    for start, height, width in zip(
        facts["offsets"], facts["heights"].astype(int), facts["widths"].astype(int), strict=False
    ):
        flat = facts["pixels"][start : start + height * width * channels]
        if channels == 3:
            yield np.ascontiguousarray(flat.reshape(height, width, 3)[:, :, ::-1])
        else:
            yield flat.reshape(height, width)
