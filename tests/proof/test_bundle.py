"""What a bundle holds, what it refuses to hold, and which heads its history contains."""

import json
import shutil
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from digitizer.bundling import bundle
from digitizer.domain.event import head_of
from digitizer.errors import Conflict, NotFound
from digitizer.proof import layout, verify_bundle
from digitizer.proof.chains import History, check_head
from digitizer.proof.faults import Faults
from digitizer.store.engine import migrate, open_engine, read_session, sqlite_url, write_session
from digitizer.store.events import append_event, list_events
from digitizer.store.photos import PhotoStore
from tests.proof.conftest import Told, made
from tests.proof.tampering import read_files
from tests.store import build
from tests.store.build import FORM, A, B, confirm, later, person, send, settle_sheet
from tests.story import set_up


def test_a_bundle_holds(told: Told) -> None:
    report = verify_bundle(told.bundle, key=told.bundled.signer, head=told.bundled.head)
    assert [str(fault) for fault in report.faults] == []
    assert report.holds
    assert (report.tallies, report.photos, report.simulated) == (3, 6, True)
    assert (report.events, report.head) == (told.bundled.events, told.bundled.head)


def test_every_moment_of_one_chain_is_found_by_its_head(told: Told) -> None:
    with read_session(told.engine) as session:
        events = list_events(session)[: told.bundled.events]
    for event in (events[0], events[20], events[-1]):
        noted = head_of([(event.node, event.seq, event.hash)])
        assert verify_bundle(told.bundle, head=noted.upper()).holds


def test_that_it_left_is_an_event_with_its_hash(told: Told) -> None:
    with read_session(told.engine) as session:
        left = list_events(session, kind="tallies_exported")[-1]
    assert (left.payload["kind"], left.payload["head"]) == ("bundle", told.bundled.head)


def test_files_stand_in_one_order_and_without_a_time(told: Told) -> None:
    with zipfile.ZipFile(told.bundle) as archive:
        entries = archive.infolist()
        manifest = json.loads(archive.read(layout.MANIFEST))
    names = [entry.filename for entry in entries]
    photos = [name for name in names if name.startswith(layout.PHOTOS)]
    chain = layout.events_file(manifest["chains"][0][0])
    assert names == [layout.README, layout.TALLIES, layout.TOTALS, layout.READINGS, chain,
                     *sorted(photos), layout.MANIFEST, layout.SIGNATURE]  # fmt: skip
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_its_columns_are_those_of_the_tallies_that_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forms of one contest have unlike fields, and so may two versions of one form."""
    engine = open_engine(sqlite_url(tmp_path))
    migrate(engine)
    photos = PhotoStore.open((tmp_path / "photos").as_uri())

    def columns() -> set[str]:
        path = tmp_path / "b.zip"
        with path.open("w+b") as file:
            bundle(engine, photos, tmp_path, file, now=later(30))
        assert [str(fault) for fault in verify_bundle(path).faults] == []
        (header, *_) = read_files(path.read_bytes())[layout.TALLIES].decode().splitlines()
        return set(FORM.fields) & set(header.split(","))

    with write_session(engine) as session:
        set_up(session, tmp_path)
        reviewer = person(session, "rina")
        for tps in (A, B):
            sent = send(session, photos, tps.encode(), person(session, tps, "witness"), tps)
            settle_sheet(session, sent.photo, tps)
            confirm(session, tps, reviewer, name=tps)
        session.commit()
    assert columns() == set(FORM.fields)
    shorter = replace(FORM, pages=FORM.pages[1:], rules=())
    monkeypatch.setattr(build, "FORM", shorter)
    for tps, left in ((B, set(FORM.fields)), (A, set(shorter.fields))):
        with write_session(engine) as session:
            confirm(session, tps, reviewer, name=f"{tps}b", now=later(5))
            session.commit()
        assert columns() == left
    engine.dispose()


@pytest.fixture
def own(tmp_path: Path) -> Told:
    return made(tmp_path)


def test_one_office_alone_has_the_whole_history(own: Told) -> None:
    path = own.folder / "gub.zip"
    with path.open("w+b") as file:
        bundle(own.engine, own.photos, own.folder, file, contest="gub", now=later(31))
    assert verify_bundle(path).holds
    files = read_files(path.read_bytes())
    assert b"pres" not in files[layout.TOTALS]
    assert json.loads(files[layout.MANIFEST])["contests"] == ["gub", "gub-psu"]


def test_a_missing_public_copy_is_no_bundle(own: Told) -> None:
    shutil.rmtree(own.folder / "photos")
    with pytest.raises(NotFound, match="no blob has sha256"):
        bundle(own.engine, own.photos, own.folder, BytesIO(), with_photos=True, now=later(31))


@pytest.mark.untold  # an event as older versions wrote them
def test_notes_of_older_events_leave_only_when_that_is_said(own: Told) -> None:
    with write_session(own.engine) as session:
        place = {"contest": "gub", "tps": A, "form": FORM.id, "version": 3}
        append_event(session, "form_escalated", {**place, "reason": "Pak Tono"}, "a", later(31))
        session.commit()
    with pytest.raises(Conflict, match="holds a note that somebody wrote"):
        bundle(own.engine, own.photos, own.folder, BytesIO(), now=later(32))
    bundle(own.engine, own.photos, own.folder, BytesIO(), with_notes=True, now=later(32))


def test_of_several_chains_published_heads_are_found_and_made_up_ones_are_not() -> None:
    chains = [("a", 2, "2" * 64), ("b", 1, "3" * 64)]
    history = History(hashes={"a": ["1" * 64, "2" * 64, "4" * 64], "b": ["3" * 64, "5" * 64]})
    noted = head_of(chains)
    faults = Faults()
    check_head(history, faults, noted)
    assert faults.count == 1
    history.published.append(("events/a.jsonl line 3", noted, chains))
    again = Faults()
    check_head(history, again, noted)
    check_head(history, again, history.head)
    assert again.count == 0
