"""Commands that are killed at work: exports, bundles, publication, and a folder that comes in."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlmodel import select

from digitizer.proof.verify import verify_bundle
from digitizer.store.engine import read_session
from digitizer.store.tables import UploadRow
from tests.chaos.people import photo
from tests.chaos.sabotage import COMMIT, MEMBER, RECORD_EXPORT, REPLACE, Plan
from tests.chaos.world import World

FOLDER: Final = 5
"""Photos in the folder that comes in."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is killed once, and then run again."""

    step: str
    plan: Plan
    run: Callable[[World, Plan], None]
    brief: bool = True


def _export(world: World, plan: Plan) -> None:
    _file(world, plan, world.folder / "hasil.csv", "-o")


def _workbook(world: World, plan: Plan) -> None:
    _file(world, plan, world.folder / "hasil.xlsx", "--contest", "gubernur", "-o")


def _bundle(world: World, plan: Plan) -> None:
    path = world.folder / "bukti.zip"
    _file(world, plan, path, "--with-photos", "--bundle")
    assert verify_bundle(path).faults == ()


def _file(world: World, plan: Plan, path: Path, *argv: str) -> None:
    """A file is what it was until it is whole, and then it is noted as having left."""
    before = path.read_bytes() if path.exists() else None
    _killed(world, plan, "export", *argv, str(path))
    left = path.read_bytes() if path.exists() else None
    if (plan.place, plan.moment) == (REPLACE, "after"):
        assert left is not None
        world.ledger.downloads.append(hashlib.sha256(left).hexdigest())
    else:
        assert left == before, "a file that is not whole has taken the name of one that is"
    world.commanded("export", *argv, str(path))
    world.ledger.downloads.append(hashlib.sha256(path.read_bytes()).hexdigest())
    unfinished = [item.name for item in path.parent.glob(f"{path.name}*") if item != path]
    assert unfinished == [], "what was begun before is left lying about"


def _publish(world: World, plan: Plan) -> None:
    """The moment is kept or not, never half."""
    at = ("election", "publish", "--at", "2024-11-28T18:00")
    world.commanded("election", "publish", "--off")
    _killed(world, plan, *at)
    world.commanded(*at)


def _import(world: World, plan: Plan) -> None:
    """A folder is brought in again from its beginning, and no photo of it is there twice."""
    folder = world.folder / "dari koordinator"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    sent = set()
    for _ in range(FOLDER):
        world.numbers += 1
        data = photo("6411042003001", 1, world.numbers)
        (folder / f"6411042003001-{world.numbers}.jpg").write_bytes(data)
        sent.add(hashlib.sha256(data).hexdigest())
    _killed(world, plan, "import", str(folder), "--account", "saksi")
    world.commanded("import", str(folder), "--account", "saksi")
    with world.engine() as engine, read_session(engine) as session:
        kept = session.exec(select(UploadRow.photo)).all()
    assert sent <= set(kept)


def _killed(world: World, plan: Plan, *argv: str) -> None:
    world.sabotage.lay(plan)
    command = world.command(*argv)
    world.sabotage.wait()
    command.wait()
    world.sabotage.lift()
    world.deaths += 1


def _of(kind: str, run: Callable[[World, Plan], None], within: str) -> tuple[Command, ...]:
    return (
        Command(f"{kind} written, not noted", Plan("command", RECORD_EXPORT, "before"), run),
        Command(
            f"{kind} noted, not committed", Plan("command", COMMIT, "before", within), run,
            brief=False,
        ),
        Command(f"{kind} whole, not named yet", Plan("command", REPLACE, "before"), run),
        Command(f"{kind} named", Plan("command", REPLACE, "after"), run, brief=False),
    )  # fmt: skip


COMMANDS: Final[tuple[Command, ...]] = (
    *_of("CSV", _export, "export_rows"),
    *_of("workbook", _workbook, "export_recap"),
    Command("bundle half written", Plan("command", MEMBER, "before", nth=4), _bundle),
    *_of("bundle", _bundle, "bundle"),
    Command("publication, not committed", Plan("command", COMMIT, "before", "publish"), _publish),
    Command("publication, committed", Plan("command", COMMIT, "after", "publish"), _publish),
    Command(
        "third photo of a folder, not committed", Plan("command", COMMIT, "before", "take", 3),
        _import,
    ),
    Command(
        "third photo of a folder, committed", Plan("command", COMMIT, "after", "take", 3), _import,
        brief=False,
    ),
)  # fmt: skip
