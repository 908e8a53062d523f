"""A TPS of whose votes there is no photo is not in, wherever that is said."""

from pathlib import Path

import pytest

from digitizer.bundling import bundle
from digitizer.proof import verify_bundle
from digitizer.store.comparisons import comparison_of
from digitizer.store.elections import get_contest
from digitizer.store.engine import read_session, write_session
from digitizer.store.recap_keeping import check_recap
from digitizer.store.samples import verified_count
from tests.api.conftest import World
from tests.api.samples import when
from tests.api.test_compare import VOTES, send, table
from tests.api.test_reviews import body, confirm, rows
from tests.facts import NOW, PAGE_1, PAGE_2, STATION

MISSING = "/recap/gubernur/missing?lang=id"


@pytest.fixture
def half(world: World) -> World:
    """Official results are known; then only the page of the voters arrives, and is confirmed."""
    assert send(world.client("admin"), table({STATION.code: VOTES})).status_code == 201
    world.read(1, PAGE_1)
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"
    return world


def counted(world: World) -> tuple[int, dict[str, int]]:
    recap = world.client("amat").get("/api/recap/gubernur").json()["recap"]
    return recap["counted"], recap["totals"]


def holds(world: World, folder: Path) -> int:
    """Of how many tallies a bundle tells; it must hold."""
    web = world.app.state.web
    path = folder / "b.zip"
    with path.open("w+b") as file:
        bundle(web.engine, web.photos, world.settings.data_dir, file, now=NOW)
    report = verify_bundle(path)
    assert [str(fault) for fault in report.faults] == []
    return report.tallies


def compared(world: World) -> tuple[int, int]:
    with read_session(world.app.state.web.engine) as session:
        found = comparison_of(session, get_contest(session, "gubernur"))
    return found.only_theirs, found.equal


def test_without_its_votes_it_is_missing_until_they_are_seen(half: World, tmp_path: Path) -> None:
    assert counted(half) == (0, {})
    assert half.client("amat").get("/api/tallies/gubernur").json()["tallies"] == []
    assert rows(half) == []
    assert holds(half, tmp_path) == 0
    assert compared(half) == (1, 0)
    shown = half.client("amat", page=True).get(MISSING).text
    assert STATION.name in shown
    assert "halaman kurang" in shown
    page = f"/recap/gubernur/tps/{STATION.code}"
    assert (
        "Belum dihitung: halaman dengan suaranya" in half.client("amat", page=True).get(page).text
    )
    with write_session(half.app.state.web.engine) as session:
        assert verified_count(session, "gubernur", when()) == 0
        assert check_recap(session) == ()

    half.read(2, PAGE_2)
    assert "halaman kurang" not in half.client("amat", page=True).get(MISSING).text
    again = body(half) | {"client": "9876543210"}
    assert confirm(half, "rina", again).json()["outcome"] == "tally"
    assert counted(half)[1]["paslon_1"] == 61
    assert "Belum dihitung" not in half.client("amat", page=True).get(page).text
    assert [row["paslon_1"] for row in rows(half)] == ["61"]
    assert holds(half, tmp_path) == 1
    assert compared(half) == (0, 1)
    with write_session(half.app.state.web.engine) as session:
        assert verified_count(session, "gubernur", when()) == 1
        assert check_recap(session) == ()


def test_with_its_votes_alone_it_is_in(world: World, tmp_path: Path) -> None:
    """The number of voters is a gap, which is told beside the total."""
    world.read(2, PAGE_2)
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"
    assert counted(world)[0] == 1
    assert world.client("amat").get("/api/recap/gubernur").json()["recap"]["with_gaps"] == 1
    assert holds(world, tmp_path) == 1
