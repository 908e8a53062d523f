"""What the name of a file says."""

import re
from pathlib import PurePosixPath
from typing import Final

_CODE: Final = re.compile(
    r"(?<!\d)(\d{2})([.\-_ ]?)(\d{2})\2(\d{2})\2(\d{4})(?:\2|[.\-_ ])?(\d{3})(?!\d)"
)
"""13 digits together, or in the groups of an export: 64.72.01.1001.005."""


def tps_from_name(name: str) -> str | None:
    """The TPS code in a file name, or else in the nearest folder name that has one.

    Two different codes in one name say nothing.

    >>> tps_from_name("dari WA/64.72.01.1001.005/IMG-20241127-WA0001.jpg")
    '6472011001005'
    """
    for part in reversed(PurePosixPath(name).parts):
        codes = {"".join(match.group(1, 3, 4, 5, 6)) for match in _CODE.finditer(part)}
        if codes:
            return codes.pop() if len(codes) == 1 else None
    return None


def plain_name(name: str) -> str:
    """A file name that every database keeps: what is no letter in it becomes `?`.

    >>> plain_name("foto" + chr(0) + chr(0xD800) + ".jpg")
    'foto??.jpg'
    """
    return name.replace("\0", "?").encode("utf-8", "replace").decode()


def is_sent(name: str) -> bool:
    """Whether a person meant to send it; dot files and `__MACOSX` are added by computers."""
    return not any(
        part == "__MACOSX" or (part.startswith(".") and part != "..")
        for part in PurePosixPath(name).parts
    )
