"""How the installation stands, asked of the store at most every few seconds, whoever looks."""

import shutil
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from sqlalchemy import Engine

from digitizer.jobs import WorkerSign, worker_signs
from digitizer.settings import Settings
from digitizer.store.addresses import folder_of
from digitizer.store.engine import read_session
from digitizer.store.standing import Hour, Standing, hours_of, standing_of

KEPT_S: Final = 10.0
HOURS: Final = 24
NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found at one moment.

    Attributes:
        disk_free: bytes, where the photos are, or the data folder where they are in a bucket.
        database, store: of which kind they are.
    """

    at: datetime
    standing: Standing
    hours: tuple[Hour, ...]
    workers: tuple[WorkerSign, ...]
    disk_free: int
    disk_size: int
    database: str
    store: Literal["file", "s3"]


class Standings:
    """Looks, and remembers for `KEPT_S` what it saw."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._place = threading.Lock()
        self._seen: Seen | None = None
        self._until = 0.0

    def now(self) -> Seen:
        """How it stands; the same for everybody who asks within some seconds."""
        with self._place:
            if self._seen is None or time.monotonic() >= self._until:
                self._seen = self._look()
                self._until = time.monotonic() + KEPT_S
            return self._seen

    def _look(self) -> Seen:
        at = datetime.now(UTC)
        with read_session(self._engine) as session:
            standing, hours = standing_of(session), hours_of(session, at, HOURS)
        folder = folder_of(self._settings.photos)
        on = folder if folder is not None and folder.is_dir() else self._settings.data_dir
        disk = shutil.disk_usage(on)
        return Seen(
            at=at,
            standing=standing,
            hours=hours,
            workers=worker_signs(self._settings.data_dir),
            disk_free=disk.free,
            disk_size=disk.total,
            database=NAMES[self._engine.dialect.name],
            store="file" if folder is not None else "s3",
        )
