"""What a backup holds, and that nothing half written ever looks whole."""

import hashlib
import io
import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from digitizer.backup import back_up, check, read_manifest, restore, writing
from digitizer.backup.manifest import Step
from digitizer.backup.writing import blob_names
from digitizer.errors import BackupError
from digitizer.installation import Installation
from digitizer.store.backups import last_backup
from digitizer.store.blobs import named_blobs
from digitizer.store.dumping import LEFT_OUT
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import last_events
from digitizer.store.photos import FilePhotoStore, ObjectPhotoStore
from digitizer.store.purging import purge
from tests.backup.conftest import Place
from tests.facts import png
from tests.store.build import A, later, person, send

AT = later(60)


def blob(folder: Path, sha256: str) -> Path:
    return folder / "photos" / sha256[:2] / sha256[2:4] / sha256


def test_a_backup_holds_every_row_and_every_blob(original: Installation, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    made = back_up(original, out, now=AT)
    assert check(out) == (made, ())
    with read_session(original.engine) as session:
        named = set(named_blobs(session))
        assert made.chains == last_events(session)
        noted = last_backup(session)
    assert noted is not None
    assert (noted.taken_at, noted.head, noted.blobs, noted.lacking) == (
        AT, made.head, len(named), 0
    )  # fmt: skip
    assert set(blob_names(out / made.rows)) == named
    assert set(FilePhotoStore(out / "photos").names()) == named
    assert made.blob_bytes == sum(blob(out, name).stat().st_size for name in named)
    assert (made.node, made.database) == (original.node, original.engine.dialect.name)


def test_nobody_but_the_owner_can_open_it(original: Installation, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    made = back_up(original, out, now=AT)
    assert out.stat().st_mode & 0o777 == 0o700
    assert (out / made.rows).stat().st_mode & 0o777 == 0o700
    assert (out / "node.key").stat().st_mode & 0o777 == 0o600


def test_a_disk_without_owners_and_links_will_do(
    original: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr("os.link", refuse)
        patch.setattr(Path, "chmod", refuse)
        made = back_up(original, tmp_path / "backup", now=AT)
    assert check(tmp_path / "backup") == (made, ())


def test_a_folder_that_cannot_be_written_is_named(
    original: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, _lines: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(writing, "write_lines", refuse)
    with pytest.raises(BackupError, match=r"failed: .*Permission denied"):
        back_up(original, tmp_path / "backup", now=AT)


def test_what_is_of_this_moment_alone_is_left_out(original: Installation, tmp_path: Path) -> None:
    made = back_up(original, tmp_path / "backup", now=AT)
    held = {name.removesuffix(".jsonl.gz") for name in made.files}
    assert not held & LEFT_OUT
    assert {"event", "account", "photo", "reading", "verification", "lot"} <= held


def test_the_key_goes_along_unless_it_is_kept_elsewhere(
    original: Installation, tmp_path: Path
) -> None:
    out = tmp_path / "backup"
    assert back_up(original, out, now=AT).key
    own = (original.settings.data_dir / "node.key").read_bytes()
    assert (out / "node.key").read_bytes() == own
    assert not back_up(original, out, with_key=False, now=AT + timedelta(hours=1)).key
    assert not (out / "node.key").exists()
    assert check(out)[1] == ()


def test_the_second_backup_copies_only_what_is_new(original: Installation, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    first = back_up(original, out, now=AT)
    before = {name: blob(out, name).stat().st_ino for name in blob_names(out / first.rows)}
    with write_session(original.engine) as session:
        sender = person(session, "baru", "witness")
        sent = send(session, original.photos, png(50, 40, 99), sender, A, now=AT)
        session.commit()
    second = back_up(original, out, now=AT + timedelta(hours=1))
    after = {name: blob(out, name).stat().st_ino for name in blob_names(out / second.rows)}
    assert after == {**before, sent.photo: after[sent.photo]}
    assert [path.name for path in out.glob("rows-*")] == [second.rows]
    assert second.files["event.jsonl.gz"].rows > first.files["event.jsonl.gz"].rows
    assert check(out) == (second, ())


@pytest.mark.parametrize("step", ["rows", "photos"])
def test_a_backup_that_is_cut_off_never_looks_whole(
    original: Installation, tmp_path: Path, step: Step
) -> None:
    def cut(now_doing: Step, done: int, _total: int | None) -> None:
        if now_doing == step and done:
            raise KeyboardInterrupt

    out = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        back_up(original, out, progress=cut, now=AT)
    with pytest.raises(BackupError, match=r"manifest\.json is missing"):
        check(out)
    first = back_up(original, out, now=AT + timedelta(hours=1))
    with pytest.raises(KeyboardInterrupt):
        back_up(original, out, progress=cut, now=AT + timedelta(hours=2))
    assert check(out) == (first, ())
    third = back_up(original, out, now=AT + timedelta(hours=3))
    assert [path.name for path in out.glob("rows-*")] == [third.rows]
    assert check(out) == (third, ())


def test_what_comes_in_meanwhile_is_wholly_in_it_or_not_at_all(
    original: Installation, tmp_path: Path, place: Place
) -> None:
    enough, stop = threading.Event(), threading.Event()

    def send_on() -> None:
        with write_session(original.engine) as session:
            sender = person(session, "ramai", "witness")
            session.commit()
        for number in range(10_000):
            if stop.is_set():
                return
            with write_session(original.engine) as session:
                data = png(60, 40, number % 250) + str(number).encode()
                send(session, original.photos, data, sender, A, now=AT)
                session.commit()
            if number == 20:
                enough.set()

    sending = threading.Thread(target=send_on)
    sending.start()
    assert enough.wait(60)
    made = back_up(original, tmp_path / "backup", now=AT)
    stop.set()
    sending.join()
    assert check(tmp_path / "backup") == (made, ())
    done = restore(tmp_path / "backup", place("sqlite"), take_over=False, now=AT)
    assert (done.lacking, done.differing) == ((), ())


def test_blobs_of_a_bucket_go_along(original: Installation, tmp_path: Path) -> None:
    bucket = ObjectPhotoStore(MemoryStore())
    for name in FilePhotoStore(original.settings.data_dir / "photos").names():
        bucket.put(original.photos.get(name))
    there = Installation(
        original.settings, original.engine, bucket, original.pieces, original.node, "", ""
    )
    made = back_up(there, tmp_path / "backup", now=AT)
    assert made.blobs > 0
    assert check(tmp_path / "backup") == (made, ())


def test_what_the_store_lost_is_named_and_stops_nothing_else(
    original: Installation, tmp_path: Path
) -> None:
    with read_session(original.engine) as session:
        lost, changed, *_ = sorted(named_blobs(session))
    blob(original.settings.data_dir, lost).unlink()
    blob(original.settings.data_dir, changed).write_bytes(b"another")
    made = back_up(original, tmp_path / "backup", now=AT)
    assert made.lacking == (lost, changed)
    assert check(tmp_path / "backup")[1] == tuple(
        f"photo or picture {sha256} was lost before" for sha256 in (lost, changed)
    )


def test_a_purge_meanwhile_is_told_and_what_it_removed_leaves_older_backups(
    original: Installation, tmp_path: Path
) -> None:
    out = tmp_path / "backup"
    first = back_up(original, out, now=AT)

    def purging(step: Step, done: int, _total: int | None) -> None:
        if step == "rows" and done == len(first.files) - 1:
            with write_session(original.engine) as session:
                purge(
                    session, original.photos, AT, unverified=True, actor="system", now=AT
                )  # fmt: skip
                session.commit()

    other = tmp_path / "other"
    with pytest.raises(BackupError, match="removed by `digitizer purge`"):
        back_up(original, other, progress=purging, now=AT)
    assert not (other / "manifest.json").exists()
    for path in out.glob("photos/*/*/*"):
        path.with_name(f"{path.name}.damaged").write_bytes(b"?")
    second = back_up(original, out, now=AT + timedelta(hours=1))
    assert not [*out.glob("photos/*/*/*.damaged")]
    kept = set(FilePhotoStore(out / "photos").names())
    assert len(kept) == second.blobs < first.blobs
    assert check(out) == (second, ())


def test_another_folder_is_left_alone(original: Installation, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("keep me")
    with pytest.raises(BackupError, match=r"holds other things, such as letter\.txt"):
        back_up(original, tmp_path / "full", now=AT)
    with pytest.raises(BackupError, match="is no folder"):
        back_up(original, tmp_path / "full" / "letter.txt", now=AT)
    out = tmp_path / "backup"
    back_up(original, out, now=AT)
    facts = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps({**facts, "node": "another"}))
    with pytest.raises(BackupError, match="holds a backup of node another"):
        back_up(original, out, now=AT)


def test_two_at_once_do_not_mix(original: Installation, tmp_path: Path) -> None:
    out, errors = tmp_path / "backup", list[BackupError]()

    def second(_step: Step, done: int, _total: int | None) -> None:
        if not errors and done:
            try:
                back_up(original, out, now=AT + timedelta(hours=1))
            except BackupError as error:
                errors.append(error)

    made = back_up(original, out, progress=second, now=AT)
    assert "another backup is being written" in str(errors[0])
    assert check(out) == (made, ())


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("blob", "is missing or has other bytes"),
        ("no blob", "is missing or has other bytes"),
        ("rows", "event.jsonl.gz has other bytes than were written"),
        ("no rows", "event.jsonl.gz is missing"),
        ("key", "node.key holds no key"),
        ("no key", "node.key is missing"),
        ("head", "the manifest says 0000"),
    ],
)
def test_damage_is_found_and_named(
    original: Installation, tmp_path: Path, damage: str, fault: str
) -> None:
    out = tmp_path / "backup"
    made = back_up(original, out, now=AT)
    some = blob(out, next(blob_names(out / made.rows)))
    rows = out / made.rows / "event.jsonl.gz"
    match damage:
        case "blob":
            some.write_bytes(some.read_bytes()[:-1] + b"?")
        case "no blob":
            some.unlink()
        case "rows":
            rows.write_bytes(rows.read_bytes() + b"?")
        case "no rows":
            rows.unlink()
        case "key":
            (out / "node.key").write_bytes(b"?")
        case "no key":
            (out / "node.key").unlink()
        case "head":
            path = out / "manifest.json"
            path.write_text(
                path.read_text().replace(f'"head": "{made.head}"', f'"head": "{"0" * 64}"')
            )
    faults = check(out)[1]
    assert len(faults) == 1
    assert fault in faults[0]


def test_the_next_backup_writes_anew_what_a_check_found_damaged(
    original: Installation, tmp_path: Path
) -> None:
    out = tmp_path / "backup"
    made = back_up(original, out, now=AT)
    changed, alone, *_ = blob_names(out / made.rows)
    for name in (changed, alone):
        path = blob(out, name)
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    blob(original.settings.data_dir, alone).unlink()
    assert len(check(out)[1]) == 2
    aside = [path.name for path in out.glob("photos/*/*/*.damaged")]
    assert sorted(aside) == [f"{changed}.damaged", f"{alone}.damaged"]
    again = back_up(original, out, now=AT + timedelta(hours=1))
    assert again.lacking == (alone,)
    assert FilePhotoStore(out / "photos").verify(changed)
    # Of the other there may be no better copy in the world.
    assert [path.name for path in out.glob("photos/*/*/*.damaged")] == [f"{alone}.damaged"]


def test_a_photo_that_a_stick_cut_off_is_copied_anew(
    original: Installation, tmp_path: Path
) -> None:
    out = tmp_path / "backup"
    first = back_up(original, out, now=AT)
    cut, kept, *_ = blob_names(out / first.rows)
    blob(out, cut).write_bytes(b"")
    blob(original.settings.data_dir, kept).write_bytes(b"the store's own is damaged")
    second = back_up(original, out, now=AT + timedelta(hours=1))
    assert (second.lacking, second.blob_bytes) == ((), first.blob_bytes)
    assert check(out) == (second, ())


def test_a_bad_block_is_named_and_stops_nothing_else(
    original: Installation, tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "backup"
    made = back_up(original, out, now=AT)
    bad = blob(out, next(blob_names(out / made.rows)))
    read = Path.read_bytes

    def failing(path: Path) -> bytes:
        if path == bad:
            raise OSError(5, "Input/output error")
        return read(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", failing)
        done = restore(out, place("sqlite"), take_over=False, now=AT)
        assert done.lacking == (bad.name,)
        assert check(out)[1] == (f"photo or picture {bad.name} is missing or has other bytes",)
    back_up(original, out, now=AT + timedelta(hours=1))
    assert check(out)[1] == ()


@pytest.mark.parametrize("name", ["event.jsonl.gz", "node.key", "manifest.json"])
def test_a_bad_block_in_other_files_is_told(
    original: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    out = tmp_path / "backup"
    back_up(original, out, now=AT)
    opened = io.open

    def failing(file: Path, *rest: Any, **named: Any) -> Any:  # noqa: ANN401
        if Path(file).name == name:
            raise OSError(5, "Input/output error")
        return opened(file, *rest, **named)

    monkeypatch.setattr(io, "open", failing)
    if name == "manifest.json":
        with pytest.raises(BackupError, match="cannot be read: Input/output error"):
            check(out)
    else:
        assert check(out)[1] == (f"{name} cannot be read: Input/output error",)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "is no JSON"),
        ("{}", "is not as it was written"),
        ('{"format": 2}', "has format 2, needed 1"),
        ("[]", "is not as it was written"),
    ],
)
def test_a_manifest_that_is_none_is_told(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BackupError, match=what):
        read_manifest(tmp_path)


def test_a_name_is_the_hash_of_its_bytes(original: Installation, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    back_up(original, out, now=AT)
    for name in FilePhotoStore(out / "photos").names():
        assert hashlib.sha256(blob(out, name).read_bytes()).hexdigest() == name
