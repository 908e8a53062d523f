"""What counts of a state: the tallies in force and their totals, by the rules of the recap."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from digitizer.domain.election import NATIONAL, Contest, Election, Place, Tps
from digitizer.domain.listing import TallyRow
from digitizer.domain.tally import Recap, lacks_votes
from digitizer.history.places import standings
from digitizer.history.state import Row, State


@dataclass(frozen=True, slots=True)
class Count:
    """Elections, places and tallies that a history comes to.

    Attributes:
        contests: in the order of the election, rounds among them.
        stations: by code, in order.
        tallies: the latest of each contest and TPS, whether it counts or not.
        readers: who gave each verification, by its id.
        disputed: where people, or nodes, say different numbers; none of these counts.
        partial: where nobody saw all the votes (`domain.tally.lacks_votes`); nor do these.
    """

    election: Election
    contests: tuple[Contest, ...]
    stations: Mapping[str, Tps]
    tallies: Mapping[Place, Row]
    readers: Mapping[str, str]
    disputed: frozenset[Place]
    partial: frozenset[Place]
    _listed: Mapping[str, frozenset[str]]

    def rounds(self, contest: str) -> tuple[Contest, ...]:
        """All rounds of the office of a contest, the first one first.

        Raises:
            KeyError: the history knows no such contest.
        """
        by_id = {item.id: item for item in self.contests}
        office = by_id[contest].office_id
        found = [item for item in self.contests if item.office_id == office]
        return tuple(sorted(found, key=lambda item: item.round))

    def rows(self, contest: str | None = None, *, superseded: bool = False) -> Iterator[TallyRow]:
        """The tallies that count, as an export lists them: by contest and TPS."""
        chosen = self.contests if contest is None else self.rounds(contest)
        at: dict[str, list[str]] = defaultdict(list)
        for name, code in sorted(self.tallies.keys() - self.disputed - self.partial):
            at[name].append(code)
        for item in chosen:
            rounds = self.rounds(item.id)
            for code in at[item.id]:
                in_force = self.counting(rounds, code) == item
                if in_force or superseded:
                    yield self._row(item, code, in_force=in_force)

    def recaps(self, contest: str, digits: int) -> Mapping[str, Recap]:
        """Totals of the office of a contest, by areas of so many digits ("" with none)."""
        rounds = self.rounds(contest)
        totals: dict[str, Counter[str]] = defaultdict(Counter)
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for code in self.stations:
            if not self.votes(rounds[0], code):
                continue
            area = code[:digits]
            counted = self.counting(rounds, code) or rounds[0]
            again = counted != rounds[0]
            counts[area].update(expected=1, revotes=int(again))
            place = (counted.id, code)
            if place in self.disputed:
                counts[area].update(disputed=1)
            elif place not in self.partial and (tally := self.tallies.get(place)) is not None:
                values = tally["body"]["values"]
                gap = any(value is None for value in values.values())
                counts[area].update(counted=1, with_gaps=int(gap), revotes_counted=int(again))
                totals[area].update({n: value for n, value in values.items() if value is not None})
        return {
            area: Recap(
                contest,
                area,
                MappingProxyType(dict(totals[area])),
                found["counted"],
                found["expected"],
                found["with_gaps"],
                found["disputed"],
                found["revotes"],
                found["revotes_counted"],
            )
            for area, found in counts.items()
        }

    def votes(self, contest: Contest, code: str) -> bool:
        """Whether a TPS votes in a contest."""
        if contest.area != NATIONAL and not code.startswith(contest.area):
            return False
        return not contest.limited or code in self._listed[contest.id]

    def counting(self, rounds: Sequence[Contest], code: str) -> Contest | None:
        """The one of these rounds that counts at a TPS: the last in which it votes."""
        return next((item for item in reversed(rounds) if self.votes(item, code)), None)

    def _row(self, contest: Contest, code: str, *, in_force: bool) -> TallyRow:
        tally = self.tallies[contest.id, code]
        body = tally["body"]
        return TallyRow(
            election=self.election,
            contest=contest,
            tps=code,
            names=self.stations[code].names,
            version=tally["version"],
            form=tally["form"],
            origin=tally["origin"],
            values=body["values"],
            as_written=body["as_written"],
            photos=tuple(body["photos"]),
            status="verified" if in_force else "superseded",
            verified_at=tally["made_at"],
            readers=tuple(
                dict.fromkeys(
                    self.readers[name] for name in (*body["verifications"], *body.get("beside", ()))
                )
            ),
        )


def count(state: State) -> Count | None:
    """What a state comes to; None before an election was set up in it."""
    elections = sorted(state.rows("election").items())
    if not elections:
        return None
    (name,), row = elections[0]
    listed = {contest: set(row["tps"]) for (contest,), row in state.rows("round_tps").items()}
    verifications = state.rows("verification")
    tallies: dict[Place, Row] = {}
    disputed: set[Place] = set()
    for place, found, shown in standings(state):
        if shown is not None:
            tallies[place] = shown
        if found.disputed:
            disputed.add(place)
    return Count(
        election=Election(name, row["title"], row["zone"], row["simulated"]),
        contests=_contests(state, listed),
        stations=MappingProxyType(
            {code: Tps(code, **found) for (code,), found in sorted(state.rows("tps").items())}
        ),
        tallies=MappingProxyType(tallies),
        readers={name: found["reviewer"] for (name,), found in verifications.items()},
        disputed=frozenset(disputed),
        partial=frozenset(
            place
            for place, row in tallies.items()
            if lacks_votes(row["body"]["values"], row["body"]["as_written"])
        ),
        _listed={contest: frozenset(codes) for contest, codes in listed.items()},
    )


def _contests(state: State, listed: Mapping[str, set[str]]) -> tuple[Contest, ...]:
    rows = sorted(
        state.rows("contest").items(),
        key=lambda item: (item[1]["position"] is None, item[1]["position"] or 0, item[0]),
    )
    return tuple(
        Contest(
            id=name,
            election=row["election"],
            round=row["round"],
            office=row["office"],
            title=row["title"],
            area=row["area"],
            candidates=tuple(row["candidates"]),
            form_ids=tuple(row["form_ids"]),
            repeats=row["repeats"],
            since=row["since"],
            limited=name in listed,
        )
        for (name,), row in rows
    )
