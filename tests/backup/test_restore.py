"""The way back: into either database, whole or not at all, and never two of one node."""

import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql
from sqlalchemy import Engine, inspect
from sqlmodel import SQLModel, select

from digitizer.backup import Manifest, back_up, restore, restoring
from digitizer.backup.writing import blob_names
from digitizer.domain.event import Event
from digitizer.errors import BackupError, StoreError
from digitizer.installation import Installation, open_installation
from digitizer.store.dumping import LEFT_OUT
from digitizer.store.engine import known_revisions, open_engine, read_session, write_session
from digitizer.store.events import append_event, list_events, verify_chain
from digitizer.store.line import in_line, line_length
from digitizer.store.nodes import holds_node
from digitizer.store.photos import PhotoStore
from digitizer.store.recaps import recap_of
from digitizer.store.tables import NodeRow
from tests.backup.conftest import Place
from tests.facts import png
from tests.store.build import A, later, person, send

AT = later(60)
BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a backup holds."""
    with read_session(engine) as session:
        return {
            table.name: sorted(
                (tuple(row) for row in session.connection().execute(sql.select(table))), key=repr
            )
            for table in SQLModel.metadata.sorted_tables
            if table.name not in LEFT_OUT
        }


def events(engine: Engine) -> tuple[Event, ...]:
    with read_session(engine) as session:
        return list_events(session)


@BOTH
def test_every_row_and_blob_comes_back(
    original: Installation, tmp_path: Path, place: Place, kind: str
) -> None:
    made = back_up(original, tmp_path / "backup", now=AT)
    new = place(kind)
    done = restore(tmp_path / "backup", new, take_over=True, now=AT)
    engine, photos = open_engine(new.database), PhotoStore.open(new.photos)
    before, after = rows(original.engine), rows(engine)
    assert before.pop("recap_sum")
    assert after.pop("recap_sum")  # made again by the recount, with a row for each place
    told, sent = after.pop("event"), before.pop("event")
    assert len(told) == len(sent) + 2  # the node of its own, and that it goes on from a backup
    assert all(event in told for event in sent)
    assert len(after.pop("node")) == len(before.pop("node")) + 1
    (signed,) = after.pop("chain_signature")
    assert (original.node, before.pop("chain_signature")) == (signed[0], [])
    assert after == before
    assert all(photos.verify(name) for name in blob_names(tmp_path / "backup" / made.rows))
    assert (done.lacking, done.differing, done.takes_over) == ((), (), True)
    with read_session(engine) as session:
        assert verify_chain(session) == ()
        with read_session(original.engine) as there:
            assert recap_of(session, "gub", "") == recap_of(there, "gub", "")
    engine.dispose()


@BOTH
def test_that_it_goes_on_from_a_backup_is_told(
    original: Installation, tmp_path: Path, place: Place, kind: str
) -> None:
    made = back_up(original, tmp_path / "backup", now=AT)
    new = place(kind)
    restore(tmp_path / "backup", new, take_over=True, now=AT)
    installation = open_installation(new)
    assert installation.node != original.node
    key = (original.settings.data_dir / "node.key").read_bytes()
    assert (new.data_dir / "node.key").read_bytes() != key
    own = [event for event in events(installation.engine) if event.node == installation.node]
    assert [event.kind for event in own][:2] == ["node_created", "backup_restored"]
    assert own[1].payload["node"] == original.node
    assert own[1].payload["head"] == made.head
    installation.engine.dispose()


def test_a_copy_can_not_go_on_as_the_node_it_is_a_copy_of(
    original: Installation, tmp_path: Path, place: Place
) -> None:
    back_up(original, tmp_path / "backup", now=AT)
    new = place("sqlite")
    done = restore(tmp_path / "backup", new, take_over=False, now=AT)
    assert not done.takes_over
    assert not (new.data_dir / "node.key").exists()
    engine = open_engine(new.database)
    assert events(engine) == events(original.engine)
    with write_session(engine) as session, pytest.raises(StoreError, match="no node yet"):
        append_event(session, "password_changed", {"account": "x"}, "x", AT)
    copy = open_installation(new)
    assert copy.node != original.node
    with read_session(engine) as session:
        here = {row.id: row.here for row in session.exec(select(NodeRow))}
    assert here == {original.node: False, copy.node: True}
    assert [event for event in events(engine) if event.node == original.node] == list(
        events(original.engine)
    )
    engine.dispose()
    copy.engine.dispose()


@BOTH
def test_photos_that_waited_have_a_job_again(
    original: Installation, tmp_path: Path, place: Place, kind: str
) -> None:
    with write_session(original.engine) as session:
        sender = person(session, "baru", "witness")
        waiting = [send(session, original.photos, png(9, 9), sender, A, now=AT).upload_id]
        session.commit()
    back_up(original, tmp_path / "backup", now=AT)
    new = place(kind)
    done = restore(tmp_path / "backup", new, take_over=True, now=AT)
    engine = open_engine(new.database)
    with read_session(engine) as session:
        assert done.queued == line_length(session) == len(waiting)
        assert in_line(session, waiting[0])
    engine.dispose()


@BOTH
def test_numbers_that_the_database_gives_out_go_on(
    original: Installation, tmp_path: Path, place: Place, kind: str
) -> None:
    with write_session(original.engine) as session:
        ids = session.connection().exec_driver_sql("SELECT id FROM reading ORDER BY id").scalars()
        first, second, *_ = ids.all()
        insert = "INSERT INTO ink_hash (reading, kind, ink_hash) VALUES ('{}', 'k', '00')"
        session.connection().exec_driver_sql(insert.format(first))
        session.commit()
    back_up(original, tmp_path / "backup", now=AT)
    new = place(kind)
    restore(tmp_path / "backup", new, take_over=False, now=AT)
    engine = open_engine(new.database)
    with write_session(engine) as session:
        session.connection().exec_driver_sql(insert.format(second))
        numbers = session.connection().exec_driver_sql("SELECT number FROM ink_hash").scalars()
        assert len(set(numbers)) == 2
        session.rollback()
    engine.dispose()


def test_nothing_that_is_there_is_written_over(
    original: Installation, tmp_path: Path, place: Place
) -> None:
    back_up(original, tmp_path / "backup", now=AT)
    before = rows(original.engine)
    with pytest.raises(BackupError, match="belongs to an installation that is there already"):
        restore(tmp_path / "backup", original.settings, take_over=True, now=AT)
    elsewhere = original.settings.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    with pytest.raises(BackupError, match="the database holds an installation already"):
        restore(tmp_path / "backup", elsewhere, take_over=True, now=AT)
    assert rows(original.engine) == before
    copy = place("sqlite")
    restore(tmp_path / "backup", copy, take_over=False, now=AT)
    with pytest.raises(BackupError, match="the database holds an installation already"):
        restore(tmp_path / "backup", copy, take_over=False, now=AT)


@BOTH
def test_a_restore_that_is_cut_off_leaves_an_empty_place(
    original: Installation,
    tmp_path: Path,
    place: Place,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody is told to put the original's key there, and so to run its node a second time."""
    out = tmp_path / "backup"
    back_up(original, out, now=AT)
    new = place(kind)

    def cut(_session: object) -> None:
        raise KeyboardInterrupt

    for last in ("migrate_within", "check_recap"):
        with monkeypatch.context() as patch:
            patch.setattr(restoring, last, cut)
            with pytest.raises(KeyboardInterrupt):
                restore(out, new, take_over=True, now=AT)
        engine = open_engine(new.database)
        with read_session(engine) as session:
            assert not holds_node(session)
        engine.dispose()
    restore(out, new, take_over=True, now=AT)
    installation = open_installation(new)
    assert installation.node != original.node
    installation.engine.dispose()


