"""A proof bundle of Kalimantan Timur, its check, and the CSV of every TPS of the country."""

import tempfile
import time
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO, Final, cast

from sqlalchemy import Engine

from benchmarks import simulated_store
from benchmarks.process_memory import MIB, MemoryWatch
from digitizer.bundling import bundle
from digitizer.exporting import export_rows
from digitizer.proof import verify_bundle
from digitizer.store.engine import migrate, open_engine, sqlite_url, write_session
from digitizer.store.photos import PhotoStore

NATION: Final = 823_236
"""TPS of the Pemilu of February 2024."""


@dataclass(frozen=True, slots=True)
class ProofSpeed:
    """Seconds, and the bytes of the bundle."""

    bundle_s: float
    verify_s: float
    bundle_bytes: int
    events: int


@dataclass(frozen=True, slots=True)
class ExportSpeed:
    """Seconds for all rows, and how many MiB the process grew by."""

    csv_s: float
    csv_mib: float


def measure_proof() -> ProofSpeed:
    """Write and check the bundle of 6,274 TPS, 12,548 photos and all their events.

    Raises:
        ValueError: the bundle does not hold.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = _opened(folder)
        reviewer = simulated_store.set_up(engine, folder)
        simulated_store.fill_with_history(engine, reviewer)
        photos = PhotoStore.open((folder / "photos").as_uri())
        path = folder / "bundle.zip"
        started = time.perf_counter()
        with path.open("w+b") as file:
            made = bundle(engine, photos, folder, file, now=simulated_store.NOW)
        written = time.perf_counter()
        report = verify_bundle(path, key=made.signer, head=made.head)
        checked = time.perf_counter()
        if not report.holds:
            raise ValueError(f"the bundle does not hold: {report.faults[0]}")
        engine.dispose()
        size = path.stat().st_size
        return ProofSpeed(written - started, checked - written, size, made.events)


def measure_export(tps: int = NATION) -> ExportSpeed:
    """Write the CSV of so many TPS with twelve numbers each to nowhere."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = _opened(folder)
        stations = simulated_store.many_stations(tps)
        reviewer = simulated_store.set_up(engine, folder, stations)
        with write_session(engine) as session:
            simulated_store.fill_with_numbers(session, reviewer, stations)
            session.commit()
        del stations
        speed = _exported(engine, tps)
        engine.dispose()
        return speed


def _exported(engine: Engine, tps: int) -> ExportSpeed:
    nowhere = cast("BinaryIO", _Nowhere())
    with MemoryWatch() as watch:
        started = time.perf_counter()
        made = export_rows(
            engine, "csv", nowhere, contest=simulated_store.CONTEST, actor="system",
            now=simulated_store.NOW,
        )  # fmt: skip
        seconds = time.perf_counter() - started
    if made.rows != tps:
        raise ValueError(f"{made.rows} rows of {tps} TPS")
    return ExportSpeed(seconds, (max(watch.own) - watch.own[0]) / MIB)


def _opened(folder: Path) -> Engine:
    engine = open_engine(sqlite_url(folder))
    migrate(engine)
    return engine


class _Nowhere(RawIOBase):
    """Takes bytes and keeps none."""

    def write(self, data: object, /) -> int:
        return len(cast("bytes", data))
