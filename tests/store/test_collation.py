"""A database that orders texts by a language says the same as one that orders them by bytes."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from digitizer.bundling import bundle
from digitizer.proof import verify_bundle
from digitizer.store.columns import by_code_point
from digitizer.store.election_file import ElectionFile
from digitizer.store.elections import init_election, wilayah_names
from digitizer.store.engine import migrate, open_engine, write_session
from digitizer.store.nodes import ensure_node
from digitizer.store.photos import PhotoStore
from digitizer.store.recap_keeping import recount
from tests.databases import database_url, execute
from tests.store.build import CONTESTS, ELECTION, NOW, STATIONS

NAMES = ("KALIMANTAN TIMUR", "Kalimantan Timur")


def check_names(url: str, folder: Path) -> None:
    """An election whose list writes one province in two ways: the first by bytes is its name."""
    engine = open_engine(url)
    migrate(engine)
    photos = PhotoStore.open((folder / "photos").as_uri())
    stations = tuple(
        replace(station, provinsi=NAMES[place % 2]) if station.code.startswith("64") else station
        for place, station in enumerate(STATIONS)
    )
    with write_session(engine) as session:
        ensure_node(session, folder, NOW)
        init_election(session, ElectionFile(ELECTION, CONTESTS, stations), "system", NOW)
        session.commit()
    path = folder / "b.zip"
    for _ in range(2):
        with write_session(engine) as session:
            assert wilayah_names(session, ["64"]) == {"64": NAMES[0]}
            recount(session)
            session.commit()
        with path.open("w+b") as file:
            bundle(engine, photos, folder, file, now=NOW)
        assert [str(fault) for fault in verify_bundle(path).faults] == []
    engine.dispose()


def test_a_bundle_holds_whatever_the_language_of_the_database(
    postgres_url: str, tmp_path: Path
) -> None:
    name = f"test_{uuid4().hex}"
    try:
        execute(
            postgres_url,
            f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
        )
    except DBAPIError as error:
        pytest.skip(f"the PostgreSQL of the tests knows no language: {error.orig}")
    check_names(database_url(postgres_url, name), tmp_path)


@pytest.mark.parametrize(
    ("dialect", "needed"),
    [
        (postgresql.dialect(), 'min(name COLLATE "C")'),  # type: ignore[no-untyped-call]
        (sqlite.dialect(), "min(name)"),
    ],
)
def test_the_first_of_several_names_is_asked_for_by_bytes(
    dialect: sql.Dialect, needed: str
) -> None:
    asked = sql.func.min(by_code_point(sql.column("name", sql.String())))
    assert str(asked.compile(dialect=dialect)) == needed
