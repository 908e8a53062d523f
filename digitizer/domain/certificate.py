"""What a sample keyed once more says of all verified numbers: the certificate of digitisation.

It speaks of one thing alone: whether the verified numbers are those on the paper of the photos.
Whether the paper is right, and what was never verified, it does not touch.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from digitizer.domain.sampling import most_wrong, risk_of

LEAST_BOXES: Final = 3
"""So many boxes the votes have on every form of KPU; a form of one's own may have more."""

Values = Mapping[str, int | None]
"""Numbers by field; None where the ink gives none."""


@dataclass(frozen=True, slots=True)
class Station:
    """What is verified of one station of the list.

    Attributes:
        numbers: how many of its numbers people confirmed against the ink.
        votes: those of the candidates.
    """

    numbers: int
    votes: Values


@dataclass(frozen=True, slots=True)
class Keyed:
    """One station of the sample.

    Attributes:
        verified: its numbers in the tally.
        ink: the same numbers as the paper has them, as far as that is known: keyed again and equal,
            or settled by a supervisor where the two differed.
    """

    verified: Values
    ink: Values

    @property
    def open(self) -> tuple[str, ...]:
        """Numbers that are not keyed again, or not settled yet."""
        return tuple(name for name in self.verified if name not in self.ink)

    @property
    def wrong(self) -> tuple[str, ...]:
        """Numbers that are not, or not known to be, what the paper says."""
        return tuple(
            name
            for name, value in self.verified.items()
            if name not in self.ink or self.ink[name] != value
        )


@dataclass(frozen=True, slots=True)
class Lead:
    """Two candidates, one after the other in the totals.

    Attributes:
        first, second: their fields.
        votes: by how many verified votes `first` leads.
        most_moved: by how many at most wrong numbers can make that lead too large.
    """

    first: str
    second: str
    votes: int
    most_moved: int

    @property
    def safe(self) -> bool:
        """Whether digitisation cannot have turned these two round."""
        return self.most_moved < self.votes


@dataclass(frozen=True, slots=True)
class Certificate:
    """What one sample says; every bound holds with a chance of error of `risk` at most.

    Attributes:
        population, sample: stations of the list, and of it in the sample.
        open: stations of the sample that are not settled; they count as wrong.
        numbers: keyed again in the sample.
        wrong_numbers, wrong_stations: of the sample; a station is wrong when any number of it is.
        most_wrong_stations: of all stations of the list, those found among them.
        most_wrong_share: of all numbers of the list.
        leads: each candidate against the next, the first one first.
    """

    risk: float
    population: int
    sample: int
    open: int
    numbers: int
    wrong_numbers: int
    wrong_stations: int
    most_wrong_stations: int
    most_wrong_share: float
    leads: tuple[Lead, ...]


def certify(
    stations: Mapping[str, Station],
    sample: Mapping[str, Keyed],
    candidates: tuple[str, ...],
    *,
    boxes: int = LEAST_BOXES,
    nth: int = 1,
) -> Certificate:
    """The certificate of one sample.

    Stations that were not drawn may hold as many wrong ones as the sample allows, and these the
    numbers that do the most harm: a station with `v` votes for the first and `w` for the second
    can make the lead too large by `v - w + capacity`, if its paper says 0 and all that the boxes
    can hold: no assumption on voters or ballots is made. P. B. Stark, "Conservative statistical
    post-election audits", Annals of Applied Statistics 2, 2008, section 3, bounds precincts so.

    Args:
        stations: every one of the list.
        sample: those that were drawn.
        candidates: the fields of their votes.
        boxes: the most that any of these fields has on a form of the list.
        nth: of the samples of this office, in the order in which they were announced; its chance of
            error follows from that alone (`sampling.risk_of`).

    Raises:
        ValueError: a station of the sample is not on the list.
    """
    if strangers := sorted(set(sample) - set(stations)):
        raise ValueError(f"station {strangers[0]} of the sample is not on the list")
    risk = risk_of(nth)
    wrong = {code: len(item.wrong) for code, item in sample.items() if item.wrong}
    bound = most_wrong(len(stations), len(sample), len(wrong), risk)
    hidden = bound - len(wrong)
    rest = [station for code, station in stations.items() if code not in sample]
    numbers = sum(station.numbers for station in stations.values())
    largest = sorted((station.numbers for station in rest), reverse=True)[:hidden]
    return Certificate(
        risk=risk,
        population=len(stations),
        sample=len(sample),
        open=sum(bool(item.open) for item in sample.values()),
        numbers=sum(len(item.verified) for item in sample.values()),
        wrong_numbers=sum(wrong.values()),
        wrong_stations=len(wrong),
        most_wrong_stations=bound,
        most_wrong_share=(sum(wrong.values()) + sum(largest)) / numbers if numbers else 0.0,
        leads=_leads(stations.values(), rest, sample.values(), candidates, hidden, 10**boxes - 1),
    )


def _leads(
    stations: Collection[Station],
    rest: Collection[Station],
    sample: Collection[Keyed],
    candidates: tuple[str, ...],
    hidden: int,
    capacity: int,
) -> tuple[Lead, ...]:
    totals = {name: sum(item.votes.get(name) or 0 for item in stations) for name in candidates}
    order = sorted(candidates, key=lambda name: (-totals[name], candidates.index(name)))
    leads = []
    for first, second in pairwise(order):
        harms = sorted(
            (_votes(item.votes, first, second) + capacity for item in rest), reverse=True
        )
        seen = sum(_seen_harm(item, first, second, capacity) for item in sample)
        moved = max(0, seen + sum(harms[:hidden]))
        leads.append(Lead(first, second, totals[first] - totals[second], moved))
    return tuple(leads)


def _votes(values: Values, first: str, second: str) -> int:
    return (values.get(first) or 0) - (values.get(second) or 0)


def _seen_harm(item: Keyed, first: str, second: str, capacity: int) -> int:
    """By how much the tally makes the lead too large; where a number is open, by how much it can.

    A number that is not in the tally was not seen by anybody, and is no matter of digitisation.
    """
    least = 0 if first in item.open else item.ink.get(first) or 0
    most = capacity if second in item.open else item.ink.get(second) or 0
    return _votes(item.verified, first, second) - (least - most)
