"""What every export says of a tally, whatever its format."""

from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from digitizer.domain.election import Election, dotted
from digitizer.domain.listing import TallyRow

SIMULATION: Final = "SIMULASI"
PSEUDONYM_DIGITS: Final = 8
"""Enough of a random account id to tell readers of one election apart."""


class Facts(NamedTuple):
    """What stands in the columns, in their order; times are in the election's zone."""

    election: str
    round: int
    contest: str
    tps: str
    tps_name: str
    desa: str
    kecamatan: str
    kabkota: str
    provinsi: str
    version: int
    status: str
    origin: str
    verified_at: str
    readers: tuple[str, ...]
    photos: tuple[str, ...]


COLUMNS: Final = Facts._fields


def facts_of(row: TallyRow) -> Facts:
    """What an export says of a tally; the moment in ISO 8601, by a quicker hand than its own."""
    verified_at = row.verified_at.astimezone(_zone(row.election.zone))
    return Facts(
        _named(row.election.title, row.election.simulated),
        row.contest.round,
        row.contest.id,
        dotted(row.tps),
        *row.names,
        row.version,
        row.status,
        row.origin,
        orjson.dumps(verified_at, option=orjson.OPT_OMIT_MICROSECONDS)[1:-1].decode(),
        tuple([reader[:PSEUDONYM_DIGITS] for reader in row.readers]),
        row.photos,
    )


def election_name(election: Election) -> str:
    """The title, which says that a simulation is one."""
    return _named(election.title, election.simulated)


@cache
def _named(title: str, simulated: bool) -> str:
    if not simulated or title.upper().startswith(SIMULATION):
        return title
    return f"{SIMULATION}: {title}"


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