@BOTH
def test_rows_that_do_not_hold_are_refused_and_leave_nothing(
    original: Installation, tmp_path: Path, place: Place, kind: str
) -> None:
    out = tmp_path / "backup"
    made = back_up(original, out, now=AT)
    rewrite_event(out, made)
    new = place(kind)
    with pytest.raises(BackupError, match="does not hold: its hash is not that of its contents"):
        restore(out, new, take_over=True, now=AT)
    engine = open_engine(new.database)
    with read_session(engine) as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM event").scalar() == 0
    engine.dispose()
    assert not (new.data_dir / "node.key").exists()
    back_up(original, tmp_path / "good", now=AT)
    restore(tmp_path / "good", new, take_over=True, now=AT)  # the place is still empty


def rewrite_event(out: Path, made: Manifest) -> None:
    """Change what an event says, and seal its file anew, as somebody would who wants to deceive."""
    path = out / made.rows / "event.jsonl.gz"
    first, *others = gzip.decompress(path.read_bytes()).splitlines()
    row = {**json.loads(first), "actor": "another"}
    path.write_bytes(gzip.compress(b"\n".join([json.dumps(row).encode(), *others]) + b"\n"))
    reseal(out, "event.jsonl.gz", path)


def reseal(out: Path, name: str, path: Path) -> None:
    facts = json.loads((out / "manifest.json").read_text())
    facts["files"][name]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(facts))


