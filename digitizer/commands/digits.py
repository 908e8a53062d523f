"""`digitizer digits`: read pictures of single digit boxes."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from digitizer.domain.glyph import GlyphScores
from digitizer.errors import PhotoRefused
from digitizer.vision.digits import GlyphReader
from digitizer.vision.photo import BgrImage, decode_crop

BATCH: Final = 256
"""So many crops are held in memory and go through the network at once."""

NOT_OPENED: Final = "file_not_read"
"""The code of a file that cannot be opened; of one that is no picture the code is the photo's."""

Crops = Annotated[
    list[Path],
    typer.Argument(help="Pictures of one digit box each, with its printed border, of any size."),
]


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a crop was not read: the stable code and what was found."""

    code: str
    message: str


def digits(
    crops: Crops,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a file, one a line.")
    ] = False,
) -> None:
    """Read pictures of single digit boxes: 0-9, X struck out, - dash, _ blank, ? unreadable.

    A file that is no picture gets a line with its error, and the others are still read. Exits 0
    when every file was dealt with, readable or not, and 1 when one could not be opened.
    """
    reader = GlyphReader.load()
    unopened = False
    for start in range(0, len(crops), BATCH):
        batch = crops[start : start + BATCH]
        for path, found in zip(batch, _read(batch, reader), strict=True):
            unopened |= isinstance(found, _Fault) and found.code == NOT_OPENED
            typer.echo(json.dumps(_report(path, found)) if as_json else _spoken(path, found))
    if unopened:
        raise typer.Exit(1)


def _read(paths: Sequence[Path], reader: GlyphReader) -> Iterator[GlyphScores | _Fault]:
    """Scores or the fault of each file, in order; one forward pass for all of them."""
    opened = [_opened(path) for path in paths]
    scores = iter(reader.read([crop for crop in opened if not isinstance(crop, _Fault)]))
    for crop in opened:
        yield crop if isinstance(crop, _Fault) else next(scores)


def _opened(path: Path) -> BgrImage | _Fault:
    try:
        return decode_crop(path.read_bytes())
    except PhotoRefused as error:
        return _Fault(error.code, f"{error.message}; {error.hint}")
    except OSError as error:
        return _Fault(NOT_OPENED, f"the file cannot be opened: {error.strerror}")


def _report(path: Path, found: GlyphScores | _Fault) -> dict[str, Any]:
    if isinstance(found, _Fault):
        fault = {"code": found.code, "message": found.message}
        return {"file": str(path), "glyph": None, "probability": None, "error": fault}
    return {"file": str(path), "glyph": found.top, "probability": round(found.probability, 6)}


def _spoken(path: Path, found: GlyphScores | _Fault) -> str:
    if isinstance(found, _Fault):
        return f"{path}  !  {found.message} [{found.code}]"
    return f"{path}  {found.top}  {found.probability:.4f}"
