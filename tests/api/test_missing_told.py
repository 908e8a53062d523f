"""Programs are told why the numbers of a TPS count nowhere, as people are on its page."""

from typing import Any

from tests.api.conftest import OTHER_TPS, World
from tests.api.test_reviews import body, confirm
from tests.api.test_two_papers import COPIED_WRONG, SALINAN, copy, outcome, plano
from tests.api.test_two_papers import confirm as confirm_paper
from tests.facts import PAGE_1, PAGE_2, STATION


def told(world: World, tps: str = STATION.code) -> tuple[str | None, list[int]]:
    """Why a TPS is not counted, and the versions of its tally."""
    found: dict[str, Any] = world.client("amat").get(f"/api/tallies/gubernur/{tps}").json()
    return found["missing"], [item["version"] for item in found["versions"]]


def test_a_tps_says_how_far_it_is_until_it_counts(world: World) -> None:
    assert told(world) == ("nothing", [])
    world.read(1, PAGE_1)
    assert told(world) == ("in_review", [])
    assert confirm(world, "rina", body(world)).json()["outcome"] == "tally"
    # There are numbers, and none of them counts.
    assert told(world) == ("page_missing", [1])
    world.read(2, PAGE_2)
    again = body(world) | {"client": "9876543210"}
    assert confirm(world, "rina", again).json()["outcome"] == "tally"
    assert told(world) == (None, [1, 2])
    assert told(world, OTHER_TPS) == ("nothing", [])


def test_numbers_that_readers_dispute_are_not_told_as_if_they_stood(world: World) -> None:
    plano(world)
    assert told(world) == (None, [1])
    copy(world, 1, PAGE_1)
    assert outcome(confirm_paper(world, "budi", SALINAN)) == "tally"
    copy(world, 2, COPIED_WRONG)
    assert outcome(confirm_paper(world, "rina", SALINAN, client="second-page")) == "dispute"
    why, versions = told(world)
    assert (why, versions[0]) == ("disputed", 1)
