"""Every step of the line, and what is killed at it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from tests.chaos.sabotage import (
    COMMIT,
    DIGEST,
    LINK,
    PIECE_FILE,
    PIECE_OBJECT,
    PUT_FILE,
    PUT_OBJECT,
    RECORD_EXPORT,
    SAVE_CORRECTION,
    SAVE_READING,
    SAVE_VERIFICATION,
    Plan,
)
from tests.chaos.world import World

UPLOADED: Final = "6411042003001"
"""The TPS for which photos are sent again and again."""

VERIFIED: Final = "6411032001001"
"""The TPS that is confirmed again and again, each time as a new version."""

Victim = Literal["web", "worker", "database", "command"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One step at which one thing is killed, while somebody does one thing.

    Attributes:
        step: where in the line, in words.
        brief: it belongs to the short form.
        databases, stores: on which kinds it makes sense.
    """

    step: str
    victim: Victim
    plan: Callable[[World], Plan]
    act: Callable[[World], object]
    brief: bool = True
    databases: tuple[str, ...] = ("sqlite", "postgresql")
    stores: tuple[str, ...] = ("file", "s3")

    def fits(self, world: World) -> bool:
        """Whether it makes sense in this world."""
        return world.database in self.databases and world.store in self.stores

    def run(self, world: World) -> None:
        """Let it happen, and let everybody finish what they began."""
        world.struck(self.plan(world), lambda: self.act(world))


def _send(world: World) -> None:
    world.send(UPLOADED, 1 + world.numbers % 2)


def _send_in_pieces(world: World) -> None:
    world.send(UPLOADED, 1, pieces=True)


def _confirm(world: World) -> None:
    world.reviewer.confirm(VERIFIED)


def _correct(world: World) -> None:
    world.supervisor.correct(VERIFIED, 10 + len(world.ledger.corrections))


def _download(world: World) -> None:
    world.reviewer.download("/exports/gubernur.csv")


def _workbook(world: World) -> None:
    world.reviewer.download("/exports/gubernur/recap.xlsx")


def _take_back(world: World) -> None:
    """Confirm and take it back; too late is an answer too, where the machine is slow."""
    taken = world.reviewer.confirm(VERIFIED)
    answer = world.reviewer.until_answered(
        lambda: world.reviewer.ask("POST", f"/verifications/{taken}/withdrawal")
    )
    assert answer.status_code in (204, 409), answer.text


def _look(world: World) -> None:
    """See the published recap, whose head the first visitor of an hour takes."""
    for item in ("--at", "2024-11-28T18:00"), ("--off",), ("--at", "2024-11-28T18:00"):
        world.commanded("election", "publish", *item)
    answer = world.phone.until_answered(lambda: world.phone.ask("GET", "/recap/gubernur"))
    assert answer.status_code == 200, answer.text


def _put(world: World) -> str:
    return PUT_FILE if world.store == "file" else PUT_OBJECT


def _piece(world: World) -> str:
    return PIECE_FILE if world.store == "file" else PIECE_OBJECT


def _at(plan: Plan) -> Callable[[World], Plan]:
    return lambda _: plan


def _commits(
    step: str, role: Literal["web", "work"], within: str, act: Callable[[World], object],
    *, brief: bool = True,
) -> tuple[Scenario, ...]:  # fmt: skip
    """Four ways in which a commit goes wrong: process or database, before it or after."""
    victim: Victim = "web" if role == "web" else "worker"
    before = Plan(role, COMMIT, "before", within)
    on_server = ("postgresql",)
    return (
        Scenario(f"{step}, not committed", victim, _at(before), act, brief),
        Scenario(
            f"{step}, committed, nobody told", victim, _at(replace(before, moment="after")), act,
            brief,
        ),
        Scenario(
            f"{step}, not committed", "database", _at(replace(before, strike="kill database")), act,
            brief, on_server,
        ),
        Scenario(
            f"{step}, committed, nobody told", "database",
            _at(replace(before, strike="lose answer")), act, brief, on_server,
        ),
    )  # fmt: skip


HEAD: Final = Scenario(
    "head of the hour taken, not committed", "web",
    _at(Plan("web", COMMIT, "before", "head_now")), _look,
)  # fmt: skip
"""Once an hour: nobody takes it a second time."""

STEPS: Final[tuple[Scenario, ...]] = (
    Scenario(
        "photo written, its name not there yet", "web",
        _at(Plan("web", LINK, "before", "take")), _send, stores=("file",),
    ),
    Scenario("photo in the store, no row", "web", lambda w: Plan("web", _put(w), "after"), _send),
    Scenario(
        "photo in the store, no row", "database",
        lambda w: Plan("web", _put(w), "after", strike="kill database"), _send,
        databases=("postgresql",),
    ),
    *_commits("row of a photo", "web", "take", _send),
    Scenario(
        "first piece of a photo kept, not answered", "web",
        lambda w: Plan("web", _piece(w), "after"), _send_in_pieces,
    ),
    Scenario(
        "third piece of a photo not kept", "web",
        lambda w: Plan("web", _piece(w), "before", nth=3), _send_in_pieces, brief=False,
    ),
    *_commits("last piece of a photo", "web", "_accepted", _send_in_pieces),
    Scenario(
        "job running, photo not read", "worker", _at(Plan("work", DIGEST, "before")), _send,
        brief=False,
    ),
    Scenario("job running, photo read", "worker", _at(Plan("work", DIGEST, "after")), _send),
    Scenario(
        "job running, photo read", "database",
        _at(Plan("work", DIGEST, "after", strike="kill database")), _send,
        databases=("postgresql",),
    ),
    Scenario(
        "pictures of a reading half kept", "worker",
        lambda w: Plan("work", _put(w), "after", nth=5), _send,
    ),
    Scenario(
        "reading written, not its sheets", "worker", _at(Plan("work", SAVE_READING, "after")),
        _send, brief=False,
    ),
    *_commits("reading", "work", "_keep", _send),
    Scenario(
        "verification written", "web", _at(Plan("web", SAVE_VERIFICATION, "after")), _confirm,
        brief=False,
    ),
    *_commits("verification", "web", "confirm", _confirm),
    *_commits("withdrawal", "web", "take_back", _take_back, brief=False),
    Scenario(
        "correction written", "web", _at(Plan("web", SAVE_CORRECTION, "after")), _correct,
        brief=False,
    ),
    *_commits("correction", "web", "correct", _correct),
    Scenario(
        "export written, not noted", "web", _at(Plan("web", RECORD_EXPORT, "before")), _download
    ),
    *_commits("export", "web", "export_rows", _download, brief=False),
    *_commits("workbook", "web", "export_recap", _workbook, brief=False),
)  # fmt: skip
