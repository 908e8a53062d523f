"""Photos and pieces in an S3-compatible bucket, and buckets that refuse or do not answer."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest

from digitizer.errors import NotFound, StoreUnavailable
from digitizer.store import bucket
from digitizer.store.photos import PhotoStore
from digitizer.store.pieces import PieceStore
from tests.store.buckets import KEYS, s3_server, stub, use_bucket

TRANSFER = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def url(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    return use_bucket(monkeypatch, endpoint)


def test_what_was_put_is_there_once_and_whole(url: str) -> None:
    photos = PhotoStore.open(url)
    sha256 = photos.put(b"foto")
    assert photos.put(b"foto") == sha256
    assert photos.get(sha256) == b"foto"
    assert photos.has(sha256)
    assert photos.verify(sha256)


def test_what_was_removed_is_not_found(url: str) -> None:
    photos = PhotoStore.open(url)
    sha256 = photos.put(b"foto")
    for _ in range(2):
        photos.remove(sha256)
    assert not photos.has(sha256)
    assert not photos.verify(sha256)
    with pytest.raises(NotFound, match=sha256):
        photos.get(sha256)


def test_a_large_photo_comes_back_as_it_was(url: str) -> None:
    data = bytes(range(256)) * (30 << 12)
    photos = PhotoStore.open(url)
    assert photos.get(photos.put(data)) == data


def test_pieces_are_joined_and_dropped(url: str) -> None:
    pieces = PieceStore.open(url)
    assert pieces.put(TRANSFER, 0, b"aaa")
    assert pieces.put(TRANSFER, 3, b"bb")
    assert not pieces.put(TRANSFER, 3, b"cc")
    assert pieces.put(TRANSFER, 9, b"later")
    assert (pieces.arrived(TRANSFER), pieces.joined(TRANSFER)) == (5, b"aaabb")
    for _ in range(2):
        pieces.drop(TRANSFER)
    assert pieces.arrived(TRANSFER) == 0
    assert pieces.get(TRANSFER, 0) == b""


@pytest.mark.parametrize(("mood", "most"), [("refusing", 3), ("denying", 1), ("slow", 3)])
def test_a_bucket_that_gives_no_answer_is_told_soon_and_asked_a_few_times(
    monkeypatch: pytest.MonkeyPatch, mood: Literal["refusing", "denying", "slow"], most: int
) -> None:
    monkeypatch.setattr(bucket, "ANSWER", timedelta(milliseconds=200))
    with stub(mood) as server:
        for key, value in {**KEYS, "AWS_ENDPOINT_URL": server.address}.items():
            monkeypatch.setenv(key, value)
        photos, pieces = PhotoStore.open("s3://foto"), PieceStore.open("s3://foto")
        sha256 = "ab" * 32
        for ask in (
            lambda: photos.put(b"foto"),
            lambda: photos.get(sha256),
            lambda: photos.has(sha256),
            lambda: photos.remove(sha256),
            lambda: pieces.put(TRANSFER, 0, b"a"),
            lambda: pieces.get(TRANSFER, 0),
            lambda: pieces.sizes(TRANSFER),
        ):
            before, begun = server.asked, time.monotonic()
            with pytest.raises(StoreUnavailable) as caught:
                ask()
            assert server.asked - before <= most
            assert time.monotonic() - begun < 20
            assert "rahasia" not in str(caught.value)


def test_nobody_there_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(key, value)
    with pytest.raises(StoreUnavailable):
        PhotoStore.open("s3://foto").put(b"foto")
