"""The recap: totals with coverage, from one TPS up to the whole election."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from digitizer.domain.election import Contest, Tps
from digitizer.domain.tally import Recap, Tally
from digitizer.domain.verification import Verification
from digitizer.store.readings import StoredReading
from digitizer.store.sheets import Sheet


@dataclass(frozen=True, slots=True)
class RecapRow:
    """The recap of one area; `level` as in `domain.election.LEVELS`."""

    code: str
    name: str
    level: str
    recap: Recap


@dataclass(frozen=True, slots=True)
class TpsDetail:
    """Everything known of one contest at one TPS.

    Attributes:
        tallies: oldest version first.
        made_at: when each tally was made, in the same order.
        verifications: oldest first.
        sheets, readings: of every form of the contest.
    """

    contest: Contest
    tps: Tps
    tallies: tuple[Tally, ...]
    made_at: tuple[datetime, ...]
    verifications: tuple[Verification, ...]
    sheets: tuple[Sheet, ...]
    readings: tuple[StoredReading, ...]


def recap_of(session: Session, contest: str, wilayah: str = "") -> Recap:
    """Totals of a contest over an area ("" for all of it).

    Raises:
        NotFound: there is no such contest.
    """
    raise NotImplementedError


def children(session: Session, contest: str, wilayah: str = "") -> tuple[RecapRow, ...]:
    """The recaps one level below an area, by code; "" gives the provinces.

    Raises:
        NotFound: there is no such contest.
    """
    raise NotImplementedError


def tps_detail(session: Session, contest: str, tps: str) -> TpsDetail:
    """One contest at one TPS, with every reading and verification.

    Raises:
        NotFound: there is no such contest or TPS.
    """
    raise NotImplementedError
