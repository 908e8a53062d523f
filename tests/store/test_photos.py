import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from obstore.store import MemoryStore
from sqlalchemy import Engine
from sqlmodel import Session, select

from digitizer.errors import NotFound, SettingsError
from digitizer.store.engine import migrate, open_engine, sqlite_url, write_session
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import ObjectPhotoStore, PhotoStore
from digitizer.store.tables import EventRow, PhotoRow, UploadRow
from tests.conftest import ROOT
from tests.store.build import NOW, A, person, send


def test_what_was_put_is_got_under_its_sha256(photos: PhotoStore, tmp_path: Path) -> None:
    data = b"foto" * 1000
    key = photos.put(data)
    assert key == hashlib.sha256(data).hexdigest()
    assert photos.put(data) == key
    assert photos.get(key) == data
    assert photos.has(key)
    assert photos.verify(key)
    path = tmp_path / "photos" / key[:2] / key[2:4] / key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in path.parent.iterdir()] == [key]


def test_a_blob_that_is_not_there(photos: PhotoStore) -> None:
    key = "0" * 64
    assert not photos.has(key)
    assert not photos.verify(key)
    with pytest.raises(NotFound):
        photos.get(key)


def test_what_was_removed_is_gone_and_may_come_back(photos: PhotoStore) -> None:
    for store in (photos, ObjectPhotoStore(MemoryStore())):
        key = store.put(b"asli")
        for _ in range(2):
            store.remove(key)
            assert not store.has(key)
        with pytest.raises(NotFound):
            store.get(key)
        assert store.put(b"asli") == key
        assert store.get(key) == b"asli"
        with pytest.raises(NotFound):
            store.remove("../../etc/passwd")


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_key_is_never_a_path(photos: PhotoStore, key: str) -> None:
    with pytest.raises(NotFound):
        photos.get(key)


def test_spoiled_bytes_are_noticed(photos: PhotoStore, tmp_path: Path) -> None:
    key = photos.put(b"asli")
    (tmp_path / "photos" / key[:2] / key[2:4] / key).write_bytes(b"asing")
    assert not photos.verify(key)


def test_other_addresses_are_refused() -> None:
    with pytest.raises(SettingsError):
        PhotoStore.open("/just/a/path")


def test_bytes_are_on_disk_before_they_have_a_name(
    photos: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File forced, then linked, then the folder forced; the name never shows half a file."""
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def noted_fsync(descriptor: int) -> None:
        kind = "folder" if Path(f"/proc/self/fd/{descriptor}").readlink().is_dir() else "file"
        steps.append(f"fsync {kind}")
        fsync(descriptor)

    def noted_link(source: str, target: Path) -> None:
        steps.append("link")
        link(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "link", noted_link)
    photos.put(b"foto")
    assert steps[-3:] == ["fsync file", "link", "fsync folder"]
    assert "fsync folder" in steps[:-3], "the new folders are forced into their parents"


@pytest.mark.parametrize("step", ["fsync", "link"])
def test_no_row_names_bytes_that_are_not_safe(
    engine: Engine, photos: PhotoStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with write_session(engine) as session:
        account = person(session, "saksi", "witness")
        session.commit()

    def fail(*_args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, step, fail)
    with write_session(engine) as session:
        with pytest.raises(OSError, match="disk full"):
            send(session, photos, b"foto", account, A)
        session.commit()  # even a caller that goes on keeps no row
    with write_session(engine) as session:
        assert session.exec(select(UploadRow)).all() == []
        assert session.exec(select(PhotoRow)).all() == []
        kinds = session.exec(select(EventRow.kind)).all()
        assert "upload_accepted" not in kinds


def test_the_photo_is_whole_when_its_row_is_added(
    session: Session, photos: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = person(session, "saksi", "witness")
    flush = session.flush
    seen: list[bool] = []

    def checked_flush() -> None:
        seen.extend(photos.verify(row.sha256) for row in session.new if isinstance(row, PhotoRow))
        flush()

    monkeypatch.setattr(session, "flush", checked_flush)
    send(session, photos, b"foto", account, A)
    assert seen == [True]


def test_objects_are_put_once_and_got_by_key() -> None:
    bucket = ObjectPhotoStore(MemoryStore())
    key = bucket.put(b"foto")
    assert bucket.put(b"foto") == key
    assert (bucket.get(key), bucket.has(key), bucket.verify(key)) == (b"foto", True, True)
    assert not bucket.has("0" * 64)
    with pytest.raises(NotFound):
        bucket.get("0" * 64)


def test_another_process_finds_row_and_bytes(tmp_path: Path, photos: PhotoStore) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    migrate(engine)
    with write_session(engine) as session:
        ensure_node(session, tmp_path, NOW)
        receipt = send(session, photos, b"foto", person(session, "saksi", "witness"), None)
        session.commit()
    program = (
        "import sys\n"
        "from digitizer.store.engine import open_engine, read_session\n"
        "from digitizer.store.photos import PhotoStore\n"
        "from digitizer.store.uploads import upload\n"
        "with read_session(open_engine(sys.argv[1])) as session:\n"
        "    kept = upload(session, sys.argv[3])\n"
        "print(PhotoStore.open(sys.argv[2]).get(kept.photo).decode())\n"
    )
    folder = (tmp_path / "photos").as_uri()
    done = subprocess.run(
        [sys.executable, "-c", program, sqlite_url(tmp_path), folder, receipt.upload_id],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    engine.dispose()
    assert done.stdout == "foto\n"
