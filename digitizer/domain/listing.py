"""A verified tally with all that a list of results says beside it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, NamedTuple

from digitizer.domain.election import Contest, Election, StationNames
from digitizer.domain.verification import Origin

Status = Literal["verified", "new_photo", "remarked", "superseded"]
"""Whether what was verified stands, or what came after it."""

NOTICE: Final = "Bukan hasil resmi. Hasil resmi ditetapkan oleh KPU."
"""Stands on every page, print and export."""


class TallyRow(NamedTuple):
    """The latest tally of one TPS and contest. A tuple, since lists of the country have 800,000.

    Attributes:
        tps: its code.
        version, form, origin, values, as_written, photos: as in `domain.tally.Tally`.
        status: `new_photo` when a photo came after the verification and waits for a reader;
            `remarked` when the sender of one objected after it;
            `superseded` when the TPS votes again in a later round, so that it counts no longer.
        verified_at: when the tally was made, in UTC.
        readers: random ids of the accounts that confirmed it.
    """

    election: Election
    contest: Contest
    tps: str
    names: StationNames
    version: int
    form: str
    origin: Origin
    values: Mapping[str, int | None]
    as_written: Mapping[str, str]
    photos: tuple[str, ...]
    status: Status
    verified_at: datetime
    readers: tuple[str, ...]
