"""Telling a process of the product at which step it is to die, and seeing that it did."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

Role = Literal["web", "work", "command"]
Moment = Literal["before", "after"]
Strike = Literal["kill", "pause", "kill database", "lose answer"]

COMMIT: Final = "sqlalchemy.orm.session:Session.commit"
LINK: Final = "os:link"
PUT_FILE: Final = "digitizer.store.photos:FilePhotoStore.put"
PUT_OBJECT: Final = "digitizer.store.photos:ObjectPhotoStore.put"
PIECE_FILE: Final = "digitizer.store.pieces:FilePieceStore.put"
PIECE_OBJECT: Final = "digitizer.store.pieces:ObjectPieceStore.put"
DIGEST: Final = "digitizer.sandbox.parent:Sandbox.digest"
SAVE_READING: Final = "digitizer.store.readings:save_reading"
SAVE_VERIFICATION: Final = "digitizer.store.verifications:save_verification"
SAVE_CORRECTION: Final = "digitizer.store.corrections:save_correction"
RECORD_EXPORT: Final = "digitizer.store.exports:record_export"
MEMBER: Final = "zipfile:ZipFile.open"
REPLACE: Final = "pathlib:Path.replace"
MIGRATED: Final = "alembic.ddl.impl:DefaultImpl._exec"

PLACES: Final = (
    COMMIT, LINK, PUT_FILE, PUT_OBJECT, PIECE_FILE, PIECE_OBJECT, DIGEST, SAVE_READING,
    SAVE_VERIFICATION, SAVE_CORRECTION, RECORD_EXPORT, MEMBER, REPLACE, MIGRATED,
)  # fmt: skip
"""Every function of the product and below it at which a process may be struck."""

PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens where.

    Attributes:
        role: which process.
        place: one of `PLACES`.
        moment: before the function runs, or after it has.
        within: only while a function of this name is being called.
        nth: at which such call since the plan was laid, from 1.
        strike: kill the process, stop it as a debugger does, kill the database under it, or let the
            database do what it is asked next, lose its answer on the way and kill it then.
    """

    role: Role
    place: str
    moment: Moment
    within: str = ""
    nth: int = 1
    strike: Strike = "kill"


class Sabotage:
    """The plans of one world, laid one at a time."""

    def __init__(self, folder: Path) -> None:
        self._plan = folder / "plan"
        self.database_pids = folder / "database.pids"
        self.lose = folder / "database.lose"

    def environment(self, role: Role) -> dict[str, str]:
        """What a process must know of it when it starts."""
        return {
            "CHAOS_PLAN": str(self._plan),
            "CHAOS_PLACES": " ".join(PLACES),
            "CHAOS_ROLE": role,
        }

    def lay(self, plan: Plan) -> None:
        """Let a plan hold from now on, until it happened."""
        self.lift()
        unfinished = self._plan.with_suffix(".new")
        told = {**asdict(plan), "id": uuid4().hex, "pids": str(self.database_pids)}
        unfinished.write_text(json.dumps(told))
        unfinished.rename(self._plan)

    def lift(self) -> None:
        """Let no plan hold."""
        for path in (self._plan, self._plan.with_suffix(".done"), self.lose):
            path.unlink(missing_ok=True)

    def happened(self) -> bool:
        """Whether the plan was carried out."""
        return self._plan.with_suffix(".done").exists()

    def wait(self, seconds: float = PATIENCE_S) -> None:
        """Return when the plan was carried out.

        Raises:
            TimeoutError: no process came to its place.
        """
        end = time.monotonic() + seconds
        while not self.happened():
            if time.monotonic() > end:
                raise TimeoutError(f"no process came to the place of {self._plan.read_text()}")
            time.sleep(0.01)
