"""Stores of many TPS, filled by bulk insert: no benchmark of reading them out waits for people."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rich.progress import track
from sqlalchemy import Engine, insert
from sqlmodel import Session, SQLModel

from digitizer.domain.election import Tps
from digitizer.domain.event import Event, EventKind, seal
from digitizer.domain.number import spell
from digitizer.forms import load_form
from digitizer.store import tables
from digitizer.store.accounts import add_account
from digitizer.store.election_file import read_election_file
from digitizer.store.elections import init_election
from digitizer.store.engine import write_session
from digitizer.store.events import batched, last_events, lock_chain
from digitizer.store.nodes import ensure_node
from digitizer.store.recap_keeping import recount

FOLDER: Final = Path(__file__).resolve().parent.parent / "samples" / "kaltim-2024"
FORM: Final = "c-hasil-kwk-gubernur-2024-2p"
CONTEST: Final = "gubernur"
NOW: Final = datetime(2024, 11, 28, 3, 0, tzinfo=UTC)
AT_ONCE: Final = 500

NUMBERS: Final = ("pemilih_dpt_j", "pengguna_dpt_j", "pengguna_dpph_j", "pengguna_dptb_j",
                  "pengguna_total_j", "ss_diterima", "ss_digunakan", "paslon_1", "paslon_2",
                  "suara_sah", "suara_tidak_sah", "suara_total")  # fmt: skip
"""The twelve numbers of a TPS where only numbers are measured."""

WITNESSES: Final = ("public", "page", "header")


def set_up(engine: Engine, data_dir: Path, stations: tuple[Tps, ...] | None = None) -> str:
    """The election of Kalimantan Timur, perhaps with other TPS; gives the id of a reviewer."""
    with write_session(engine) as session:
        ensure_node(session, data_dir, NOW)
        file = read_election_file(FOLDER / "election.toml")
        chosen = file if stations is None else replace(file, tps=stations)
        init_election(session, chosen, "system", NOW)
        reviewer = add_account(session, "rina", "reviewer", "kata sandi ukuran", now=NOW)
        add_account(session, "saksi", "witness", "kata sandi ukuran", now=NOW)
        session.commit()
    return reviewer.id


def fill_with_history(engine: Engine, reviewer: str) -> int:
    """Both photos, both readings and a tally of every TPS, with all their events; gives how many.

    Each photo has the pictures of a real reading: one a number and three of the page. What was
    read is left empty: no export reads it.
    """
    codes = [station.code for station in read_election_file(FOLDER / "election.toml").tps]
    with write_session(engine) as session:
        ((node, seq, prev),) = last_events(session)
        chain = Chain(node, seq, prev)
        lot = random.Random(20241127)
        for some in track(list(batched(codes, AT_ONCE)), "filling a store"):
            rows: dict[type[SQLModel], list[dict[str, Any]]] = {}
            for code in some:
                for model, row in _facts_of(code, reviewer, chain, lot):
                    rows.setdefault(model, []).append(row)
            for model, values in rows.items():
                session.execute(insert(model), values)
        session.flush()
        recount(session)
        session.commit()
    return chain.seq


class Chain:
    """Seals events one after the other."""

    def __init__(self, node: str, seq: int, prev: str) -> None:
        self.node, self.seq, self.prev = node, seq, prev

    def row(
        self, kind: EventKind, payload: dict[str, Any], actor: str, at: datetime
    ) -> tuple[type[SQLModel], dict[str, Any]]:
        """The row of the next event."""
        self.seq += 1
        event = Event(self.node, self.seq, at, actor, kind, payload, self.prev, "")
        self.prev = seal(event)
        return tables.EventRow, {
            "node": self.node, "seq": self.seq, "at_utc": at, "actor": actor, "kind": kind,
            "payload": payload, "prev": event.prev, "hash": self.prev,
        }  # fmt: skip


def _facts_of(
    code: str, reviewer: str, chain: Chain, lot: random.Random
) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    form = load_form(FORM)
    at = NOW + timedelta(seconds=chain.seq)
    photos, readings = [], []
    for page in form.pages:
        photo, upload, reading = (_named(f"{code} {page.number} {kind}") for kind in "pur")
        photos.append(photo)
        readings.append(reading[:32])
        said = {"photo": photo, "tps": code, "contest": CONTEST}
        yield tables.PhotoRow, {"sha256": photo, "bytes": 2_000_000, "format": "jpeg"}
        yield tables.UploadRow, {**said, "id": upload[:32], "account": reviewer, "at": at,
                                 "file_name": "", "idempotency_key": None}  # fmt: skip
        accepted = {**said, "upload": upload[:32], "bytes": 2_000_000, "format": "jpeg"}
        yield chain.row("upload_accepted", accepted, reviewer, at)
        names = [*WITNESSES, *(f"crop/{field.id}" for field in page.fields)]
        blobs = {name: _named(f"{code} {page.number} {name}") for name in names}
        read = {"photo": photo, "form": FORM, "page": page.number, "model": "digits-simulated",
                "form_version": f"{FORM}@{form.version}", "seconds": 0.21,
                "blobs": blobs}  # fmt: skip
        yield tables.ReadingRow, {**read, "id": reading[:32], "body": {}, "problem": None, "at": at}
        payload = {**read, "reading": reading[:32], "sha256": _named(reading)}
        yield chain.row("photo_read", payload, "system", at)
    yield from _decision(code, reviewer, chain, lot, (photos, readings), at)


def _decision(
    code: str,
    reviewer: str,
    chain: Chain,
    lot: random.Random,
    shown: tuple[list[str], list[str]],
    at: datetime,
) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    form = load_form(FORM)
    boxes = {name: f"{lot.randrange(1, 600):X>3}" for name, spec in form.fields.items()
             if spec.counted}  # fmt: skip
    values = {name: spell(glyphs).value for name, glyphs in boxes.items()}
    photos, readings = shown
    name = _named(f"{code} v")[:32]
    confirmed = {field: {"as_written": glyphs, "shown": glyphs, "blind": False, "touched": False}
                 for field, glyphs in boxes.items()}  # fmt: skip
    body = {"id": name, "readings": readings, "photos": photos, "reviewer": reviewer,
            "at": at.isoformat(), "fields": confirmed, "acknowledged": [], "seconds": 12.5,
            "origin": "read", "settles": []}  # fmt: skip
    place = {"contest": CONTEST, "tps": code, "form": FORM, "version": 1}
    yield tables.VerificationRow, {**place, "id": name, "reviewer": reviewer, "outcome": "tally",
                                   "body": body, "at": at, "node": chain.node}  # fmt: skip
    opened = {key: place[key] for key in ("contest", "tps", "form")}
    yield chain.row("form_opened", opened, reviewer, at)
    verified = {**place, "outcome": "tally", "verification": body}
    yield chain.row("form_verified", verified, reviewer, at)
    made = {"values": values, "as_written": boxes, "verifications": [name], "photos": photos,
            "checks": [], "seen": {}}  # fmt: skip
    yield tables.TallyRecord, {**place, "node": chain.node, "origin": "read", "body": made,
                               "made_at": at}  # fmt: skip
    yield chain.row("tally_made", {**place, **made, "origin": "read"}, reviewer, at)
    yield chain.row("form_left", opened, reviewer, at)


def fill_with_numbers(session: Session, reviewer: str, stations: tuple[Tps, ...]) -> None:
    """A tally of twelve numbers at every TPS, with its verification and no event."""
    values: dict[str, int | None] = {name: 100 + place for place, name in enumerate(NUMBERS)}
    written = {name: f"{value:03d}" for name, value in values.items()}
    node = lock_chain(session)
    for some in track(list(batched(stations, 20 * AT_ONCE)), "filling a large store"):
        keys = [{"contest": CONTEST, "tps": item.code, "version": 1, "node": node}
                for item in some]  # fmt: skip
        session.execute(
            insert(tables.VerificationRow),
            [{**key, "id": f"v{key['tps']}", "form": FORM, "reviewer": reviewer,
              "outcome": "tally", "body": {}, "at": NOW} for key in keys],
        )  # fmt: skip
        session.execute(
            insert(tables.TallyRecord),
            [{**key, "form": FORM, "origin": "read",
              "made_at": NOW + timedelta(seconds=int(str(key["tps"])[-6:])),
              "body": {"values": values, "as_written": written, "checks": [],
                       "verifications": [f"v{key['tps']}"], "photos": [_named(str(key["tps"]))]}}
             for key in keys],
        )  # fmt: skip


def many_stations(count: int) -> tuple[Tps, ...]:
    """So many TPS of Kalimantan Timur, thirty a desa."""
    return tuple(
        Tps(f"64{n // 30:08d}{n % 30 + 1:03d}", f"TPS {n % 30 + 1:03d}", f"DESA {n // 30}",
            f"KECAMATAN {n // 3000}", f"KABUPATEN {n // 300000}", "KALIMANTAN TIMUR", 300)
        for n in range(count)
    )  # fmt: skip


def _named(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
