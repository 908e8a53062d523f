"""Ink hashes of all readings, held in memory so that a new one is held against every other.

A country has a million and a half of them, 32 bytes each; to count the bits in which one differs
from all others of its page takes a few milliseconds, misses none, and needs no index in the
database.
"""

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

import numpy as np
import sqlalchemy as sql
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlmodel import Session, col

from digitizer.domain.likeness import BITS, distance
from digitizer.store.engine import read_session
from digitizer.store.likeness_tables import InkHashRow

LEFT_BEHIND: Final = 500
"""So many hashes may be newer than what is in memory before they are taken in too."""

AT_ONCE: Final = 10_000
"""So many hashes are fetched, or compared, at a time; their bits stay in the cache."""

_WORDS: Final = BITS // 64


def near_hashes(session: Session, kind: str, ink_hash: str, reach: int) -> list[tuple[int, int]]:
    """Bits and number of every kept hash of a kind that differs in at most `reach`, nearest first.

    The caller holds the lock of the chain: so numbers are committed in their order, nobody else is
    in here, and whatever is newer than memory is asked of the session itself.
    """
    engine = cast("Engine", session.get_bind()).engine
    with _held_lock:
        held = _held.setdefault(engine, _Held())
    newer = _newer(session, held.last, limit=LEFT_BEHIND + 1)
    if len(newer) > LEFT_BEHIND:
        with read_session(engine) as committed:
            held.take_in(committed)
        newer = _newer(session, held.last, limit=None)
    found = held.of_kind(kind).near(_words([ink_hash]), reach)
    found += [
        (bits, number)
        for number, other_kind, other in newer
        if other_kind == kind and (bits := distance(ink_hash, other)) <= reach
    ]
    return sorted(found)


@dataclass(slots=True)
class _Hashes:
    """Hashes of one kind in pieces: numbers, and as columns beside them four words of 64 bits."""

    numbers: list[NDArray[np.int64]] = field(default_factory=list)
    words: list[NDArray[np.uint64]] = field(default_factory=list)

    def near(self, wanted: NDArray[np.uint64], reach: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for numbers, words in zip(self.numbers, self.words, strict=True):
            bits = np.bitwise_count(words ^ wanted).sum(axis=0, dtype=np.uint16)
            hits = np.flatnonzero(bits <= reach)
            found += zip(bits[hits].tolist(), numbers[hits].tolist(), strict=True)
        return found

    def add(self, numbers: NDArray[np.int64], words: NDArray[np.uint64]) -> None:
        """Append, the last piece being filled up first."""
        if self.numbers and len(self.numbers[-1]) < AT_ONCE:
            numbers = np.concatenate([self.numbers.pop(), numbers])
            words = np.concatenate([self.words.pop(), words], axis=1)
        self.numbers.append(numbers)
        self.words.append(words)


class _Held:
    """What of a database is in memory: every hash that was committed, up to the number `last`."""

    def __init__(self) -> None:
        self.last = 0
        self._kinds: dict[str, _Hashes] = {}

    def of_kind(self, kind: str) -> _Hashes:
        return self._kinds.get(kind, _Hashes())

    def take_in(self, committed: Session) -> None:
        """Add what was committed since.

        What was rolled back is never in memory: its number may be another's later.
        """
        query = _query(self.last).execution_options(yield_per=AT_ONCE)
        for some in committed.connection().execute(query).partitions(AT_ONCE):
            by_kind: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
            for number, kind, ink_hash in some:
                by_kind[kind].append((number, ink_hash))
            for kind, rows in by_kind.items():
                numbers = np.array([number for number, _ in rows])
                words = _words([ink_hash for _, ink_hash in rows])
                self._kinds.setdefault(kind, _Hashes()).add(numbers, words)
            self.last = some[-1][0]


_held: WeakKeyDictionary[Engine, _Held] = WeakKeyDictionary()
_held_lock = threading.Lock()


def _newer(session: Session, last: int, *, limit: int | None) -> list[tuple[int, str, str]]:
    rows = session.connection().execute(_query(last).limit(limit))
    return [(number, kind, ink_hash) for number, kind, ink_hash in rows]


def _query(last: int) -> Any:  # noqa: ANN401  # columns of a table
    number = col(InkHashRow.number)
    columns = (number, col(InkHashRow.kind), col(InkHashRow.ink_hash))
    return sql.select(*columns).where(number > last).order_by(number)


def _words(ink_hashes: list[str]) -> NDArray[np.uint64]:
    """The hashes as columns, so that whole rows of words are counted at once."""
    flat = np.frombuffer(bytes.fromhex("".join(ink_hashes)), np.uint64)
    return np.ascontiguousarray(flat.reshape(-1, _WORDS).T)
