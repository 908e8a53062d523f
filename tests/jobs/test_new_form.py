"""The same evening: a photo of a form nobody knew waits until somebody has described it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digitizer.forms import check_form
from digitizer.installation import open_installation
from digitizer.jobs import run_pending
from digitizer.own_forms import install_form
from digitizer.settings import Settings
from digitizer.store.accounts import add_account
from digitizer.store.election_file import read_election_file
from digitizer.store.elections import init_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.readings import reading_of
from digitizer.store.receiving import receive
from tests.conftest import ROOT
from tests.learn.test_unprepared import filled, learned

__all__ = ["learned"]

pytestmark = pytest.mark.slow


def test_a_photo_is_read_once_its_form_is_known(learned: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    jpeg, entries = filled(check_form(learned), "easy", 4)
    installation = open_installation(settings)
    now = datetime.now(UTC)
    with write_session(installation.engine) as session:
        init_election(session, read_election_file(ROOT / "samples/election.toml"), "system", now)
        witness = add_account(session, "saksi", "witness", "kata sandi saksi", now=now)
        sent = receive(
            session, installation.photos, jpeg, account=witness.id, tps=None, contest=None,
            file_name="foto.jpg", idempotency_key=None, now=now,
        )  # fmt: skip
        session.commit()
    run_pending(settings)
    with read_session(installation.engine) as session:
        first = reading_of(session, sent.photo)
        assert first is not None and first.problem is not None
        assert first.problem.problem in ("unknown_form", "no_form")
    with write_session(installation.engine) as session:
        done = install_form(session, learned.read_text(), "system", datetime.now(UTC))
        session.commit()
    assert done.again == 1
    run_pending(settings)
    with read_session(installation.engine) as session:
        found = reading_of(session, sent.photo)
    installation.engine.dispose()
    assert found is not None and found.reading is not None
    assert (found.reading.form, found.reading.form_version) == (done.form.id, done.form.version)
    assert {name: field.as_written for name, field in found.reading.fields.items()} == {
        name: entry.as_written for name, entry in entries.items()
    }
