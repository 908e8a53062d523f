"""Rows that a history tells of, by table and key, independent of the order between nodes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from digitizer.domain.event import Event

Key = tuple[Any, ...]
Row = Mapping[str, Any]

Stamp = tuple[datetime, str, int]
"""A place in an order of all events that keeps each chain's own: the latest moment that its node
has told so far, the node, the sequence number."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An event that tells anew what no honest history tells twice."""

    node: str
    seq: int
    what: str


@dataclass(slots=True)
class State:
    """What stands after some events.

    Every row is a register whose latest write counts, by `Stamp`: the same whichever node is heard
    first, as long as each chain comes in its own order (Shapiro et al. 2011, LWW-register). Most
    are written once: whoever could write a verification or an upload again would change what
    happened without touching an event of before.

    Attributes:
        lacks: what events of older versions do not tell, as `kind.key`.
        contradicts: events that write anew what is written once.
    """

    lacks: set[str] = field(default_factory=set)
    contradicts: list[Contradiction] = field(default_factory=list)
    _tables: dict[str, dict[Key, tuple[Stamp, Row | None]]] = field(default_factory=dict)
    _told: set[tuple[str, Key, str]] = field(default_factory=set)
    _clocks: dict[str, datetime] = field(default_factory=dict)

    def stamp(self, event: Event) -> Stamp:
        """Where an event stands among all; each chain must come in order."""
        clock = max(self._clocks.get(event.node, event.at_utc), event.at_utc)
        self._clocks[event.node] = clock
        return (clock, event.node, event.seq)

    def heard(self, node: str, clock: datetime) -> None:
        """Take up the chain of a node in its middle: the latest moment that it had told there."""
        self._clocks[node] = clock

    def put(self, stamp: Stamp, table: str, key: Key, row: Row | None) -> None:
        """Write a row, or with None take it away."""
        rows = self._tables.setdefault(table, {})
        kept = rows.get(key)
        if kept is None or kept[0] <= stamp:
            rows[key] = (stamp, row)

    def put_once(self, stamp: Stamp, table: str, key: Key, row: Row) -> None:
        """Write a row that no event of any node may write again: its key was drawn at random."""
        if key in self._tables.get(table, {}):
            self.contradict(stamp, f"{_words(table, key)} is told a second time")
        self.put(stamp, table, key, row)

    def put_once_a_node(self, stamp: Stamp, table: str, key: Key, row: Row | None) -> None:
        """Write a row that several nodes may write, each of them once."""
        told = (table, key, stamp[1])
        if told in self._told:
            self.contradict(stamp, f"{_words(table, key)} is told a second time by this node")
        self._told.add(told)
        self.put(stamp, table, key, row)

    def contradict(self, stamp: Stamp, what: str) -> None:
        """Note that an event tells what no honest history tells after what it told before."""
        self.contradicts.append(Contradiction(stamp[1], stamp[2], what))

    def row(self, table: str, key: Key) -> Row | None:
        """One row of a table, None where it does not stand."""
        kept = self._tables.get(table, {}).get(key)
        return None if kept is None else kept[1]

    def written(self, table: str) -> dict[Key, Row | None]:
        """Every row of a table that was written; None for one that was taken away last."""
        return {key: row for key, (_, row) in self._tables.get(table, {}).items()}

    def rows(self, table: str) -> dict[Key, Row]:
        """Every row of a table that stands, by key."""
        return {key: row for key, row in self.written(table).items() if row is not None}


def _words(table: str, key: Key) -> str:
    return f"{table.replace('_', ' ')} {' '.join(map(str, key))}"


def payload_of(event: Event) -> Mapping[str, Any]:
    """What an event carries, as whoever knows its kind takes it."""
    return cast("Mapping[str, Any]", event.payload)
