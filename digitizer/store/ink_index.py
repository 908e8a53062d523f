"""Ink hashes of all readings, held in memory so that a new one is held against every other.

A country has a million and a half of them, 32 bytes each; to count the bits in which one differs
from all others of its page takes a few milliseconds, misses none, and needs no index in the
database.
"""

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

import numpy as np
import sqlalchemy as sql
from numpy.typing import NDArray
from sqlalchemy import BindParameter, Engine
from sqlmodel import Session, col

from digitizer.domain.likeness import BITS
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
    committed = _committed(session)
    own = _own(session, committed)
    wanted = _words([ink_hash])
    return sorted(
        hit for held in (committed, own) for hit in held.of_kind(kind).near(wanted, reach)
    )


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
    """Hashes in memory, up to the number `last`."""

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self._kinds: dict[str, _Hashes] = {}

    def of_kind(self, kind: str) -> _Hashes:
        return self._kinds.get(kind, _Hashes())

    def take_in(self, session: Session) -> None:
        """Add whatever the session sees beyond the last one."""
        rows = session.connection().execute(_query(self.last).execution_options(yield_per=AT_ONCE))
        for some in rows.partitions(AT_ONCE):
            self.add(some)

    def add(self, rows: Sequence[Any]) -> None:
        """Add rows of `_query` beyond the last one."""
        by_kind: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        for number, kind, ink_hash in rows:
            by_kind[kind].append((number, ink_hash))
        for kind, hashes in by_kind.items():
            numbers = np.array([number for number, _ in hashes])
            words = _words([ink_hash for _, ink_hash in hashes])
            self._kinds.setdefault(kind, _Hashes()).add(numbers, words)
        if rows:
            self.last = rows[-1][0]


_held: WeakKeyDictionary[Engine, _Held] = WeakKeyDictionary()
_held_lock = threading.Lock()
_OWN: Final = "ink hashes"
"""Where a session notes its transaction and the hashes that only this one may see."""


def _committed(session: Session) -> _Held:
    with _held_lock:
        return _held.setdefault(_engine(session), _Held())


def _own(session: Session, committed: _Held) -> _Held:
    """What this transaction sees beyond memory.

    It goes with the transaction: what is rolled back is never remembered, since its number may be
    another's later.
    """
    known: tuple[object, _Held] | None = session.info.get(_OWN)
    if known is not None and known[0] is session.get_transaction():
        known[1].take_in(session)
        return known[1]
    asked = {"last": committed.last, "most": LEFT_BEHIND + 1}
    newer = session.connection().execute(_some_newer(), asked).all()
    if len(newer) > LEFT_BEHIND:
        with read_session(_engine(session)) as others:
            committed.take_in(others)
        newer = session.connection().execute(_query(committed.last)).all()
    own = _Held(committed.last)
    own.add(newer)
    session.info[_OWN] = session.get_transaction(), own
    return own


def _engine(session: Session) -> Engine:
    return cast("Engine", session.get_bind()).engine


@cache
def _some_newer() -> Any:  # noqa: ANN401  # as below
    last = sql.bindparam("last", type_=sql.Integer())
    return _query(last).limit(sql.bindparam("most", type_=sql.Integer()))


def _query(last: int | BindParameter[int]) -> Any:  # noqa: ANN401  # columns of a table
    number = col(InkHashRow.number)
    columns = (number, col(InkHashRow.kind), col(InkHashRow.ink_hash))
    return sql.select(*columns).where(number > last).order_by(number)


def _words(ink_hashes: list[str]) -> NDArray[np.uint64]:
    """The hashes as columns, so that whole rows of words are counted at once."""
    flat = np.frombuffer(bytes.fromhex("".join(ink_hashes)), np.uint64)
    return np.ascontiguousarray(flat.reshape(-1, _WORDS).T)
