"""Sheets of the boxes that the digit model reads worst, to be looked at by a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.calibration import Read
from benchmarks.out_of_fold import COLLECTIONS, OutOfFold
from digitizer.domain.glyph import ALPHABET
from digitizer.training.data import FILES, load_real

Cell = NDArray[np.uint8]
Image = NDArray[np.uint8]

TILES: Final = 60
COLUMNS: Final = 10
TILE: Final = 120
CAPTION: Final = 34
WRONG: Final = (30, 30, 200)
RIGHT: Final = (30, 30, 30)


@dataclass(frozen=True, slots=True)
class Tile:
    """One box: its picture, where it is from, what is in it and what was read."""

    image: Cell
    name: str
    truth: str
    top: str
    sure: float


def worst(read: Read, count: int = TILES) -> NDArray[np.int64]:
    """The places of the boxes to which the model gave their own glyph the least, worst first."""
    given = read.scores[np.arange(len(read.truth)), read.truth]
    return np.asarray(np.argsort(given, kind="stable")[:count], np.int64)


def draw_worst_made(cells: dict[str, list[Cell]], reads: dict[str, Read], path: Path) -> None:
    """The worst rendered boxes of all kinds."""
    images = [cell for name in reads for cell in cells[name]]
    names = [f"{name} {i}" for name in reads for i in range(len(cells[name]))]
    read = Read(
        np.concatenate([held.truth for held in reads.values()]),
        np.concatenate([held.scores for held in reads.values()]),
    )
    tiles = [_tile_of(images[i], names[i], read, i) for i in worst(read)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), sheet(tiles), [cv2.IMWRITE_JPEG_QUALITY, 85])


def draw_worst_real(scores: OutOfFold, digits: Path, path: Path) -> None:
    """The worst real boxes, out of fold: to be looked at here, never published."""
    boxes = {name: load_real(digits, name) for name in COLLECTIONS}
    tiles = []
    for i in worst(scores.read):
        name = COLLECTIONS[scores.collection[i]]
        file, index = int(scores.file[i]), int(scores.index[i])
        at = np.flatnonzero((boxes[name].sources == (file, index)).all(axis=1))[0]
        label = f"{name[-4:]} {FILES[file]} {index}"
        tiles.append(_tile_of(boxes[name].images[at], label, scores.read, int(i)))
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), sheet(tiles))


def sheet(tiles: Sequence[Tile]) -> Image:
    """The tiles in rows, as (height, width, 3) BGR."""
    drawn = [_draw(tile) for tile in tiles]
    drawn += [np.full((TILE + CAPTION, TILE, 3), 255, np.uint8)] * (-len(drawn) % COLUMNS)
    rows = [np.hstack(drawn[at : at + COLUMNS]) for at in range(0, len(drawn), COLUMNS)]
    return np.asarray(np.vstack(rows), np.uint8)


def _tile_of(image: Cell, name: str, read: Read, i: int) -> Tile:
    return Tile(image, name, ALPHABET[read.truth[i]], ALPHABET[read.top[i]], float(read.sure[i]))


def _draw(tile: Tile) -> Image:
    colour = cv2.cvtColor(tile.image, cv2.COLOR_GRAY2BGR) if tile.image.ndim == 2 else tile.image
    scale = (TILE - 6) / max(colour.shape[:2])
    size = (max(1, round(colour.shape[1] * scale)), max(1, round(colour.shape[0] * scale)))
    large = cv2.resize(colour, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
    canvas = np.full((TILE + CAPTION, TILE, 3), 255, np.uint8)
    left, top = (TILE - size[0]) // 2, (TILE - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = large
    ink = RIGHT if tile.top == tile.truth else WRONG
    for line, text in enumerate((f"{tile.truth} read {tile.top} {tile.sure:.4f}", tile.name)):
        at = (3, TILE + 12 + 15 * line)
        cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.36, ink, 1, cv2.LINE_AA)
    return canvas
