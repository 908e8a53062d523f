import hashlib
import os
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from digitizer.errors import NotFound, SettingsError
from digitizer.store import durable
from digitizer.store.engine import write_session
from digitizer.store.photos import PhotoStore
from digitizer.store.tables import EventRow, PhotoRow, UploadRow
from tests.store.build import A, person, send


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

    monkeypatch.setattr(durable.os, "fsync", noted_fsync)
    monkeypatch.setattr(durable.os, "link", noted_link)
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

    monkeypatch.setattr(durable.os, step, fail)
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
