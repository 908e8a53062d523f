"""Fixtures for every test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import URL, Engine, NullPool, create_engine, inspect
from sqlmodel import Session

from digitizer.forms import know_forms
from digitizer.store import accounts
from digitizer.store import engine as engines
from tests.databases import dropped, migrated_file, postgres_template, postgres_url
from tests.rebuilding import differences

__all__ = ["dropped", "migrated_file", "postgres_template", "postgres_url"]

ROOT = Path(__file__).resolve().parent.parent

ROOM: Final = 4 * 1024**3
"""Bytes that all that tests write may take, databases of both kinds among it."""

PROCESSES: Final = 6 * 1024**3
"""Bytes that all their processes may take, browsers among them."""

REAL_HASHER: Final = accounts._hasher
"""How passwords are hashed where nobody tests."""


def pytest_configure() -> None:
    """Where memory serves as a disk and is large enough, what tests write lies there.

    A third of the time of most tests was waiting for the disk. What is forced to it is forced all
    the same; that it is, the tests of the store see by other means.
    """
    shared = Path("/dev/shm")  # noqa: S108  # pytest and tempfile make folders of their own in it
    if "TMPDIR" in os.environ or not shared.is_dir() or not os.access(shared, os.W_OK):
        return
    found = os.statvfs(shared)
    # Such a disk may promise more than there is of memory.
    room = min(found.f_bavail * found.f_frsize, psutil.virtual_memory().available - PROCESSES)
    if room > ROOM and not found.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(shared)
        tempfile.tempdir = None


@pytest.fixture(scope="session")
def dev_data() -> Path:
    """The development data folder; a test that asks for it is skipped where it is absent."""
    folder = (ROOT / os.environ.get("DIGITIZER_DEV_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip("development data absent")
    return folder


def require_tool(*names: str) -> Path:
    """The first of these programs that is installed.

    Where none is, the test is skipped by name; in CI it fails, since CI installs what is needed.
    """
    for name in names:
        if (found := shutil.which(name)) is not None:
            return Path(found)
    if os.environ.get("CI"):
        pytest.fail(f"missing tool: {names[0]}")
    pytest.skip(f"missing tool: {names[0]}")


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords with as little work as argon2 allows; most tests only need accounts."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", lambda: cheap)
        yield


@pytest.fixture(scope="session", autouse=True)
def opened() -> Iterator[list[URL]]:
    """Addresses of the databases that were opened and not yet looked at."""
    addresses: list[URL] = []

    def noting(url: URL, **options: Any) -> Engine:  # noqa: ANN401  # as SQLAlchemy takes them
        addresses.append(url)
        return create_engine(url, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "create_engine", noting)
        yield addresses


@pytest.fixture(autouse=True)
def rebuilt(request: pytest.FixtureRequest, opened: list[URL]) -> Iterator[None]:
    """Every database that a test opened is told whole by its own events."""
    yield
    addresses = {str(url): url for url in opened}
    opened.clear()
    if request.node.get_closest_marker("untold") is not None:
        return
    for url in addresses.values():
        told = untold(url)
        assert told == [], f"{url.render_as_string()} holds what its history does not tell"


@pytest.fixture(autouse=True)
def _shipped_forms_alone() -> Iterator[None]:
    """What one test's installation adds no other test knows."""
    yield
    know_forms({})


def untold(url: URL) -> list[str]:
    """What the tables of a database hold beyond its history; nothing where there is no history."""
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return []
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("event"):
                return []
            return differences(Session(connection))
    finally:
        engine.dispose()
