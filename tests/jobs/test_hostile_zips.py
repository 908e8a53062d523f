"""A ZIP made to break its reader: refused, or read as far as it goes; memory stays small."""

import io
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from digitizer.errors import PhotoRefused
from digitizer.intake import accept_many, archive
from digitizer.intake.archive import open_zip, read_member
from tests.jobs.conftest import Office
from tests.jobs.test_intake import zipped

EXTREMES = (0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


def one(method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    return bytearray(zipped(("a.jpg", bytes(range(256)) * 8), method=method).getvalue())


def directory(data: bytes | bytearray) -> int:
    return bytes(data).rfind(b"PK\1\2")


def newer_version() -> bytes:
    data = one()
    data[directory(data) + 6] = 99
    return bytes(data)


def name_that_is_no_text() -> bytes:
    data = one()
    for flags in (7, directory(data) + 9):
        data[flags] |= 0x08
    data[30] = 0xFF
    return bytes(data)


def member_before_the_file() -> bytes:
    data = one()
    end = bytes(data).rfind(b"PK\5\6")
    data[end + 16 : end + 20] = struct.pack("<I", 0x7FFFFFFF)
    return bytes(data)


def patched_data() -> bytes:
    data = one()
    data[6] |= 0x20
    data[directory(data) + 8] |= 0x20
    return bytes(data)


def member_without_a_name() -> bytes:
    data = one()
    data[directory(data) + 28] = 0
    data[directory(data) + 30] = len("a.jpg")
    return bytes(data)


@pytest.mark.parametrize(
    "make",
    [
        newer_version,
        name_that_is_no_text,
        member_before_the_file,
        patched_data,
        member_without_a_name,
    ],
)
def test_an_odd_zip_is_refused_or_its_members_are_kept_as_far_as_they_go(
    make: Callable[[], bytes],
) -> None:
    taken_in(make())


def taken_in(data: bytes) -> None:
    try:
        opened, members = open_zip(io.BytesIO(data))
    except PhotoRefused as refused:
        assert refused.message
        return
    with opened:
        for member in members:
            assert isinstance(read_member(opened, member), bytes)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 99])
def test_what_is_packed_in_an_unusual_way_is_refused(method: int) -> None:
    if method == 99:
        data = one()
        data[8] = data[directory(data) + 10] = method
    else:
        data = one(method)
    with pytest.raises(PhotoRefused) as caught:
        open_zip(io.BytesIO(bytes(data)))
    assert caught.value.message == f"a.jpg is packed by method {method}"
    assert caught.value.numbers["variant"] == "method"


def test_a_directory_of_a_million_members_is_refused_before_it_is_read() -> None:
    entry = b"PK\1\2" + bytes(42)
    names = entry * 400_000
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 65535, 65535, len(names), 0, 0)
    file = io.BytesIO(names + end)
    tracemalloc.start()
    with pytest.raises(PhotoRefused) as caught:
        open_zip(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.message == "the directory of the ZIP has 17968 KiB, needed at most 1024"
    assert peak < 4 * archive.MAX_DIRECTORY


def test_a_key_of_a_zip_serves_members_of_any_name(office: Office) -> None:
    for _ in range(2):
        sent = zipped(("x" * 60_000 + ".jpg", b"a"), ("b.jpg", b"b"))
        receipts = accept_many(
            office.engine, office.photos, sent, account=office.account, idempotency_key="k"
        )
    assert [receipt.status for receipt in receipts] == ["already", "already"]


def test_three_thousand_damaged_zips_raise_nothing_else() -> None:
    rng = random.Random(17)
    whole = zipped(("a.jpg", b"A" * 300), ("ü/b.jpg", bytes(500)), ("c.jpg", b"")).getvalue()
    ends = [whole.rfind(mark) for mark in (b"PK\5\6", b"PK\1\2", b"PK\3\4")]
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            at = rng.choice((*ends, 0, rng.randrange(len(data)))) + rng.randrange(30)
            size = rng.choice((1, 2, 4))
            value = rng.choice((*EXTREMES, rng.getrandbits(32))) % (1 << 8 * size)
            data[at : at + size] = value.to_bytes(size, "little")
        taken_in(bytes(data[: rng.choice((len(data), rng.randrange(len(data))))]))
