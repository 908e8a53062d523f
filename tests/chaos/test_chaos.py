"""The short form of `make chaos`: each step of the line is hit once, by what suits it best."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.chaos.bucket import Trouble
from tests.chaos.commands import COMMANDS
from tests.chaos.disk import KIB, full, on_a_disk
from tests.chaos.migrating import (
    killed_at_every_step,
    killed_at_the_first_start,
    killed_once_migrated,
    many_at_once,
)
from tests.chaos.moments import random_moments
from tests.chaos.pairs import PAUSES, two_on_one
from tests.chaos.scenarios import STEPS, VERIFIED
from tests.chaos.sites import sites
from tests.chaos.troubles import trouble
from tests.chaos.world import world

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.untold,  # held against the history by `audit`, while the server is still there
]

LOST_ANSWERS = tuple(
    f"{what}, committed, nobody told"
    for what in ("row of a photo", "last piece of a photo", "reading", "verification")
)
"""What the database did and could not say: the worst that its end can leave."""


def test_on_a_laptop_every_step_survives_the_end_of_its_process() -> None:
    with world("sqlite", "file", forks=True) as made:
        made.have_form(VERIFIED)
        for scenario in STEPS:
            if scenario.brief and scenario.fits(made):
                with noting(f"{scenario.victim}: {scenario.step}"):
                    scenario.run(made)
                    made.audit(read=False)
        for command in COMMANDS:
            if command.brief:
                with noting(command.step):
                    command.run(made, command.plan)
        made.audit()


def test_on_servers_every_step_survives_the_end_of_the_database() -> None:
    with world("postgresql", "s3", forks=True) as made:
        made.have_form(VERIFIED)
        for scenario in STEPS:
            if scenario.victim == "database" and scenario.step in LOST_ANSWERS:
                with noting(f"{scenario.victim}: {scenario.step}"):
                    scenario.run(made)
                    made.audit(read=False)
        kinds: tuple[Trouble, ...] = ("refuse", "half")
        for kind in kinds:
            with noting(f"store: {kind}"):
                trouble(made, kind, seconds=1.0, pause_s=1.0)
        made.audit()
        two_on_one(made, PAUSES[0])
        made.audit()
        random_moments(made, 2, random.Random(3))
        made.audit()


def test_a_full_disk_loses_nothing() -> None:
    with on_a_disk(forks=True) as (made, small):
        made.have_form(VERIFIED)
        for left in (0, 64 * KIB):
            with noting(f"{left} bytes left"):
                full(made, small, left)
                made.audit()


def test_whoever_dies_while_migrating_leaves_the_database_as_it_was() -> None:
    with sites(forks=True) as made:
        killed_at_the_first_start(made.new("sqlite"))
        killed_once_migrated(made.new("sqlite"))
        killed_at_every_step(made.new("sqlite"), stride=45)
        killed_at_every_step(made.new("postgresql"), stride=45)
        many_at_once(made.new("sqlite"), 2, old=False)
        many_at_once(made.new("postgresql"), 2, old=True)


@contextmanager
def noting(step: str) -> Iterator[None]:
    """Say of an error at which step it came."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"at: {step}")
        raise
