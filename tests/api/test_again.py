"""A photo that was found unreadable, read once more because a supervisor or an admin asks."""

import pytest

from digitizer.jobs import run_pending
from digitizer.sandbox import Sandbox
from digitizer.store.engine import read_session, write_session
from digitizer.store.line import line_length
from digitizer.store.purging import purge
from tests.api.conftest import World
from tests.api.test_routes import unplaced
from tests.facts import NOW
from tests.jobs.stand_in import PROGRAM


@pytest.fixture
def upload(world: World) -> str:
    return unplaced(world, "saksi", 40).upload


def line(world: World) -> int:
    with read_session(world.app.state.web.engine) as session:
        return line_length(session)


def test_it_waits_once_and_its_receipt_says_so(world: World, upload: str) -> None:
    page = world.client("sri", page=True)
    assert f"/uploads/{upload}/again" in page.get(f"/receipts/{upload}").text
    for _ in range(2):
        assert page.post(f"/uploads/{upload}/again").headers["Location"] == f"/receipts/{upload}"
    assert line(world) == 1
    receipt = page.get(f"/receipts/{upload}").text
    assert f"/uploads/{upload}/again" not in receipt
    assert "Menunggu dibaca sekali lagi" in receipt
    run_pending(world.settings, sandbox=Sandbox(program=PROGRAM))
    assert line(world) == 0
    assert f"/uploads/{upload}/again" in page.get(f"/receipts/{upload}").text


def test_nobody_else_is_offered_it(world: World, upload: str) -> None:
    for name in ("saksi", "rina"):
        receipt = world.client(name, page=True).get(f"/receipts/{upload}")
        assert receipt.status_code == 200
        assert "/again" not in receipt.text


def test_what_was_read_is_not_read_again(world: World) -> None:
    read = world.read(2, {"paslon_1": "X61"})
    answer = world.client("admin").post(f"/uploads/{read}/again")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_a_removed_original_cannot_be_read_again(world: World, upload: str) -> None:
    web = world.app.state.web
    with write_session(web.engine) as session:
        purge(session, web.photos, NOW.replace(year=2100), unverified=True, actor="system", now=NOW)
        session.commit()
    answer = world.client("admin").post(f"/uploads/{upload}/again")
    assert (answer.status_code, answer.json()["code"]) == (409, "original_removed")
