"""`digitizer backup` killed with SIGKILL: what it leaves never looks whole, and loses nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digitizer.backup import check
from digitizer.errors import BackupError
from digitizer.installation import open_installation
from digitizer.settings import Settings
from digitizer.store.accounts import add_account
from digitizer.store.elections import init_election, read_election_file
from digitizer.store.engine import write_session
from digitizer.store.receiving import receive
from tests.conftest import ROOT

PHOTOS = 400
PATIENCE = 120.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with so many photos that a backup takes some time."""
    settings = Settings(data_dir=tmp_path / "data", database_url="", store_url="")
    installation = open_installation(settings)
    now = datetime.now(UTC)
    with write_session(installation.engine) as session:
        init_election(session, read_election_file(ROOT / "samples/election.toml"), "system", now)
        sender = add_account(session, "saksi", "witness", "kata sandi", tps=None, now=now).id
        for number in range(PHOTOS):
            receive(
                session, installation.photos, b"photo %d" % number, account=sender, tps=None,
                contest=None, file_name="a", idempotency_key=None, now=now,
            )  # fmt: skip
        session.commit()
    installation.engine.dispose()
    return settings


def begun(settings: Settings, out: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (sys.executable, "-m", "digitizer", "backup", str(out)),
        env={**os.environ, "DIGITIZER_DATA_DIR": str(settings.data_dir), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def killed_when(process: subprocess.Popen[bytes], reached: Callable[[], bool]) -> None:
    """Kill it at a moment; it may not have ended before."""
    end = time.monotonic() + PATIENCE
    while not reached():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.002)
    process.kill()
    process.wait()


@pytest.mark.slow
def test_a_killed_backup_is_none_and_the_one_before_stays(
    settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    killed_when(begun(settings, out), lambda: any(out.glob("rows-*/*")))
    with pytest.raises(BackupError, match=r"manifest\.json is missing"):
        check(out)
    killed_when(begun(settings, out), lambda: len([*out.glob("photos/*/*/*")]) > PHOTOS // 10)
    with pytest.raises(BackupError, match=r"manifest\.json is missing"):
        check(out)
    assert begun(settings, out).wait(PATIENCE) == 0
    whole, faults = check(out)
    assert (whole.blobs, faults) == (PHOTOS, ())
    killed_when(begun(settings, out), lambda: len([*out.glob("rows-*")]) == 2)
    assert check(out) == (whole, ())
    assert begun(settings, out).wait(PATIENCE) == 0
    assert len([*out.glob("rows-*")]) == 1
    assert check(out)[1] == ()
