"""What every export says of a tally, whatever its format."""

from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from digitizer.domain.election import Election
from digitizer.domain.listing import TallyRow

COLUMNS: Final = (
    "election",
    "round",
    "contest",
    "tps",
    "tps_name",
    "desa",
    "kecamatan",
    "kabkota",
    "provinsi",
    "version",
    "status",
    "origin",
    "verified_at",
    "readers",
    "photos",
)

SIMULATION: Final = "SIMULASI"
PSEUDONYM_DIGITS: Final = 8
"""Enough of a random account id to tell readers of one election apart."""

Fact = str | int | tuple[str, ...]


def facts_of(row: TallyRow) -> tuple[Fact, ...]:
    """What stands in `COLUMNS`, in their order; times are in the election's zone."""
    verified_at = row.verified_at.astimezone(_zone(row.election.zone))
    return (
        _named(row.election.title, row.election.simulated),
        row.contest.round,
        row.contest.id,
        row.tps.dotted,
        row.tps.name,
        row.tps.desa,
        row.tps.kecamatan,
        row.tps.kabkota,
        row.tps.provinsi,
        row.version,
        row.status,
        row.origin,
        verified_at.isoformat(timespec="seconds"),
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
