"""Two workers with one photo: one is stopped in the middle of it, and comes back.

On PostgreSQL alone: SQLite has one place for all writers, and who is stopped may hold it.
"""

import signal
import time
from typing import Final

from digitizer.store.engine import read_session
from digitizer.store.readings import reading_of
from tests.chaos.people import Doing, photo
from tests.chaos.processes import wait_until
from tests.chaos.sabotage import COMMIT, DIGEST, Plan
from tests.chaos.scenarios import UPLOADED
from tests.chaos.world import World

STILL_S: Final = 1.0
STOP_S: Final = 120.0
"""A worker finishes the photos that it has at hand within this time."""

TAKEN_OVER_S: Final = 180.0
"""A worker that gives no sign of life is taken for dead well within this time."""

PAUSES: Final = (
    Plan("work", DIGEST, "after", strike="pause"),
    Plan("work", DIGEST, "before", strike="pause"),
)
"""Where the first worker stops while another reads the same photo."""

HOLDING: Final = Plan("work", COMMIT, "before", "_keep", strike="pause")
"""Where it stops with all that it wrote not committed, and everybody who writes must wait."""


def two_on_one(world: World, plan: Plan) -> None:
    """A worker stops at a step of reading a photo; another reads it; the first goes on.

    The other has the photo from a second sender, so that it need not wait until the first is taken
    for dead.
    """
    world.all_read()  # or it may stop with another photo's reading half committed
    world.numbers += 1
    data = photo(UPLOADED, 1, world.numbers)
    world.sabotage.lay(plan)
    sha256 = world.phone.send(data, UPLOADED)
    world.sabotage.wait()
    first = world.worker
    assert first is not None
    world.sabotage.lift()
    second = world.command("work", role="work")
    try:
        world.other_phone.send(data, UPLOADED)
        wait_until("the other worker reads it", lambda: is_read(world, sha256))
        time.sleep(STILL_S)
    finally:
        first.send(signal.SIGCONT)
        second.send(signal.SIGTERM)
        status = second.wait(STOP_S)
    world.all_read()
    assert status == 0, second.last_words()
    assert first.status is None, first.last_words()


def taken_over(world: World, plan: Plan) -> None:
    """A worker stops with a photo at hand; another takes it for dead and reads it; it goes on."""
    world.sabotage.lay(plan)
    sha256 = world.send(UPLOADED, 1)
    world.sabotage.wait()
    first = world.worker
    assert first is not None
    world.sabotage.lift()
    second = world.command("work", role="work")
    try:
        wait_until("the other worker takes it over", lambda: is_read(world, sha256), TAKEN_OVER_S)
    finally:
        first.send(signal.SIGCONT)
        second.send(signal.SIGTERM)
        status = second.wait(STOP_S)
    world.all_read()
    assert status == 0, second.last_words()
    assert first.status is None, first.last_words()


def is_read(world: World, sha256: str) -> bool:
    """Whether a photo was read."""
    with world.engine() as engine, read_session(engine) as session:
        return reading_of(session, sha256) is not None


def stopped_in_the_way(world: World, seconds: float) -> None:
    """A worker stops while it holds the place of writers; phones are told to come back, and do."""
    world.all_read()  # or it may stop with another photo, and the first phone waits for good
    world.sabotage.lay(HOLDING)
    world.send(UPLOADED, 1)
    world.sabotage.wait()
    stopped = world.worker
    assert stopped is not None
    waiting = Doing(lambda: world.send(UPLOADED, 1))
    time.sleep(seconds)
    stopped.send(signal.SIGCONT)
    waiting.done()
    world.sabotage.lift()
