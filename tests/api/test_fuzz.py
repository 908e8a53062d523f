"""A short form of `make fuzz`: hostile requests to every route, as everybody."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from benchmarks.fuzz_api import attack, attack_barely
from benchmarks.fuzz_world import ROLES, STATIONS, Target, known_values
from tests.api.conftest import World
from tests.api.test_routes import unplaced
from tests.conftest import ROOT
from tests.facts import PAGE_2


@pytest.fixture
def target(world: World) -> Iterator[Target]:
    """The application on a port, with something of everything in its store."""
    world.read_form()
    world.read(2, PAGE_2, tps=STATIONS[0], sender="saksi-tps")
    unplaced(world, "saksi-tps", 40)
    known = known_values(world)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(world.app, port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    secret = (str(world.settings.data_dir), str(ROOT))
    yield Target(f"http://127.0.0.1:{port}", known, secret)
    server.should_exit = True
    thread.join(timeout=30)


@pytest.mark.untold
@pytest.mark.slow
def test_no_route_answers_a_hostile_request_with_an_error_of_its_own(target: Target) -> None:
    run = attack(target, seed=1, rounds=1, turn=1)
    assert run.failures == {}
    assert len(run.sent) > 20
    assert set(run.logins) == set(ROLES)


@pytest.mark.untold
@pytest.mark.slow
def test_what_no_library_would_send_is_refused_or_answered(target: Target) -> None:
    run = attack(target, seed=2, rounds=0)
    attack_barely(run, patient=False)
    assert run.failures == {}
    assert run.statuses[200] > 5
