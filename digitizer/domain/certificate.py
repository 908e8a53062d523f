"""What a sample keyed once more says of all verified numbers: the certificate of digitisation.

It speaks of one thing alone: whether the verified numbers are those on the paper of the photos.
Whether the paper is right, and what was never verified, it does not touch.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from operator import sub
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


@dataclass(frozen=True, slots=True)
class Listed:
    """What a certificate needs of a list and of what was drawn of it: small, however long it is.

    Attributes:
        population: stations of the list.
        numbers: of all of them.
        totals: votes by the field of each candidate, the first one first.
        rest_numbers: of the stations that were not drawn, how many have so many numbers.
        rest_leads: the same for each candidate against the next, in the order of `totals`: how many
            have so many more votes for the first.
    """

    population: int
    numbers: int
    totals: Mapping[str, int]
    rest_numbers: Mapping[int, int]
    rest_leads: tuple[Mapping[int, int], ...]


def sum_up(
    stations: Iterable[tuple[str, Station]], drawn: Collection[str], candidates: tuple[str, ...]
) -> Listed:
    """A list without its stations, which are gone through once.

    Args:
        stations: every one of the list, by its code.
        drawn: codes of those in the sample.
        candidates: the fields of their votes.

    Raises:
        ValueError: a station of the sample is not on the list.
    """
    population = numbers = 0
    totals = dict.fromkeys(candidates, 0)
    strangers = set(drawn)
    rest_numbers: Counter[int] = Counter()
    rest_votes: dict[str, list[int]] = {name: [] for name in candidates}
    for code, station in stations:
        population += 1
        numbers += station.numbers
        is_drawn = code in drawn
        if is_drawn:
            strangers.discard(code)
        else:
            rest_numbers[station.numbers] += 1
        for name in candidates:
            votes = station.votes.get(name) or 0
            totals[name] += votes
            if not is_drawn:
                rest_votes[name].append(votes)
    if strangers:
        raise ValueError(f"station {min(strangers)} of the sample is not on the list")
    order = sorted(candidates, key=lambda name: (-totals[name], candidates.index(name)))
    return Listed(
        population=population,
        numbers=numbers,
        totals={name: totals[name] for name in order},
        rest_numbers=rest_numbers,
        rest_leads=tuple(
            Counter(map(sub, rest_votes[first], rest_votes[second]))
            for first, second in pairwise(order)
        ),
    )


def certify(
    listed: Listed, sample: Mapping[str, Keyed], *, boxes: int = LEAST_BOXES, nth: int = 1
) -> Certificate:
    """The certificate of one sample.

    Stations that were not drawn may hold as many wrong ones as the sample allows, and these the
    numbers that do the most harm: a station with `v` votes for the first and `w` for the second
    can make the lead too large by `v - w + capacity`, if its paper says 0 and all that the boxes
    can hold: no assumption on voters or ballots is made. P. B. Stark, "Conservative statistical
    post-election audits", Annals of Applied Statistics 2, 2008, section 3, bounds precincts so.

    Args:
        listed: the list of which the sample was drawn.
        sample: the stations that were.
        boxes: the most that any vote has on a form of the list.
        nth: of the samples of this office, in the order in which they were announced; its chance of
            error follows from that alone (`sampling.risk_of`).
    """
    risk = risk_of(nth)
    wrong = {code: len(item.wrong) for code, item in sample.items() if item.wrong}
    bound = most_wrong(listed.population, len(sample), len(wrong), risk)
    hidden = bound - len(wrong)
    wrong_numbers = sum(wrong.values()) + _largest(listed.rest_numbers, hidden)
    return Certificate(
        risk=risk,
        population=listed.population,
        sample=len(sample),
        open=sum(bool(item.open) for item in sample.values()),
        numbers=sum(len(item.verified) for item in sample.values()),
        wrong_numbers=sum(wrong.values()),
        wrong_stations=len(wrong),
        most_wrong_stations=bound,
        most_wrong_share=wrong_numbers / listed.numbers if listed.numbers else 0.0,
        leads=_leads(listed, sample.values(), hidden, 10**boxes - 1),
    )


def _leads(
    listed: Listed, sample: Collection[Keyed], hidden: int, capacity: int
) -> tuple[Lead, ...]:
    leads = []
    for (first, second), rest in zip(pairwise(listed.totals), listed.rest_leads, strict=True):
        seen = sum(_seen_harm(item, first, second, capacity) for item in sample)
        moved = max(0, seen + _largest(rest, hidden) + hidden * capacity)
        leads.append(Lead(first, second, listed.totals[first] - listed.totals[second], moved))
    return tuple(leads)


def _largest(counts: Mapping[int, int], many: int) -> int:
    """The sum of the `many` largest values, of which each occurs so often.

    >>> _largest({7: 2, 5: 3}, 4)
    24
    """
    found = 0
    for value in sorted(counts, reverse=True):
        taken = min(many, counts[value])
        found += taken * value
        many -= taken
    return found


def _votes(values: Values, first: str, second: str) -> int:
    return (values.get(first) or 0) - (values.get(second) or 0)


def _seen_harm(item: Keyed, first: str, second: str, capacity: int) -> int:
    """By how much the tally makes the lead too large; where a number is open, by how much it can.

    A number that is not in the tally was not seen by anybody, and is no matter of digitisation.
    """
    least = 0 if first in item.open else item.ink.get(first) or 0
    most = capacity if second in item.open else item.ink.get(second) or 0
    return _votes(item.verified, first, second) - (least - most)
