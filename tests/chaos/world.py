"""An installation at work: its database, its photos, its processes, and people who use it."""

import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from digitizer.installation import open_installation
from digitizer.settings import Settings
from digitizer.store.accounts import add_account, random_password
from digitizer.store.election_file import read_election_file
from digitizer.store.elections import init_election
from digitizer.store.engine import open_engine, read_session, write_session
from digitizer.store.logins import open_login
from digitizer.store.tables import SheetRow
from tests.chaos.audit import Counted, Whole, audit, unfinished
from tests.chaos.bucket import BUCKET, Bucket, free_port
from tests.chaos.people import Doing, Ledger, Phone, Reviewer, photo
from tests.chaos.postgres import Line, Postgres
from tests.chaos.processes import Commands, Forks, Launcher, Process, orphans, wait_until
from tests.chaos.sabotage import Plan, Role, Sabotage
from tests.conftest import ROOT

Database = Literal["sqlite", "postgresql"]
Store = Literal["file", "s3"]
OUTAGE_S: Final = 0.7
"""So long a killed database stays down, so that everybody meets it."""

READ_S: Final = 240.0
"""All photos are read within this time, also on a busy machine."""


@dataclass
class World:
    """One installation under attack.

    Attributes:
        settings: those by which the audit looks, past every bad line.
        numbers: photos made so far.
    """

    database: Database
    store: Store
    folder: Path
    settings: Settings
    sabotage: Sabotage
    launcher: Launcher
    port: int
    environment: dict[str, str]
    server: Postgres | None = None
    bucket: Bucket | None = None
    ledger: Ledger = field(default_factory=Ledger)
    web: Process | None = None
    worker: Process | None = None
    numbers: int = 0
    deaths: int = 0
    began: float = field(default_factory=time.time)
    phone: Phone = field(init=False)
    other_phone: Phone = field(init=False)
    reviewer: Reviewer = field(init=False)
    supervisor: Reviewer = field(init=False)
    whole: Whole = field(init=False)

    def furnish(self) -> None:
        """Put the sample election and everybody's account into it."""
        installation = open_installation(self.settings)
        now = datetime.now(UTC)
        with write_session(installation.engine) as session:
            file = read_election_file(ROOT / "samples" / "election.toml")
            init_election(session, file, "system", now)
            sessions = {}
            for name, role in (
                ("saksi", "witness"), ("saksi2", "witness"), ("rina", "reviewer"),
                ("sri", "supervisor"),
            ):  # fmt: skip
                account = add_account(session, name, role, random_password(), now=now)  # type: ignore[arg-type]
                sessions[name] = open_login(session, account, now)
            session.commit()
        installation.engine.dispose()
        self.whole = Whole(installation.photos)
        self.phone = Phone(lambda: self.url, "saksi", sessions["saksi"], self.ledger)
        self.other_phone = Phone(lambda: self.url, "saksi2", sessions["saksi2"], self.ledger)
        self.reviewer = Reviewer(lambda: self.url, "rina", sessions["rina"], self.ledger)
        self.supervisor = Reviewer(lambda: self.url, "sri", sessions["sri"], self.ledger)

    @property
    def url(self) -> str:
        """Where the web answers."""
        return f"http://127.0.0.1:{self.port}"

    def command(self, *argv: str, role: Role = "command", **more: str) -> Process:
        """Start the `digitizer` command on this installation."""
        environment = {**self.environment, **self.sabotage.environment(role), **more}
        return self.launcher.start(argv, environment, self.folder / f"{argv[0]}.log")

    def commanded(self, *argv: str) -> None:
        """Run the `digitizer` command to its end, which must be a good one."""
        command = self.command(*argv)
        assert command.wait() == 0, command.last_words()

    def start(self) -> None:
        """Bring up whatever is down: database, web, worker."""
        if self.server is not None:
            wait_until("postgres is up", self._database_up)
            self.sabotage.database_pids.write_text(str(self.server.pid))
        for process in (self.web, self.worker):
            killed = process is None or process.status in (None, -signal.SIGKILL)
            assert killed, f"a process ended by itself\n{process and process.last_words()}"
        if self.web is None or self.web.status is not None:
            self.web = self.command("serve", "--no-worker", "--port", str(self.port), role="web")
        if self.worker is None or self.worker.status is not None:
            self.worker = self.command("work", role="work")
        wait_until("the web answers", self._answers)

    def running(self) -> list[Process]:
        """Web and worker, as far as they run."""
        both = (self.web, self.worker)
        return [one for one in both if one is not None and one.status is None]

    def stop(self) -> None:
        """End web and worker by SIGKILL."""
        for process in self.running():
            process.kill()

    def mend(self) -> None:
        """After something failed: end what hinders and bring up what is down."""
        self.sabotage.lift()
        if self.bucket is not None:
            self.bucket.trouble = "none"
        self.stop()
        self.start()

    def struck(self, plan: Plan, act: Callable[[], object], *, outage_s: float = OUTAGE_S) -> None:
        """Let a plan happen while somebody acts; bring up what it killed; the act is done then."""
        self.sabotage.lay(plan)
        doing = Doing(act)
        self.sabotage.wait()
        if plan.strike == "kill":
            victim = self.web if plan.role == "web" else self.worker
            assert victim is not None
            victim.wait()
        else:
            wait_until("the database is gone", lambda: not self._database_runs())
            time.sleep(outage_s)
        self.deaths += 1
        self.start()
        doing.done()
        self.sabotage.lift()

    def send(self, tps: str, page: int, *, pieces: bool = False, other: bool = False) -> str:
        """A photo that nobody sent before, in one request or in pieces."""
        self.numbers += 1
        phone = self.other_phone if other else self.phone
        return phone.send(photo(tps, page, self.numbers), tps, "pieces" if pieces else "form")

    def all_read(self) -> None:
        """Return when no photo waits and no job is left."""
        with self.engine() as engine:
            wait_until("all is read", lambda: unfinished(engine) == (0, 0), READ_S)

    def have_form(self, tps: str) -> None:
        """Both pages of a form are sent and read, and it can be confirmed."""
        for page in (1, 2):
            self.phone.send(photo(tps, page), tps)
        self.all_read()
        with self.engine() as engine, read_session(engine) as session:
            assert session.exec(select(SheetRow).where(SheetRow.tps == tps)).first() is not None

    def audit(self, *, read: bool = True) -> Counted:
        """See that nothing was lost, doubled or miscounted."""
        if read:
            self.all_read()
        with self.engine() as engine:
            counted = audit(engine, self.whole, self.ledger, read=read)
        # One that reads when its worker dies sees it after that photo.
        wait_until("no reader outlives its worker", lambda: not orphans(self.began))
        return counted

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The database, past every proxy."""
        engine = open_engine(self.settings.database)
        yield engine
        engine.dispose()

    def last_words(self) -> str:
        """What the processes printed at last."""
        return "\n".join(
            f"--- {process.log.name}, status {process.status}\n{process.last_words()}"
            for process in (self.web, self.worker)
            if process is not None
        )

    def _database_runs(self) -> bool:
        assert self.server is not None
        return Path(f"/proc/{self.server.pid}").exists()

    def _database_up(self) -> bool:
        assert self.server is not None
        if not self._database_runs():
            self.server.start()
        return True

    def _answers(self) -> bool:
        assert self.web is not None
        assert self.web.status is None, f"the web ended by itself\n{self.web.last_words()}"
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def world(
    database: Database, store: Store, *, forks: bool, data: Path | None = None
) -> Iterator[World]:
    """An installation with an election, at work; `data` is where its data folder lies."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    sabotage = Sabotage(folder)
    server = Postgres() if database == "postgresql" else None
    line = Line(server, sabotage.lose) if server is not None else None
    bucket = Bucket() if store == "s3" else None
    port = free_port()
    settings = Settings(
        data_dir=data or folder / "data",
        database_url=server.url if server else "",
        store_url=f"s3://{BUCKET}" if bucket else "",
        port=port,
    )
    given = {
        "DIGITIZER_DATA_DIR": str(settings.data_dir),
        "DIGITIZER_DATABASE_URL": line.url if line else "",
        "DIGITIZER_STORE_URL": settings.store_url,
        "DIGITIZER_BLIND_SHARE": "0",
        "DIGITIZER_SEEDED_SHARE": "0",
        "DIGITIZER_TPS_QUOTA": "100000",
        "DIGITIZER_ACCOUNT_QUOTA": "100000",
        "DIGITIZER_ROOM_MIB": "0",
        **(bucket.environment(bucket.line) if bucket else {}),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (bucket.environment(bucket.url) if bucket else {}).items():
            patch.setenv(name, value)
        launcher = launcher_for(sabotage, folder, forks=forks)
        made = World(
            database, store, folder, settings, sabotage, launcher, port, given, server, bucket
        )
        try:
            made.furnish()
            made.start()
            yield made
        except BaseException as error:
            error.add_note(made.last_words())
            raise
        finally:
            made.stop()
            launcher.close()
            for opened in (line, bucket, server):
                if opened is not None:
                    opened.close()
            shutil.rmtree(folder, ignore_errors=True)


def launcher_for(sabotage: Sabotage, folder: Path, *, forks: bool) -> Launcher:
    """What starts processes: forks of one that imported the command, or the command itself."""
    if forks:
        return Forks(sabotage.environment("command"), folder / "zygote.log")
    return Commands()


KINDS: Final[Sequence[tuple[Database, Store]]] = (  # one laptop, and servers
    ("sqlite", "file"),
    ("postgresql", "s3"),
)
