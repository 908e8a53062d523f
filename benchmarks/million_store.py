"""A store with a million photos: is there any page that a person would call slow?

Half a million TPS with both pages of their form, of which most are verified, some wait for a
reviewer, and some photos are part of no form. One TPS is filled in by the product itself; all
others are its rows with another code and other ids, written past the tables' classes. Then every
screen that lists anything is asked for over the application, forms are opened and confirmed, and
photos come in and are settled.
"""

import argparse
import json
import re
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
from fastapi import FastAPI
from rich.console import Console
from sqlmodel import Session

from benchmarks.fuzz_report import machine, table, write_part
from benchmarks.million_rows import (
    KINDS,
    NOW,
    VERIFIED,
    WITNESSES,
    fill_all,
    keep_photo,
    keep_tps,
    photo_of,
    witness,
)
from benchmarks.recap_speed import DATABASES, server
from benchmarks.rehearsal.report import INTRO, PAGE
from benchmarks.simulated_store import many_stations
from digitizer.api.app import create_app
from digitizer.settings import Settings
from digitizer.store.account_tables import AccountRow
from digitizer.store.accounts import add_account
from digitizer.store.election_file import read_election_file
from digitizer.store.elections import init_election
from digitizer.store.engine import write_session
from digitizer.store.logins import open_login
from digitizer.store.recap_keeping import recount
from tests.facts import PAGE_1, page_reading

with warnings.catch_warnings():
    # The client says at import that it would rather have another HTTP library.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

STATIONS: Final = 500_000
CONFIRMED: Final = 40
SENT: Final = 40
ASKED: Final = 5
CONTEST: Final = "gubernur"
FORM: Final = "c-hasil-kwk-gubernur-2024-2p"
SAMPLES: Final = Path(__file__).resolve().parent.parent / "samples"
PASSWORD: Final = "kata sandi pengukuran"  # noqa: S105
SHEET: Final = re.compile(r'id="sheet">(.*?)</script>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class MillionSpeed:
    """What was measured on one database, all in milliseconds of the application's own time.

    Attributes:
        page_ms: of every screen, the best of a few.
        open_ms, confirm_ms: of each form that was confirmed.
        photo_ms: of each photo, until its reading is kept and its form settled.
    """

    database: str
    page_ms: dict[str, float]
    open_ms: list[float]
    confirm_ms: list[float]
    photo_ms: list[float]


def measure(database: str, stations: int = STATIONS) -> MillionSpeed:
    """Fill a store and ask it for everything."""
    with _store(database, stations) as made:
        pages = {name: made.page_ms(who, url) for name, (who, url) in made.pages().items()}
        opened, confirmed = made.confirm(CONFIRMED)
        return MillionSpeed(database, pages, opened, confirmed, made.send(SENT))


@dataclass(frozen=True, slots=True)
class _Store:
    app: FastAPI
    codes: tuple[str, ...]
    logins: dict[str, str]

    def client(self, who: str) -> TestClient:
        client = TestClient(self.app, headers={"Accept": "text/html"}, follow_redirects=False)
        client.cookies.set("session", self.logins[who])
        return client

    def pages(self) -> dict[str, tuple[str, str]]:
        """Every screen that lists anything: who asks for it, and where it is."""
        middle = self.codes[len(self.codes) // 2]
        queue = {
            "queue": "/queue",
            "queue_verified_page_900": "/queue?state=verified&page=900",
            "queue_area": f"/queue?area={middle[:6]}",
            "queue_doubt": "/queue?reason=unsure_box",
            "queue_form": f"/queue?form={FORM}",
        }
        screens = {
            "recap": f"/recap/{CONTEST}",
            "recap_desa": f"/recap/{CONTEST}/{middle[:10]}",
            "missing": f"/recap/{CONTEST}/missing",
            "tps": f"/recap/{CONTEST}/tps/{self.codes[1]}",
            "glyphs": "/glyphs",
            "certificates": "/certificates",
            "compare": f"/compare/{CONTEST}",
            "status": "/status",
            "figures": "/figures",
        }
        own = {"phone": "/phone", "phone_photos": "/phone/photos", "receipts": "/receipts"}
        return (
            {name: ("reviewer", url) for name, url in queue.items()}
            | {name: ("supervisor", url) for name, url in screens.items()}
            | {name: ("witness", url) for name, url in own.items()}
        )

    def page_ms(self, who: str, url: str) -> float:
        client = self.client(who)
        times = []
        for _ in range(ASKED):
            started = time.perf_counter()
            answer = client.get(url)
            times.append(1000 * (time.perf_counter() - started))
            if answer.status_code != HTTPStatus.OK:
                raise ValueError(f"{url} is answered with {answer.status_code}")
        return min(times)

    def confirm(self, forms: int) -> tuple[list[float], list[float]]:
        """Take one form after the other and confirm it as it was read."""
        place = self.client("reviewer").get("/sheets/next").headers["location"]
        return self._confirm_from(place, forms)

    def confirm_one(self, code: str) -> None:
        """Confirm the form of a TPS."""
        self._confirm_from(f"/sheets/{CONTEST}/{code}/{FORM}", 1)

    def _confirm_from(self, place: str, forms: int) -> tuple[list[float], list[float]]:
        client = self.client("reviewer")
        opened, confirmed = [], []
        for _ in range(forms):
            started = time.perf_counter()
            page = client.get(place).text
            opened.append(1000 * (time.perf_counter() - started))
            found = SHEET.search(page)
            if found is None:
                raise ValueError(f"{place} shows no form")
            path, _, asked = place.partition("?")
            started = time.perf_counter()
            answer = client.post(
                f"{path}/verifications?{asked}",
                json=_confirmation(json.loads(found[1]), place),
                headers={"Accept": "application/json"},
            )
            confirmed.append(1000 * (time.perf_counter() - started))
            if answer.status_code != HTTPStatus.CREATED:
                raise ValueError(f"{path} is answered with {answer.text}")
            place = answer.json()["next"]
        return opened, confirmed

    def send(self, photos: int) -> list[float]:
        """Let photos come in of TPS that have none yet; they are looked at already, and settled."""
        web = self.app.state.web
        times = []
        for number, code in list(enumerate(self.codes))[-photos:]:
            reading = page_reading(photo_of(code, 1), 1, PAGE_1)
            with write_session(web.engine) as session:
                started = time.perf_counter()
                keep_photo(session, web.photos, (number, code, 1, code), reading)
                session.commit()
                times.append(1000 * (time.perf_counter() - started))
        return times


def _confirmation(sheet: dict[str, Any], place: str) -> dict[str, Any]:
    """Everything as it was read."""
    return {
        "client": place[-80:],
        "readings": sheet["readings"],
        "expected_version": sheet["version"],
        "earlier": sheet["earlier"],
        "shown": sheet["shown"],
        "tps_number": place.partition("?")[0].split("/")[3][-3:] if sheet["ask_tps"] else "",
        "acknowledged": [],
        "seconds": 12.0,
        "fields": {
            name: {"as_written": field["as_written"].replace("?", "6"), "touched": True}
            for name, field in sheet["fields"].items()
        },
    }


@contextmanager
def _store(database: str, count: int) -> Iterator[_Store]:
    console = Console(stderr=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="million-")))
        url = stack.enter_context(server(folder)) if database == "postgresql" else ""
        app = create_app(
            Settings(data_dir=folder / "data", database_url=url, blind_share=0, seeded_share=0)
        )
        web = app.state.web
        stack.callback(web.engine.dispose)
        stations = many_stations(count + SENT)
        file = read_election_file(SAMPLES / "election.toml")
        with write_session(web.engine) as session:
            init_election(session, replace(file, tps=stations[:KINDS]), "system", NOW)
            logins = _people(session)
            for number, item in enumerate(stations[:KINDS]):
                keep_tps(session, web.photos, number, item.code, number)
            session.commit()
        made = _Store(app, tuple(item.code for item in stations), logins)
        made.confirm_one(stations[VERIFIED].code)
        told = console.status(f"{database}: {2 * count:,} photos")
        with told, write_session(web.engine) as session:
            fill_all(session, stations[:count], stations[count:])
            recount(session)
            session.commit()
        if url:
            # As PostgreSQL does by itself in the hours in which so many photos come in. SQLite does
            # not, and must find its indexes without.
            autocommit = web.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            with autocommit as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        yield made


