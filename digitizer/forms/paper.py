"""The size of a sheet, as people type it."""

import re

from digitizer.domain.geometry import Size
from digitizer.errors import DigitizerError


def paper_size(typed: str) -> Size | None:
    """Width and height in millimetres; None where nothing was typed.

    >>> paper_size("297 x 420 mm")
    Size(width=297.0, height=420.0)

    Raises:
        DigitizerError: it is no width and height.
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
    return Size(float(found[1]), float(found[2]))
