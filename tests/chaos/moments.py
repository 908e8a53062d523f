"""Random moments: everybody works, and something is killed again and again."""

import random
import signal
import threading
import time
from collections.abc import Callable
from typing import Final

from tests.chaos.people import Doing
from tests.chaos.scenarios import UPLOADED, VERIFIED
from tests.chaos.world import World

LONGEST_LIFE_S: Final = 2.5
LONGEST_AWAY_S: Final = 1.0


def random_moments(world: World, kills: int, rng: random.Random) -> None:
    """Kill web, worker or database `kills` times, whenever it happens to be."""
    stop = threading.Event()

    def again(act: Callable[[], object], pause_s: float) -> Callable[[], None]:
        def run() -> None:
            while not stop.is_set():
                act()
                stop.wait(pause_s)

        return run

    def download() -> None:
        world.supervisor.download("/exports/gubernur.csv")

    def correct() -> None:
        world.supervisor.correct(VERIFIED, 10 + len(world.ledger.corrections) % 200)

    busy = [
        Doing(again(lambda: world.send(UPLOADED, 1), 0.8)),
        Doing(again(lambda: world.send(UPLOADED, 2, pieces=True, other=True), 1.2)),
        Doing(again(lambda: world.reviewer.confirm(VERIFIED), 0.3)),
        Doing(again(correct, 0.5)),
        Doing(again(download, 0.7)),
    ]
    try:
        for _ in range(kills):
            time.sleep(rng.uniform(0.1, LONGEST_LIFE_S))
            _kill(world, rng)
            time.sleep(rng.uniform(0, LONGEST_AWAY_S))
            world.start()
            world.deaths += 1
    finally:
        stop.set()
    for doing in busy:
        doing.done()


def _kill(world: World, rng: random.Random) -> None:
    victims = ["web", "worker", "both", *(["database"] if world.server is not None else [])]
    victim = rng.choice(victims)
    if victim == "database":
        assert world.server is not None
        world.server.kill()
        return
    for name, process in (("web", world.web), ("worker", world.worker)):
        if victim in (name, "both") and process is not None:
            process.send(signal.SIGKILL)
            process.wait()


def away(world: World, seconds: float) -> None:
    """The database is gone for a while; web and worker outlive it, and phones come back."""
    assert world.server is not None
    assert world.worker is not None
    world.send(UPLOADED, 1)
    world.server.kill()
    sending = Doing(lambda: world.send(UPLOADED, 2))
    time.sleep(seconds)
    world.start()
    sending.done()
