"""`digitizer recap` and `digitizer election publish`."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from digitizer.cli import app
from digitizer.errors import NotFound, SettingsError
from digitizer.settings import Settings
from digitizer.store.engine import open_engine, read_session, write_session
from digitizer.store.publication import published_since
from tests import kaltim
from tests.conftest import ROOT

pytestmark = pytest.mark.untold  # tallies are put in all at once


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with the tallies of one TPS in each kabupaten of Kaltim; gives its address."""
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(tmp_path))
    assert run("election", "init", str(ROOT / "samples/kaltim-2024/election.toml")).exit_code == 0
    url = Settings().database
    engine = open_engine(url)
    first = {item.tps[:4]: item for item in reversed(kaltim.tallies())}
    with write_session(engine) as session:
        kaltim.load_tallies(session, [first[code] for code in kaltim.KABKOTA])
        session.commit()
    engine.dispose()
    return url


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_totals_with_their_coverage(store: str) -> None:
    told = run("recap", "gubernur", "64")
    assert told.exit_code == 0
    assert "SIMULASI" in told.output
    assert "10 of 6,274 TPS in, 0 with gaps, 0 disputed" in told.output
    assert "JUMLAH" in told.output
    assert "Bukan hasil resmi" in told.output
    said = json.loads(run("recap", "gubernur", "64", "--json").stdout)
    assert (said["simulated"], said["recap"]["counted"]) == (True, 10)
    assert [item["code"] for item in said["children"]] == sorted(kaltim.KABKOTA)
    assert (
        sum(item["totals"]["paslon_1"] for item in said["children"])
        == (said["recap"]["totals"]["paslon_1"])
    )
    assert json.loads(run("recap", "--json").stdout)["contest"] == "gubernur"
    for wrong in (("nothing",), ("gubernur", "641")):
        assert isinstance(run("recap", *wrong).exception, NotFound)
    for nowhere in ("99", "9999", "6411999001", "6411032001999"):
        done = run("recap", "gubernur", nowhere)
        assert isinstance(done.exception, NotFound)
        assert f"contest 'gubernur' has no TPS in '{nowhere}'" in str(done.exception)


@pytest.mark.parametrize("where", [(), ("gubernur", "99")])
def test_a_recount_says_what_was_another_and_mends_it(store: str, where: tuple[str, ...]) -> None:
    assert run("recap", "--recount").exit_code == 0
    engine = open_engine(store)
    with write_session(engine) as session:
        session.connection().execute(
            text(
                "UPDATE recap_sum SET counted = 99 WHERE wilayah = '6411' AND contest = 'gubernur'"
            )
        )
        session.commit()
    engine.dispose()
    told = run("recap", "--recount", *where)
    assert told.exit_code == 1
    assert "gubernur, 6411: kept" in told.output
    assert run("recap", "--recount").exit_code == 0


def test_the_date_is_set_in_the_zone_of_the_election(store: str) -> None:
    def since() -> str | None:
        engine = open_engine(store)
        with read_session(engine) as session:
            found = published_since(session)
        engine.dispose()
        return found.isoformat() if found else None

    told = run("election", "publish", "--at", "2024-11-28T18:00")
    assert told.output.strip().endswith("recap shown from 2024-11-28 10:00 UTC")
    assert since() == "2024-11-28T10:00:00+00:00"
    assert run("election", "publish", "--at", "2024-11-28T18:00+07:00").exit_code == 0
    assert since() == "2024-11-28T11:00:00+00:00"
    assert "to nobody" in run("election", "publish", "--off").output
    assert since() is None
    for wrong in ((), ("--at", "besok"), ("--at", "2024-11-28", "--off")):
        assert isinstance(run("election", "publish", *wrong).exception, SettingsError)
