"""A form of the installation: a fact, known to every process, and photos read once more for it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from digitizer import own_forms
from digitizer.errors import Conflict, FormFileError
from digitizer.forms import form_file, know_forms, list_forms, load_form, own_files, shipped_ids
from digitizer.own_forms import install_form, refresh_forms
from digitizer.store.events import list_events, verify_chain
from digitizer.store.form_drafts import (
    begin_draft,
    change_draft,
    draft,
    drafts,
    drop_draft,
    page_picture,
)
from digitizer.store.form_files import forms_in_force, saved_forms
from tests.store.build import NOW, later

SHIPPED = "c-hasil-kwk-gubernur-2024-2p"
OWN = "c-hasil-desa-2029"


def text(version: int = 1, *, form: str = OWN) -> str:
    """A form of an installation: the shipped reference layout under another name."""
    shipped = form_file(SHIPPED)
    return shipped.replace(f'id = "{SHIPPED}"', f'id = "{form}"', 1).replace(
        "version = 1", f"version = {version}", 1
    )


def test_a_saved_form_is_known_and_told(session: Session) -> None:
    done = install_form(session, text(), "system", NOW)
    assert (done.form.id, done.form.number, done.again) == (OWN, 1, 0)
    assert OWN not in list_forms()
    refresh_forms(session, at_once=True)
    assert set(list_forms()) == {*shipped_ids(), OWN}
    assert load_form(OWN).version == done.form.version
    assert form_file(OWN) == text()
    (event,) = list_events(session, kind="form_saved")
    assert (event.payload["form"], event.payload["number"]) == (OWN, 1)
    assert event.payload["text"] == text()
    assert verify_chain(session) == ()


def test_the_same_file_again_is_no_second_fact(session: Session) -> None:
    for _ in range(2):
        install_form(session, text(), "system", NOW)
    assert len(list_events(session, kind="form_saved")) == 1


def test_a_new_version_needs_a_higher_number_and_the_old_one_stays(session: Session) -> None:
    install_form(session, text(1), "system", NOW)
    with pytest.raises(Conflict, match="version 1 of c-hasil-desa-2029 is in force") as refused:
        install_form(session, text(1) + "\n", "system", NOW)
    assert refused.value.hint == "set version = 2"
    install_form(session, text(2), "system", later(1))
    assert [item.number for item in saved_forms(session)] == [1, 2]
    assert forms_in_force(session) == {OWN: text(2)}
    refresh_forms(session, at_once=True)
    assert load_form(OWN).number == 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (text(form=SHIPPED), "is shipped with the product"),
        (text().replace("version = 1", "version = 0", 1), "version: input should be greater"),
        (text().replace("equals =", "equal =", 1), "unknown key"),
        ("id = ", "not TOML"),
    ],
)
def test_a_wrong_file_is_not_kept(session: Session, wrong: str, told: str) -> None:
    with pytest.raises(FormFileError, match=told):
        install_form(session, wrong, "system", NOW)
    assert saved_forms(session) == ()


def test_what_a_newer_program_wrote_is_left_out_and_told() -> None:
    faults = know_forms({OWN: text(), "c-besok": "id = 'c-besok'\nholograms = true\n"})
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
        install_form(session, text(), "system", NOW)
        session.commit()
        clock[0] += own_forms.CHECK_S / 2
        refresh_forms(session)
        assert OWN not in list_forms()
        clock[0] += own_forms.CHECK_S
        refresh_forms(session)
        assert OWN in list_forms()


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