def _people(session: Session) -> dict[str, str]:
    """Somebody of each role, signed in, and everybody who sent photos; gives logins by role."""
    now = datetime.now(UTC)
    logins = {}
    for role in ("reviewer", "supervisor"):
        account = add_account(session, role, role, PASSWORD, now=now)
        logins[role] = open_login(session, account, now)
    sender = add_account(session, "saksi", "witness", PASSWORD, now=now)
    hashed = session.get_one(AccountRow, sender.id).password_hash
    session.add_all(
        AccountRow(id=witness(n), username=witness(n), role="witness", label="",
                   password_hash=hashed, created_at=now)
        for n in range(WITNESSES)
    )  # fmt: skip
    session.flush()
    logins["witness"] = open_login(session, replace(sender, id=witness(7)), now)
    return logins


def main() -> None:
    """Measure both databases, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.million_store", description=__doc__)
    parser.add_argument("--tps", type=int, default=STATIONS, help="two photos each")
    stations = parser.parse_args().tps
    found = [measure(name, stations) for name in DATABASES]
    text = described(found, stations)
    print(text)
    write_part("million", text, PAGE, INTRO)


def described(found: Sequence[MillionSpeed], stations: int) -> str:
    """The part of docs/benchmarks.md."""
    cells = [
        [f"`{name}`", *(f"{item.page_ms[name]:.0f}" for item in found)] for name in found[0].page_ms
    ]
    for told, name in (
        ("form opened", "open_ms"), ("form confirmed", "confirm_ms"),
        ("photo kept and settled", "photo_ms"),
    ):  # fmt: skip
        series = [getattr(item, name) for item in found]
        cells.append(
            [f"{told}, median / p95", *(f"{median(one):.0f} / {p95(one):.0f}" for one in series)]
        )
    head = ("milliseconds", *(item.database for item in found))
    return (
        f"## With {2 * stations:,} photos\n\n`make million` on {machine()}: {stations:,} TPS, four "
        "fifths of them verified. The application's own time: of every screen that lists anything "
        f"the best of {ASKED}, of {CONFIRMED} forms opened and confirmed one after the other, and "
        f"of {SENT} photos that come in.\n\n{table(head, cells)}"
    )


def p95(series: Sequence[float]) -> float:
    """The 95th percentile."""
    return float(np.percentile(series, 95))


if __name__ == "__main__":
    main()
