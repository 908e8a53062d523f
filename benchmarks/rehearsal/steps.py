"""The steps of a rehearsal on one PostgreSQL, each timed."""

import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sql
from rich.progress import Progress
from sqlalchemy import text
from sqlmodel import col, select

from benchmarks.large_photos import large_photo
from benchmarks.phone_load import wait_for
from benchmarks.processes import over
from benchmarks.rehearsal.country import CONTEST, election, form, pages, photo_of
from benchmarks.rehearsal.reviewing import Desk, Reviewed, review, review_at_leisure
from digitizer.installation import Installation, open_installation
from digitizer.intake import accept
from digitizer.settings import Settings
from digitizer.store.accounts import add_account
from digitizer.store.elections import init_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.logins import open_login
from digitizer.store.tables import ReadingRow

ROOT: Final = Path(__file__).resolve().parent.parent.parent
WEB_PROCESSES: Final = 2
WORKERS: Final = 2
REVIEWERS: Final = 4
"""Of these none pauses: what the desk can give."""

PEOPLE: Final = 16
"""At the desk while workers have all they can do; these look at a form before it is confirmed."""

LOOK_S: Final = 8.0
"""So long, on average: two forms a second from all of them."""

SENDERS: Final = 4
SEED: Final = 81_000
AREAS: Final = ("", "11", "1101", "110101")
"""A place of each level whose page is asked for: all, a province, a kabupaten, a kecamatan."""


@dataclass(slots=True)
class Quarter:
    """What a quarter of the country took.

    Attributes:
        accept_ms: of each photo, until it is safe with its row and its job.
        read_s: until all photos were read, without pixels, and settled.
        review_s: until every form was confirmed.
        recap_ms: of each level, the answer with its page.
        database: bytes, at its end.
    """

    tps: int
    photos: int
    accept_ms: list[float]
    accept_s: float
    read_s: float = 0.0
    review_s: float = 0.0
    reviewed: Reviewed = field(default_factory=Reviewed)
    recap_ms: list[float] = field(default_factory=list)
    database: int = 0


@dataclass(frozen=True, slots=True)
class Pixels:
    """Real photos through real workers, while people review.

    Attributes:
        cpu_s: processor time of the workers and the processes that look at pictures.
        stored: bytes of the photos and of all pictures made of them.
        reviewed: what people met at the desk meanwhile.
    """

    photos: int
    seconds: float
    cpu_s: float
    sent: int
    stored: int
    reviewed: Reviewed


