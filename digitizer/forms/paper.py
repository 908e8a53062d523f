"""The size of a sheet, as people type it."""

import re
from typing import Final

from digitizer.domain.geometry import Size
from digitizer.errors import DigitizerError

SMALLEST_MM: Final = 50.0
LARGEST_MM: Final = 2000.0
"""Sides of a sheet that a form can be printed on; the largest plano is 900 mm high."""


def paper_size(typed: str) -> Size | None:
    """Width and height in millimetres; None where nothing was typed.

    >>> paper_size("297 x 420 mm")
    Size(width=297.0, height=420.0)

    Raises:
        DigitizerError: it is no width and height, or not those of any sheet.
    """
    text = typed.strip().lower().replace(",", ".").replace("×", "x").replace(" ", "")
    if not text:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(?:mm)?", text)
    if found is None:
        raise DigitizerError(
            f"the size of the paper is {typed!r}", "write it as 210x297, in millimetres",
            code="paper_size",
        )  # fmt: skip
    width, height = float(found[1]), float(found[2])
    if not all(SMALLEST_MM <= side <= LARGEST_MM for side in (width, height)):
        raise DigitizerError(
            f"the size of the paper is {typed!r}, needed {SMALLEST_MM:.0f} to "
            f"{LARGEST_MM:.0f} mm either way",
            "measure the sheet, and write it as 210x297, in millimetres", code="paper_size",
        )  # fmt: skip
    return Size(width, height)
