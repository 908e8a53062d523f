"""Pieces of photos on their way: kept in order, never replaced, put together without gaps."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore
from sqlmodel import Session

from digitizer.errors import Conflict, NotFound, SettingsError
from digitizer.store.pieces import ObjectPieceStore, PieceStore
from digitizer.store.transfers import (
    LASTS,
    Transfer,
    begin_transfer,
    find_transfer,
    forget_old_transfers,
    has_old_transfers,
    transfer_id,
)
from tests.store.build import NOW, A, person

ONE = "a" * 32
OTHER = "b" * 32


@pytest.fixture(params=["files", "objects"])
def pieces(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PieceStore]:
    if request.param == "files":
        yield PieceStore.open((tmp_path / "photos").as_uri())
    else:
        yield ObjectPieceStore(MemoryStore())


def test_pieces_are_joined_in_order_whatever_order_they_came_in(pieces: PieceStore) -> None:
    assert pieces.arrived(ONE) == 0
    assert pieces.joined(ONE) == b""
    assert pieces.put(ONE, 3, b"def")
    assert pieces.arrived(ONE) == 0
    assert pieces.put(ONE, 0, b"abc")
    assert pieces.put(OTHER, 0, b"zzz")
    assert pieces.arrived(ONE) == 6
    assert pieces.joined(ONE) == b"abcdef"


def test_a_piece_is_never_replaced(pieces: PieceStore) -> None:
    assert pieces.put(ONE, 0, b"abc")
    assert not pieces.put(ONE, 0, b"xyzw")
    assert pieces.joined(ONE) == b"abc"


def test_a_dropped_transfer_is_gone_and_may_begin_again(pieces: PieceStore) -> None:
    pieces.put(ONE, 0, b"abc")
    pieces.put(OTHER, 0, b"zzz")
    for _ in range(2):
        pieces.drop(ONE)
        assert pieces.arrived(ONE) == 0
    assert pieces.arrived(OTHER) == 3
    assert pieces.put(ONE, 0, b"anew")
    assert pieces.joined(ONE) == b"anew"


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=8))
def test_any_cutting_gives_the_same_bytes(parts: list[bytes]) -> None:
    pieces = ObjectPieceStore(MemoryStore())
    start = 0
    for part in parts:
        assert pieces.put(ONE, start, part)
        start += len(part)
        assert pieces.arrived(ONE) == start
    assert pieces.joined(ONE) == b"".join(parts)


@pytest.mark.parametrize("name", ["../../etc", "", "A" * 32, "a" * 31, "a" * 32 + "\n"])
def test_a_transfer_is_never_a_path(pieces: PieceStore, name: str) -> None:
    with pytest.raises(NotFound):
        pieces.put(name, 0, b"x")


def test_a_store_of_another_kind_is_refused() -> None:
    with pytest.raises(SettingsError, match="neither file"):
        PieceStore.open("ftp://x/y")


def announced(account: str, key: str = "k", length: int = 10, **changes: object) -> Transfer:
    facts: dict[str, object] = {
        "sha256": None, "tps": A, "contest": None, "file_name": "a.jpg", "at": NOW, "upload": None,
        **changes,
    }  # fmt: skip
    return Transfer(transfer_id(account, key), account, key, length, **facts)  # type: ignore[arg-type]


def test_the_same_key_is_the_same_transfer(session: Session) -> None:
    one, other = person(session, "satu", "witness"), person(session, "dua", "witness")
    first = begin_transfer(session, announced(one))
    assert begin_transfer(session, announced(one, at=NOW + timedelta(minutes=1))) == first
    assert begin_transfer(session, announced(other)).id != first.id
    with pytest.raises(Conflict, match="photo of 10 bytes, and now for one of 11"):
        begin_transfer(session, announced(one, length=11))
    assert find_transfer(session, first.id, one) == first
    with pytest.raises(NotFound):
        find_transfer(session, first.id, other)


def test_old_transfers_are_forgotten_with_their_pieces(
    session: Session, pieces: PieceStore
) -> None:
    account = person(session, "satu", "witness")
    old = begin_transfer(session, announced(account, "lama"))
    new = begin_transfer(session, announced(account, "baru", at=NOW + timedelta(days=1)))
    for transfer in (old, new):
        pieces.put(transfer.id, 0, b"abc")
    now = NOW + LASTS + timedelta(seconds=1)
    assert not has_old_transfers(session, now - timedelta(seconds=2))
    assert has_old_transfers(session, now)
    assert forget_old_transfers(session, pieces, now) == 1
    assert not has_old_transfers(session, now)
    assert pieces.arrived(old.id) == 0
    assert pieces.arrived(new.id) == 3
    with pytest.raises(NotFound):
        find_transfer(session, old.id, account)
