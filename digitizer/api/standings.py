"""How the installation stands, asked of the store at most every few seconds, whoever looks."""

import logging
import shutil
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, cast

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from digitizer.settings import Settings
from digitizer.store.addresses import folder_of
from digitizer.store.engine import read_session
from digitizer.store.overview import Hour, Overview, hours_of, overview_of
from digitizer.store.workers import Worker, list_workers

KEPT_S: Final = 10.0
REST: Final = 20.0
STALE_S: Final = 60.0
HOURS: Final = 24
NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found at one moment.

    Attributes:
        disk_free: bytes, where the photos are, or the data folder where they are in a bucket.
        database, store: of which kind they are.
    """

    at: datetime
    standing: Overview
    hours: tuple[Hour, ...]
    workers: tuple[Worker, ...]
    disk_free: int
    disk_size: int
    database: str
    store: Literal["file", "s3"]


class Standings:
    """Looks, and remembers what it saw.

    A look at a million photos takes a second or two, so one is worth `KEPT_S`, or `REST` times what
    it took; meanwhile everybody is told the same. Who comes later waits only for the first look
    after a long pause: else the next is taken beside, and the last is told until then.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._place = threading.Lock()
        self._seen: Seen | None = None
        self._until = 0.0

    def now(self) -> Seen:
        """How it stands; the same for everybody who asks within some seconds."""
        seen = self._seen
        if seen is None or time.monotonic() >= self._until + STALE_S:
            with self._place:
                if self._seen is seen:
                    self._renew()
                return cast("Seen", self._seen)
        if time.monotonic() >= self._until and self._place.acquire(blocking=False):
            threading.Thread(target=self._renew_beside, name="standing", daemon=True).start()
        return seen

    def _renew_beside(self) -> None:
        try:
            self._renew()
        except (SQLAlchemyError, OSError):
            # Whoever asks once this is stale is told.
            _log.exception("no look at the store")
        finally:
            self._place.release()

    def _renew(self) -> None:
        started = time.monotonic()
        self._seen = self._look()
        took = time.monotonic() - started
        self._until = started + took + max(KEPT_S, REST * took)

    def _look(self) -> Seen:
        at = datetime.now(UTC)
        over = {} if self._seen is None else {item.start: item for item in self._seen.hours[:-1]}
        with read_session(self._engine) as session:
            standing, hours = overview_of(session), hours_of(session, at, HOURS, over)
            workers = list_workers(session)
        folder = folder_of(self._settings.photos)
        on = folder if folder is not None and folder.is_dir() else self._settings.data_dir
        disk = shutil.disk_usage(on)
        return Seen(
            at=at,
            standing=standing,
            hours=hours,
            workers=workers,
            disk_free=disk.free,
            disk_size=disk.total,
            database=NAMES[self._engine.dialect.name],
            store="file" if folder is not None else "s3",
        )