def test_damaged_rows_are_refused_before_anything_is_made(
    original: Installation, tmp_path: Path, place: Place
) -> None:
    out = tmp_path / "backup"
    made = back_up(original, out, now=AT)
    (out / made.rows / "tally.jsonl.gz").write_bytes(b"")
    new = place("sqlite")
    with pytest.raises(BackupError, match=r"tally\.jsonl\.gz has other bytes than were written"):
        restore(out, new, take_over=True, now=AT)
    assert not new.data_dir.exists()


def test_a_damaged_photo_is_named_and_keeps_nothing_else_back(
    original: Installation, tmp_path: Path, place: Place
) -> None:
    out = tmp_path / "backup"
    made = back_up(original, out, now=AT)
    lost, changed, *others = blob_names(out / made.rows)
    (out / "photos" / lost[:2] / lost[2:4] / lost).unlink()
    (out / "photos" / changed[:2] / changed[2:4] / changed).write_bytes(b"another")
    new = place("sqlite")
    done = restore(out, new, take_over=True, now=AT)
    assert done.lacking == (lost, changed)
    photos = PhotoStore.open(new.photos)
    assert all(photos.verify(name) for name in others)
    assert not photos.has(changed)


def test_the_key_must_be_there_and_the_right_one(
    original: Installation, tmp_path: Path, place: Place
) -> None:
    out = tmp_path / "backup"
    back_up(original, out, with_key=False, now=AT)
    new = place("sqlite")
    with pytest.raises(BackupError, match="without the key of node"):
        restore(out, new, take_over=True, now=AT)
    wrong = open_installation(place("sqlite"))
    with pytest.raises(BackupError, match="is not the key of node"):
        restore(out, new, take_over=True, key=wrong.settings.data_dir / "node.key", now=AT)
    wrong.engine.dispose()
    assert not new.data_dir.exists()
    restore(out, new, take_over=True, key=original.settings.data_dir / "node.key", now=AT)
    assert (new.data_dir / "node.key").exists()


@pytest.mark.untold  # the story saves a form file, for which that release had no table
@BOTH
def test_a_backup_of_an_earlier_release_is_brought_to_this_one(
    original: Installation, tmp_path: Path, place: Place, kind: str
) -> None:
    out = tmp_path / "backup"
    back_up(original, out, now=AT)
    facts = json.loads((out / "manifest.json").read_text())
    known = known_revisions()
    facts["revision"] = known[known.index("0015") + 1]  # the one before the table of backups
    for younger in ("single_upload", "form_file", "form_draft", "form_draft_page"):
        facts["files"].pop(f"{younger}.jsonl.gz")
    (out / "manifest.json").write_text(json.dumps(facts))
    new = place(kind)
    restore(out, new, take_over=False, now=AT)
    engine = open_engine(new.database)
    assert inspect(engine).has_table("backup")
    assert rows(engine)["photo"] == rows(original.engine)["photo"]
    engine.dispose()


def test_a_backup_of_a_later_release_is_refused(
    original: Installation, tmp_path: Path, place: Place
) -> None:
    out = tmp_path / "backup"
    back_up(original, out, now=AT)
    facts = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps({**facts, "revision": "9999"}))
    with pytest.raises(BackupError, match=f"knows none beyond {known_revisions()[0]}"):
        restore(out, place("sqlite"), take_over=True, now=AT)


def test_a_restored_installation_can_be_backed_up(
    original: Installation, tmp_path: Path, place: Place
) -> None:
    back_up(original, tmp_path / "backup", now=AT)
    new = place("sqlite")
    restore(tmp_path / "backup", new, take_over=True, now=AT)
    installation = open_installation(new)
    made = back_up(installation, tmp_path / "again", now=AT)
    assert made.node == installation.node != original.node
    installation.engine.dispose()
    shutil.rmtree(new.data_dir)
    restore(tmp_path / "again", new, take_over=True, now=AT)
