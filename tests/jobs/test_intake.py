"""Photos coming in one by one, in ZIPs and in folders; nothing is lost and nothing explodes."""

import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digitizer.domain.photo_limits import MAX_BYTES
from digitizer.errors import Conflict, NotFound, PhotoRefused
from digitizer.intake import accept, accept_many, archive, import_folder
from digitizer.intake.archive import open_zip, read_member
from digitizer.intake.names import tps_from_name
from digitizer.store.engine import read_session, write_session
from digitizer.store.line import line_length
from digitizer.store.receiving import Receipt
from digitizer.store.uploads import uploads_of
from tests.jobs.conftest import Office

KNOWN = "6411032001001"
UNKNOWN = "9999999999999"


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    file.seek(0)
    return file


def send(office: Office, data: bytes, key: str | None = None, tps: str | None = None) -> Receipt:
    with write_session(office.engine) as session:
        receipt = accept(
            session, office.photos, data, account=office.account, tps=tps, contest=None,
            file_name="foto.jpg", idempotency_key=key, now=datetime.now(UTC),
        )  # fmt: skip
        session.commit()
    return receipt


def jobs(office: Office) -> int:
    with read_session(office.engine) as session:
        return line_length(session)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("6472011001005.jpg", "6472011001005"),
        ("6472011001005-hal2.jpg", "6472011001005"),
        ("TPS 64.72.01.1001.005 (2).jpeg", "6472011001005"),
        ("64-72-01-1001-005.jpg", "6472011001005"),
        ("64 72 01 1001 005.jpg", "6472011001005"),
        ("6472011001.005.jpg", "6472011001005"),
        ("6472011001-005 hal 1.jpg", "6472011001005"),
        ("6472011001005/IMG-20241127-WA0001.jpg", "6472011001005"),
        ("6411032001001/6472011001005.jpg", "6472011001005"),
        ("6472011001005/deep/er/foto.jpg", "6472011001005"),
        ("6472011001005 lalu 6472011001005.jpg", "6472011001005"),
        ("6472011001005 atau 6472011001006.jpg", None),
        ("64720110010051.jpg", None),
        ("IMG-20241127-WA0001.jpg", None),
        ("IMG_20241127_173502123.jpg", None),
        ("foto.jpg", None),
        ("", None),
    ],
)
def test_the_tps_a_name_says(name: str, code: str | None) -> None:
    assert tps_from_name(name) == code


def test_an_upload_and_its_job_come_together(office: Office) -> None:
    first = send(office, b"photo", "key")
    assert (first.status, jobs(office)) == ("accepted", 1)
    again = send(office, b"photo", "key")
    assert (again.status, again.upload_id, jobs(office)) == ("already", first.upload_id, 1)


def test_a_refused_upload_leaves_no_job(office: Office) -> None:
    with pytest.raises(NotFound):
        send(office, b"photo", tps=UNKNOWN)
    assert jobs(office) == 0


def test_no_bytes_at_all_are_kept_and_visible(office: Office) -> None:
    receipt = send(office, b"")
    assert office.photos.has(receipt.photo)
    assert jobs(office) == 1


def test_a_photo_too_large_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 1 << 20)
    with pytest.raises(PhotoRefused, match=r"foto\.jpg has 1\.5 MiB, needed at most 1"):
        send(office, bytes(3 << 19))
    assert jobs(office) == 0


def names(office: Office) -> dict[str, str | None]:
    with read_session(office.engine) as session:
        return {item.file_name: item.tps for item in uploads_of(session, office.account)}


def test_a_zip_brings_every_photo_under_its_own_name(office: Office) -> None:
    sent = zipped(
        (f"{KNOWN}/hal1.jpg", b"one"),
        (f"{KNOWN}/._hal1.jpg", b"fork"),
        ("__MACOSX/hal1.jpg", b"fork"),
        (".DS_Store", b"dots"),
        ("folder/", b""),
        (f"{UNKNOWN}.jpg", b"two"),
        ("../../etc/passwd", b"three"),
        ("catatan.txt", b"no image, but nothing is lost"),
    )
    steps: list[tuple[int, int]] = []
    receipts = accept_many(
        office.engine, office.photos, sent, account=office.account,
        progress=lambda done, total: steps.append((done, total)),
    )  # fmt: skip
    assert len(receipts) == jobs(office) == 4
    assert steps[-1] == (len(receipts), len(receipts))
    found = names(office)
    assert found[f"{KNOWN}/hal1.jpg"] == KNOWN
    assert found[f"{UNKNOWN}.jpg"] is None
    assert "catatan.txt" in found