class Rehearsal:
    """An installation in which the country votes."""

    def __init__(self, settings: Settings, codes: Sequence[str], progress: Progress) -> None:
        self.settings, self.codes, self.progress = settings, codes, progress
        self.installation: Installation = open_installation(settings)
        self._ports: list[int] = []
        self._logins: list[str] = []
        self._witness = ""

    def set_up(self) -> float:
        """Election and accounts; gives seconds."""
        started = time.perf_counter()
        file = election(list(self.codes))
        now = datetime.now(UTC)
        with write_session(self.installation.engine) as session:
            init_election(session, file, "system", now)
            witness = add_account(session, "pengirim", "witness", "kata sandi gladi", now=now)
            self._witness = witness.id
            for number in range(PEOPLE):
                name = f"peninjau-{number}"
                account = add_account(session, name, "reviewer", "kata sandi gladi", now=now)
                self._logins.append(open_login(session, account, now))
            session.commit()
        return time.perf_counter() - started

    @contextmanager
    def web(self) -> Iterator[None]:
        """Web processes, as many as a small installation has."""
        running = []
        for _ in range(WEB_PROCESSES):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self._ports.append(free.getsockname()[1])
            running.append(self._start("-m", "digitizer", "serve", "--no-worker",
                                       "--port", str(self._ports[-1])))  # fmt: skip
        try:
            for port in self._ports:
                wait_for(port)
            yield
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(timeout=30)

    def send(self, codes: Sequence[str]) -> Quarter:
        """Take in every page of these TPS."""
        photos = [(code, photo_of(code, page)) for code in codes for page in pages()]
        task = self.progress.add_task("photos coming in", total=len(photos))

        def one(item: tuple[str, bytes]) -> float:
            started = time.perf_counter()
            self._accept(item[1], item[0])
            self.progress.advance(task)
            return 1000 * (time.perf_counter() - started)

        started = time.perf_counter()
        with ThreadPoolExecutor(SENDERS) as pool:
            times = list(pool.map(one, photos))
        self.progress.remove_task(task)
        return Quarter(len(codes), len(photos), times, time.perf_counter() - started)

    def read(self) -> float:
        """Read all that waits, without pixels; gives seconds."""
        started = time.perf_counter()
        workers = [self._start("-m", "benchmarks.rehearsal.reading") for _ in range(WORKERS)]
        for worker in workers:
            if worker.wait() != 0:
                raise RuntimeError(f"a worker ended with {worker.returncode}")
        return time.perf_counter() - started

    def review(self) -> tuple[float, Reviewed]:
        """Let everything be confirmed; gives seconds and what reviewers met."""
        started = time.perf_counter()
        done = review(self._ports, self._logins[:REVIEWERS])
        return time.perf_counter() - started, done

    def read_pixels(self, count: int) -> Pixels:
        """Let real workers read so many real photos while people are at the desk."""
        kinds = [(form().id, number, SEED + n) for n in range(count)
                 for number in [pages()[n % len(pages())]]]  # fmt: skip
        photos = [item.jpeg for item in over(large_photo, kinds)]
        before = self._stored()
        hashes = [self._accept(data, None) for data in photos]
        enough = threading.Event()
        cpu = _children_cpu_s()
        with ThreadPoolExecutor(1) as desk:
            started = time.perf_counter()
            workers = [self._start("-m", "digitizer", "work") for _ in range(WORKERS)]
            while self._unread(hashes) == count:  # until they have begun
                time.sleep(0.2)
            met = desk.submit(review_at_leisure, self._ports, self._logins, LOOK_S, enough)
            while self._unread(hashes):
                time.sleep(1.0)  # asking is work for the database, too
            seconds = time.perf_counter() - started
            enough.set()
            reviewed = met.result()
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(timeout=150)
        cpu = _children_cpu_s() - cpu
        stored = self._stored() - before
        return Pixels(count, seconds, cpu, sum(map(len, photos)), stored, reviewed)

    def recap_ms(self) -> list[float]:
        """The pages of a recap, one a level."""
        desk = Desk(self._ports[0], self._logins[0])
        times = []
        for area in AREAS:
            started = time.perf_counter()
            desk.get(f"/recap/{CONTEST}/{area}".rstrip("/"))
            times.append(1000 * (time.perf_counter() - started))
        return times

    def database_bytes(self) -> int:
        """Of all tables and indices."""
        with self.installation.engine.connect() as connection:
            size = connection.execute(text("SELECT pg_database_size(current_database())"))
            return int(size.scalar_one())

    def _accept(self, data: bytes, tps: str | None) -> str:
        with write_session(self.installation.engine) as session:
            receipt = accept(
                session, self.installation.photos, data, account=self._witness, tps=tps,
                contest=None, file_name="", idempotency_key=None, now=datetime.now(UTC),
            )  # fmt: skip
            session.commit()
        return receipt.photo

    def _unread(self, photos: Sequence[str]) -> int:
        with read_session(self.installation.engine) as session:
            query = select(sql.func.count()).where(col(ReadingRow.photo).in_(photos))
            return len(photos) - session.exec(query).one()

    def _stored(self) -> int:
        folder = self.settings.data_dir / "photos"
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "DIGITIZER_DATA_DIR": str(self.settings.data_dir),
            "DIGITIZER_DATABASE_URL": self.settings.database,
            "DIGITIZER_BLIND_SHARE": str(self.settings.blind_share),
            "DIGITIZER_LOG_LEVEL": "warning",
        }
        return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
