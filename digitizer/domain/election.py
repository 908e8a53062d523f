"""Elections, contests and polling stations: what is being counted, and where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

Place = tuple[str, str]
"""Contest and TPS."""

Role = Literal["witness", "reviewer", "supervisor", "admin", "viewer"]
"""What an account may do: upload; review; settle disputes; set up; only look."""


@dataclass(frozen=True, slots=True)
class Election:
    """One election. `simulated` is shown on every page and export; `zone` is an IANA time zone."""

    id: str
    title: str
    zone: str
    simulated: bool


NATIONAL: Final = "00"
"""Area of a contest that is held everywhere."""


@dataclass(frozen=True, slots=True)
class Contest:
    """One office in one round of an election.

    Attributes:
        candidates: names by paslon number, in order; simulated ones are "Paslon 1", "Paslon 2".
        form_ids: forms on which this contest is written. Contests whose areas have no TPS in
            common, and the rounds of one office, may share them.
        repeats: id of the first round of the office, where this is a later one.
        since: photos sent from then on are taken for this round where nobody said which.
        limited: whether only some TPS of the area vote in this round.
    """

    id: str
    election: str
    round: int
    office: str
    title: str
    area: str
    candidates: tuple[str, ...]
    form_ids: tuple[str, ...]
    repeats: str | None = None
    since: datetime | None = None
    limited: bool = False

    @property
    def office_id(self) -> str:
        """What all rounds of an office have in common: the id of its first."""
        return self.repeats or self.id

    @property
    def vote_fields(self) -> tuple[str, ...]:
        """The fields of the candidates' votes, by paslon number."""
        return tuple(f"paslon_{number}" for number in range(1, len(self.candidates) + 1))


class StationNames(NamedTuple):
    """What a polling station and the places around it are called."""

    tps: str
    desa: str
    kecamatan: str
    kabkota: str
    provinsi: str


@dataclass(frozen=True, slots=True)
class Tps:
    """A polling station.

    Attributes:
        code: 13 digits: the 10-digit Kemendagri code of the desa and a 3-digit number.
        registered: voters in its DPT, None where that is not known.
    """

    code: str
    name: str
    desa: str
    kecamatan: str
    kabkota: str
    provinsi: str
    registered: int | None

    def __post_init__(self) -> None:
        if len(self.code) != 13 or not self.code.isascii() or not self.code.isdigit():
            raise ValueError(f"TPS code {self.code!r} must be 13 digits")
        if self.registered is not None and self.registered < 0:
            raise ValueError(f"TPS {self.code} has {self.registered} registered voters")

    @property
    def dotted(self) -> str:
        """The code as exports write it."""
        return dotted(self.code)

    @property
    def names(self) -> StationNames:
        """Its own, and those of the places around it."""
        return StationNames(self.name, self.desa, self.kecamatan, self.kabkota, self.provinsi)


def dotted(code: str) -> str:
    """The code of a TPS as exports write it, so that no spreadsheet takes it for a number.

    >>> dotted("6472011001005")
    '64.72.01.1001.005'
    """
    return f"{code[:2]}.{code[2:4]}.{code[4:6]}.{code[6:10]}.{code[10:]}"


LEVELS = ("provinsi", "kabkota", "kecamatan", "desa", "tps")
"""The wilayah levels of a recap, widest first."""

LEVEL_DIGITS = {"provinsi": 2, "kabkota": 4, "kecamatan": 6, "desa": 10, "tps": 13}
"""How many digits of a TPS code name the wilayah of each level."""


def overlap(area: str, other: str) -> bool:
    """Whether two wilayah codes may have TPS in common.

    >>> overlap("64", "6411"), overlap("6402", "6411"), overlap("00", "6411")
    (True, False, True)
    """
    if NATIONAL in (area, other):
        return True
    return area.startswith(other) or other.startswith(area)