def test_the_same_zip_again_changes_nothing(office: Office) -> None:
    for expected in ("accepted", "already"):
        sent = zipped(("a.jpg", b"a"), ("b.jpg", b"b"))
        receipts = accept_many(
            office.engine, office.photos, sent, account=office.account, tps=KNOWN
        )
        assert [receipt.status for receipt in receipts] == [expected] * 2
    assert jobs(office) == 2


BombMaker = Callable[[], io.BytesIO]


def flat_bomb() -> io.BytesIO:
    return zipped(*((f"{number}.jpg", bytes(2 << 20)) for number in range(30)))


def many() -> io.BytesIO:
    return zipped(*((f"{number}.jpg", b"") for number in range(archive.MAX_MEMBERS + 1)))


def large() -> io.BytesIO:
    return zipped(("film.mp4", bytes(MAX_BYTES + 1)))


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        (flat_bomb, "too_large", "the ZIP grows from 60 KiB to 60 MiB, needed at most 20 times"),
        (many, "too_large", "found 2001 files in the ZIP, needed at most 2000"),
        (large, "too_large", "film.mp4 has 30.0 MiB, needed at most 30"),
        (lambda: io.BytesIO(b"PK no zip"), "not_an_image", "the file is no whole ZIP"),
        (io.BytesIO, "not_an_image", "the file is no whole ZIP"),
    ],
)
def test_a_bad_zip_is_refused_whole(make: BombMaker, code: str, message: str) -> None:
    with pytest.raises(PhotoRefused) as caught:
        open_zip(make())
    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_member_larger_than_declared_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, members = open_zip(zipped(("a.jpg", bytes(3000)), method=zipfile.ZIP_STORED))
    with opened:
        monkeypatch.setattr(archive, "MAX_BYTES", 1000)
        assert len(read_member(opened, members[0])) == 1000


def test_a_damaged_member_is_kept_as_far_as_it_goes() -> None:
    file = zipped(("a.jpg", b"A" * 5000), method=zipfile.ZIP_STORED)
    damaged = bytearray(file.getvalue())
    damaged[100] ^= 0xFF
    opened, members = open_zip(io.BytesIO(bytes(damaged)))
    with opened:
        assert isinstance(read_member(opened, members[0]), bytes)


def test_a_folder_with_photos_and_zips(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "from messenger"
    (folder / KNOWN).mkdir(parents=True)
    (folder / KNOWN / "IMG-1.jpg").write_bytes(b"one")
    (folder / "IMG-2.jpg").write_bytes(b"two")
    (folder / ".hidden.jpg").write_bytes(b"dots")
    (folder / "more.ZIP").write_bytes(zipped((f"{KNOWN}-3.jpg", b"three")).getvalue())
    steps: list[tuple[int, int]] = []
    receipts = import_folder(
        office.engine, office.photos, folder, account=office.account,
        progress=lambda done, total: steps.append((done, total)),
    )  # fmt: skip
    assert len(receipts) == 3
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert names(office) == {
        f"{KNOWN}/IMG-1.jpg": KNOWN,
        "IMG-2.jpg": None,
        f"more.ZIP/{KNOWN}-3.jpg": KNOWN,
    }


def test_files_that_cannot_come_in_are_named_and_stop_no_other(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 1 << 20)
    (tmp_path / "import").mkdir()
    (tmp_path / "import" / "a-film.mp4").write_bytes(bytes(3 << 19))
    (tmp_path / "import" / "b.zip").write_bytes(b"broken")
    (tmp_path / "import" / "c.jpg").write_bytes(b"good")
    with pytest.raises(PhotoRefused, match=r"2 of 3 files were not taken in: a-film\.mp4: a-film"):
        import_folder(office.engine, office.photos, tmp_path / "import", account=office.account)
    assert list(names(office)) == ["c.jpg"]


def test_a_file_whose_name_is_no_utf8_is_imported(office: Office, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/import"
    os.mkdir(folder)  # noqa: PTH102  a name of bytes
    with open(folder + b"/" + KNOWN.encode() + b"-\xff.jpg", "wb") as file:  # noqa: PTH123
        file.write(b"photo")
    import_folder(office.engine, office.photos, tmp_path / "import", account=office.account)
    assert names(office) == {f"{KNOWN}-?.jpg": KNOWN}


def test_a_photo_under_the_key_of_another_leaves_no_bytes(office: Office) -> None:
    send(office, b"first", key="k")
    with pytest.raises(Conflict):
        send(office, b"second", key="k")
    assert not office.photos.has(hashlib.sha256(b"second").hexdigest())


def test_one_file_is_a_folder_of_one(office: Office) -> None:
    path = office.settings.data_dir / f"{KNOWN}.jpg"
    path.write_bytes(b"photo")
    (receipt,) = import_folder(office.engine, office.photos, path, account=office.account)
    assert receipt.status == "accepted"
    assert names(office) == {f"{KNOWN}.jpg": KNOWN}
