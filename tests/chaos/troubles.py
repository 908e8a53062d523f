"""A photo store that refuses, hangs up, forbids, dawdles, or breaks off in an answer."""

import time
from typing import Final

from tests.chaos.bucket import Trouble
from tests.chaos.people import Doing
from tests.chaos.scenarios import UPLOADED
from tests.chaos.world import World

TROUBLES: Final[tuple[Trouble, ...]] = ("refuse", "hang up", "forbid", "slow", "half")
PAGE_S: Final = 5.0
"""Pages that need no photo answer within this time, whatever the store does."""


def trouble(world: World, kind: Trouble, *, seconds: float, pause_s: float) -> None:
    """Let a store be in trouble while photos come in and wait to be read.

    Args:
        world: with an S3 store.
        kind: what the store does to each request.
        seconds: how long.
        pause_s: after which a slow store answers.
    """
    assert world.bucket is not None
    world.send(UPLOADED, 1)
    world.bucket.trouble, world.bucket.pause_s = kind, pause_s
    asked = world.bucket.asked
    sending = [
        Doing(lambda: world.send(UPLOADED, 1)),
        Doing(lambda: world.send(UPLOADED, 2, pieces=True, other=True)),
    ]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        page = world.reviewer.ask("GET", "/queue", timeout=PAGE_S)
        assert page.status_code == 200, page.text
        time.sleep(0.2)
    assert world.bucket.asked > asked, "nobody asked the store"
    world.bucket.trouble = "none"
    for doing in sending:
        doing.done(180)
