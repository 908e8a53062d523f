"""Fresh data folders with databases of their own, for what is tried at the start."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.migrating import Site
from tests.chaos.postgres import Postgres
from tests.chaos.sabotage import Sabotage
from tests.chaos.world import Database, launcher_for
from tests.databases import database_url, execute


class Sites:
    """Makes one after another."""

    def __init__(self, folder: Path, server: Postgres, *, forks: bool) -> None:
        self._folder = folder
        self._server = server
        self._sabotage = Sabotage(folder)
        self._count = 0
        self.launcher = launcher_for(self._sabotage, folder, forks=forks)

    def new(self, database: Database) -> Site:
        """One that nobody has used yet."""
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        if database == "sqlite":
            url = f"sqlite:///{folder / 'data' / 'digitizer.sqlite3'}"
        else:
            name = f"site_{self._count}"
            execute(self._server.url, f"CREATE DATABASE {name}")
            url = database_url(self._server.url, name)
        return Site(folder, url, self.launcher, self._sabotage)


@contextmanager
def sites(*, forks: bool) -> Iterator[Sites]:
    """Sites that last as long as this."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-sites-"))
    server = Postgres()
    made = Sites(folder, server, forks=forks)
    try:
        yield made
    finally:
        made.launcher.close()
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
