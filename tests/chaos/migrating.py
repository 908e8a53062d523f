"""An installation of the first release, brought to this one by processes that are killed at it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sql
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.store.accounts import add_account, random_password
from digitizer.store.election_file import read_election_file
from digitizer.store.elections import init_election
from digitizer.store.engine import migrate, open_engine, sqlite_url, write_session
from digitizer.store.events import verify_chain
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from digitizer.store.receiving import receive
from tests.chaos.people import photo
from tests.chaos.processes import Launcher, Process
from tests.chaos.sabotage import COMMIT, LINK, MIGRATED, Plan, Sabotage
from tests.conftest import ROOT
from tests.rebuilding import differences

OLDEST: Final = "0001"
TPS: Final = "6411032001001"


class Site:
    """A data folder and a database, and the command that opens them.

    Attributes:
        url: address of the database.
    """

    def __init__(self, folder: Path, url: str, launcher: Launcher, sabotage: Sabotage) -> None:
        self.folder = folder
        self.url = url
        self._launcher = launcher
        self._sabotage = sabotage

    def open(self) -> Process:
        """Start a command that brings the database up to date and does nothing else."""
        environment = {
            **self._sabotage.environment("command"),
            "DIGITIZER_DATA_DIR": str(self.folder / "data"),
            "DIGITIZER_DATABASE_URL": self.url,
            "DIGITIZER_STORE_URL": "",
        }
        log = self.folder / "open.log"
        return self._launcher.start(("accounts", "list"), environment, log)

    def opened(self) -> None:
        """Open it; see that all went well and all is there."""
        process = self.open()
        assert process.wait() == 0, process.last_words()
        self.look()

    def killed(self, plan: Plan) -> bool:
        """Open it by a process that is killed so; False when it never came to that place."""
        self._sabotage.lay(plan)
        process = self.open()
        process.wait()
        happened = self._sabotage.happened()
        self._sabotage.lift()
        assert happened or process.status == 0, process.last_words()
        return happened

    def version(self) -> str:
        """The migration at which the database is."""
        engine = open_engine(self.url)
        with engine.connect() as connection:
            found = connection.execute(sql.text("SELECT version_num FROM alembic_version")).scalar()
        engine.dispose()
        return str(found)

    def look(self) -> None:
        """See that the tables are what the history tells, and its chain holds."""
        engine = open_engine(self.url)
        with Session(engine) as session:
            assert verify_chain(session) == ()
            assert differences(session) == []
        engine.dispose()


def furnish_old(site: Site) -> None:
    """Make it an installation of the first release, with an election, accounts and photos."""
    data = site.folder / "data"
    data.mkdir(parents=True)
    now = datetime.now(UTC)
    newest = open_engine(sqlite_url(site.folder))
    migrate(newest)
    store = PhotoStore.open((data / "photos").as_uri())
    with write_session(newest) as session:
        ensure_node(session, data, now)
        file = read_election_file(ROOT / "samples" / "election.toml")
        init_election(session, file, "system", now)
        account = add_account(session, "saksi", "witness", random_password(), now=now)
        for page in (1, 2):
            receive(
                session, store, photo(TPS, page), account=account.id, tps=TPS, contest=None,
                file_name="foto.jpg", idempotency_key=None, now=now,
            )  # fmt: skip
        session.commit()
    oldest = open_engine(site.url)
    config = Config()
    config.set_main_option("script_location", "digitizer.store:migrations")
    with oldest.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, OLDEST)
    _copy(newest, oldest)
    for engine in (newest, oldest):
        engine.dispose()


def _copy(newest: Engine, oldest: Engine) -> None:
    """All that the tables of the first release have room for; some are gone since."""
    there, here = sql.MetaData(), sql.MetaData()
    there.reflect(newest)
    here.reflect(oldest)
    with newest.connect() as reading, oldest.begin() as writing:
        for table in here.sorted_tables:
            if table.name == "alembic_version" or table.name not in there.tables:
                continue
            source = there.tables[table.name]
            shared = [column for column in source.columns if column.name in table.columns]
            rows = [
                {name: _in_utc(value) for name, value in row._mapping.items()}
                for row in reading.execute(sql.select(*shared))
            ]
            if rows:
                writing.execute(sql.insert(table), rows)


def _in_utc(value: object) -> object:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def killed_at_every_step(site: Site, stride: int) -> int:
    """Kill whoever migrates, at every `stride`-th statement, until one gets through.

    Gives how many were killed. Each leaves the database as it was.
    """
    furnish_old(site)
    kills = 0
    while site.killed(Plan("command", MIGRATED, "before", nth=1 + kills * stride)):
        kills += 1
        assert site.version() == OLDEST, "a migration was left half done"
    assert kills, "no statement was met"
    site.opened()
    return kills


def killed_once_migrated(site: Site) -> int:
    """Kill who has migrated, and makes what an installation needs besides."""
    furnish_old(site)
    kills = 0
    for moment in ("before", "after"):
        kills += site.killed(Plan("command", COMMIT, moment, "open_installation"))
    site.opened()
    return kills


def killed_at_the_first_start(site: Site) -> int:
    """Kill who starts an installation of which nothing is there yet."""
    kills = 0
    for place, moment, within in (
        (MIGRATED, "before", ""),
        (LINK, "before", "_make_key"),
        (LINK, "after", "_make_key"),
        (COMMIT, "before", "open_installation"),
        (COMMIT, "after", "open_installation"),
    ):
        kills += site.killed(Plan("command", place, moment, within))  # type: ignore[arg-type]
    site.opened()
    return kills


def many_at_once(site: Site, count: int, *, old: bool) -> int:
    """Let several processes start at the same moment; all must find their way."""
    if old:
        furnish_old(site)
    processes = [site.open() for _ in range(count)]
    assert [one.wait() for one in processes] == [0] * count, processes[0].last_words()
    site.look()
    return count
