"""A form of the installation: a fact, known to every process, and photos read once more for it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, delete, select

from digitizer import own_forms
from digitizer.domain.verdict import Unreadable
from digitizer.errors import Conflict, FormFileError
from digitizer.forms import form_file, know_forms, list_forms, load_form, own_files, shipped_ids
from digitizer.own_forms import install_form, refresh_forms
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.form_drafts import (
    begin_draft,
    change_draft,
    draft,
    drafts,
    drop_draft,
    page_picture,
)
from digitizer.store.form_files import forms_in_force, read_again_for, saved_forms
from digitizer.store.job_tables import JobRow
from digitizer.store.photos import PhotoStore
from digitizer.store.readings import save_reading
from tests.store.build import (
    FORM,
    NOW,
    A,
    B,
    confirm,
    later,
    numbers,
    person,
    send,
    settle_sheet,
)
from tests.story import OWN, SHIPPED, own_form


def test_a_saved_form_is_known_and_told(session: Session) -> None:
    done = install_form(session, own_form(), "system", NOW)
    assert (done.form.id, done.form.number, done.again) == (OWN, 1, 0)
    assert OWN not in list_forms()
    refresh_forms(session, at_once=True)
    assert set(list_forms()) == {*shipped_ids(), OWN}
    assert load_form(OWN).version == done.form.version
    assert form_file(OWN) == own_form()
    (event,) = list_events(session, kind="form_saved")
    assert (event.payload["form"], event.payload["number"]) == (OWN, 1)
    assert event.payload["text"] == own_form()
    assert verify_chain(session) == ()


def test_the_same_file_again_is_no_second_fact(session: Session) -> None:
    for _ in range(2):
        install_form(session, own_form(), "system", NOW)
    assert len(list_events(session, kind="form_saved")) == 1


def test_a_new_version_needs_a_higher_number_and_the_old_one_stays(session: Session) -> None:
    install_form(session, own_form(1), "system", NOW)
    with pytest.raises(Conflict, match="version 1 of c-hasil-desa-2029 is in force") as refused:
        install_form(session, own_form(1) + "\n", "system", NOW)
    assert refused.value.hint == "set version = 2"
    install_form(session, own_form(2), "system", later(1))
    assert [item.number for item in saved_forms(session)] == [1, 2]
    assert forms_in_force(session) == {OWN: own_form(2)}
    refresh_forms(session, at_once=True)
    assert load_form(OWN).number == 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (own_form(form=SHIPPED), "is shipped with the product"),
        (
            own_form().replace("id = 1602", "id = 602"),
            f"page 2 carries tag 602, as page 2 of {SHIPPED}",
        ),
        (own_form().replace("version = 1", "version = 0", 1), "version: input should be greater"),
        (own_form().replace("equals =", "equal =", 1), "unknown key"),
        ("id = ", "not TOML"),
    ],
)
def test_a_wrong_file_is_not_kept(session: Session, wrong: str, told: str) -> None:
    with pytest.raises(FormFileError, match=told):
        install_form(session, wrong, "system", NOW)
    assert saved_forms(session) == ()


def test_what_a_newer_program_wrote_is_left_out_and_told() -> None:
    faults = know_forms({OWN: own_form(), "c-besok": "id = 'c-besok'\nholograms = true\n"})
    assert [fault.message.partition(":")[0] for fault in faults] == ["c-besok.toml"]
    assert OWN in list_forms()
    assert "c-besok" not in list_forms()
    assert set(own_files()) == {OWN, "c-besok"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Seconds, moved by hand."""
    at = [1000.0]
    monkeypatch.setattr(own_forms, "monotonic", lambda: at[0])
    monkeypatch.setattr(own_forms, "_seen", own_forms._Seen())
    yield at


def test_another_process_knows_it_two_seconds_later(engine: Engine, clock: list[float]) -> None:
    with Session(engine) as session:
        refresh_forms(session)
        install_form(session, own_form(), "system", NOW)
        session.commit()
        clock[0] += own_forms.CHECK_S / 2
        refresh_forms(session)
        assert OWN not in list_forms()
        clock[0] += own_forms.CHECK_S
        refresh_forms(session)
        assert OWN in list_forms()


def test_who_only_looks_at_a_draft_locks_nothing(engine: Engine) -> None:
    with write_session(engine) as session:
        name = begin_draft(session, {"id": "c"}, [b"satu"], "admin", NOW)
        session.commit()
    with read_session(engine) as one, read_session(engine) as other:
        assert draft(one, name).body == draft(other, name).body == {"id": "c"}
        assert page_picture(one, name, 0) == b"satu"
        assert [item.id for item in drafts(one)] == [name]
        assert forms_in_force(one) == {}
        refresh_forms(one, at_once=True)


def test_a_draft_is_kept_as_it_stands(session: Session, tmp_path: Path) -> None:
    name = begin_draft(session, {"id": "", "page": []}, [b"satu", b"dua"], "admin", NOW)
    assert draft(session, name).body == {"id": "", "page": []}
    assert [page_picture(session, name, at) for at in (0, 1)] == [b"satu", b"dua"]
    revision = change_draft(session, name, {"id": "c"}, 1, NOW + timedelta(minutes=1))
    assert (revision, draft(session, name).body) == (2, {"id": "c"})
    with pytest.raises(Conflict, match="revision 2, opened at 1"):
        change_draft(session, name, {"id": "d"}, 1, NOW)
    assert [item.id for item in drafts(session)] == [name]
    drop_draft(session, name)
    assert drafts(session) == ()
    assert list_events(session)[-1].kind == "tps_listed"


@pytest.fixture
def four(session: Session, photos: PhotoStore) -> dict[str, str]:
    """Uploads: of an unknown form, too dark, read with another file, and confirmed."""
    witness, reviewer = person(session, "saksi", "witness"), person(session, "peninjau")
    sent = {
        name: send(session, photos, name.encode(), witness, tps)
        for name, tps in (("unknown", None), ("dark", None), ("read", A), ("counted", B))
    }
    for name, code in (("unknown", "unknown_form"), ("dark", "too_dark")):
        problem = Unreadable(code, "told", "", MappingProxyType({}))
        save_reading(session, sent[name].photo, None, problem, {}, 0.1, NOW)
    for name, tps in (("read", A), ("counted", B)):
        settle_sheet(session, sent[name].photo, tps)
    confirm(session, B, reviewer)
    session.exec(delete(JobRow))
    return {name: receipt.upload_id for name, receipt in sent.items()}


def test_photos_that_a_new_file_may_tell_more_of_are_read_once_more(
    session: Session, four: dict[str, str]
) -> None:
    """FORM of `build` stands for a form of the installation that has another version now."""
    assert read_again_for(session, FORM.id, "2-other", NOW) == 2
    waiting = {row.upload for row in session.exec(select(JobRow))}
    assert waiting == {four["unknown"], four["read"]}
    assert read_again_for(session, FORM.id, "2-other", NOW) == 0


def test_with_the_very_file_nothing_is_read_once_more_but_what_was_not_recognised(
    session: Session, four: dict[str, str]
) -> None:
    version = numbers().form_version
    assert read_again_for(session, FORM.id, version, NOW) == 1
    assert [row.upload for row in session.exec(select(JobRow))] == [four["unknown"]]
