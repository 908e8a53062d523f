"""Fixtures for every test."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, NullPool, create_engine, inspect
from sqlmodel import Session

from digitizer.forms import know_forms
from digitizer.store import engine as engines
from tests.rebuilding import differences

ROOT = Path(__file__).resolve().parent.parent


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
