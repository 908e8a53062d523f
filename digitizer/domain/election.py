"""Elections, contests and polling stations: what is being counted, and where."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["witness", "reviewer", "supervisor", "admin", "viewer"]
"""What an account may do: upload; review; settle disputes; set up; only look."""


@dataclass(frozen=True, slots=True)
class Election:
    """One election. `simulated` is shown on every page and export; `zone` is an IANA time zone."""

    id: str
    title: str
    zone: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Contest:
    """One office in one round of an election.

    Attributes:
        candidates: names by paslon number, in order; simulated ones are "Paslon 1", "Paslon 2".
        form_ids: forms on which this contest is written; no other contest of the election has them.
    """

    id: str
    election: str
    round: int
    office: str
    title: str
    area: str
    candidates: tuple[str, ...]
    form_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tps:
    """A polling station.

    Attributes:
        code: 13 digits: the 10-digit Kemendagri code of the desa and a 3-digit number.
        registered: voters in its DPT.
    """

    code: str
    name: str
    desa: str
    kecamatan: str
    kabkota: str
    provinsi: str
    registered: int

    def __post_init__(self) -> None:
        if len(self.code) != 13 or not self.code.isascii() or not self.code.isdigit():
            raise ValueError(f"TPS code {self.code!r} must be 13 digits")
        if self.registered < 0:
            raise ValueError(f"TPS {self.code} has {self.registered} registered voters")

    @property
    def dotted(self) -> str:
        """The code as exports write it, so that no spreadsheet takes it for a number.

        >>> Tps("6472011001005", "TPS 005", "", "", "", "", 0).dotted
        '64.72.01.1001.005'
        """
        return ".".join(
            (self.code[:2], self.code[2:4], self.code[4:6], self.code[6:10], self.code[10:])
        )


LEVELS = ("provinsi", "kabkota", "kecamatan", "desa", "tps")
"""The wilayah levels of a recap, widest first."""

LEVEL_DIGITS = {"provinsi": 2, "kabkota": 4, "kecamatan": 6, "desa": 10, "tps": 13}
"""How many digits of a TPS code name the wilayah of each level."""
