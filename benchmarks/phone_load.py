"""Two hundred phones at once, on a real server: is every photo there once, whole, and how soon.

    python -m benchmarks.phone_load [--seconds 60] [--rate 20]

One web process and SQLite; nothing is read meanwhile. First every connection holds, then three in
ten are cut anywhere. Prints a table and writes docs/load.md.
"""

import argparse
import asyncio
import hashlib
import os
import platform
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from sqlmodel import select

from benchmarks.phones import Phone, Sent, photo, send
from digitizer.installation import open_installation
from digitizer.settings import Settings
from digitizer.store.accounts import add_account
from digitizer.store.election_file import read_election_file
from digitizer.store.elections import init_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.logins import open_login
from digitizer.store.photos import PhotoStore
from digitizer.store.tables import UploadRow

ROOT: Final = Path(__file__).resolve().parent.parent
PHONES: Final = 200
PHOTO_BYTES: Final = 3_000_000
CUT: Final = 0.3
START_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A web process that takes photos in, and who may send."""

    port: int
    process: subprocess.Popen[bytes]
    settings: Settings
    phones: tuple[Phone, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run.

    Attributes:
        cut: share of the connections that were to be cut.
        sent: every photo that was acknowledged.
        lost: photos that were acknowledged, or sent, and are not in the store with their bytes.
        doubled: uploads beyond one a photo.
        seconds: from the first photo to the last answer.
        cpu_s: processor time that the web process took.
        peak_mib: most memory the web process held.
    """

    cut: float
    sent: tuple[Sent, ...]
    lost: int
    doubled: int
    seconds: float
    cpu_s: float
    peak_mib: float


def main() -> None:
    """Run both, print and keep what was found; exit 1 when a photo was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phone_load", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=20, help="photos a second")
    args = parser.parse_args()
    outcomes = []
    for cut in (0.0, CUT):
        with served() as server:
            outcomes.append(run(server, args.rate, args.seconds, cut))
    report = described(outcomes, args.rate, args.seconds)
    print(report)
    (ROOT / "docs" / "load.md").write_text(report)
    if any(item.lost or item.doubled for item in outcomes):
        sys.exit(1)


@contextmanager
def served() -> Iterator[Server]:
    """`digitizer serve --no-worker` on a store of its own, with a bound phone for every witness."""
    folder = Path(tempfile.mkdtemp(prefix="digitizer-load-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(data_dir=folder, port=port)
    phones = _signed_in(settings)
    environment = {**os.environ, "DIGITIZER_DATA_DIR": str(folder), "DIGITIZER_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "digitizer", "serve", "--no-worker"],
        env=environment,
        cwd=ROOT,
        stderr=(folder / "log").open("wb"),
    )
    try:
        wait_for(port)
        yield Server(port, process, settings, phones)
    except RuntimeError:
        print((folder / "log").read_text()[-4000:], file=sys.stderr)
        raise
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder)


def run(server: Server, rate: int, seconds: int, cut: float) -> Outcome:
    """Send `rate` photos a second, whatever becomes of the earlier ones, and look what arrived."""
    started, cpu = time.perf_counter(), _cpu_s(server.process.pid)
    sent = asyncio.run(_all_sent(server, rate, seconds, cut))
    taken, cpu = time.perf_counter() - started, _cpu_s(server.process.pid) - cpu
    engine = open_installation(server.settings).engine
    store = PhotoStore.open(server.settings.photos)
    with read_session(engine) as session:
        kept = [row.photo for row in session.exec(select(UploadRow))]
    engine.dispose()
    expected = {item.sha256 for item in sent}
    whole = {sha256 for sha256 in set(kept) if store.verify(sha256)}
    return Outcome(
        cut=cut,
        sent=sent,
        lost=rate * seconds - len(expected & whole),
        doubled=len(kept) - len(set(kept)),
        seconds=taken,
        cpu_s=cpu,
        peak_mib=_peak_mib(server.process.pid),
    )


async def _all_sent(server: Server, rate: int, seconds: int, cut: float) -> tuple[Sent, ...]:
    began = time.perf_counter()

    async def at_its_time(number: int) -> Sent:
        await asyncio.sleep(max(0.0, number / rate - (time.perf_counter() - began)))
        rng = random.Random(number)
        phone = replace(server.phones[number % len(server.phones)], cut=cut)
        return await send(phone, photo(PHOTO_BYTES, number), f"{number:032x}", rng)

    return tuple(await asyncio.gather(*(at_its_time(n) for n in range(rate * seconds))))


def described(outcomes: Sequence[Outcome], rate: int, seconds: int) -> str:
    """The report as Markdown."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    rows = [
        "| connections cut | photos | lost | doubled | connections | accepted, median | p95 | worst"
        " | web process: processor time a photo | memory at most |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for item in outcomes:
        times = [one.accepted_s for one in item.sent]
        median, p95, worst = np.percentile(times, [50, 95, 100])
        cuts = sum(one.cuts for one in item.sent)
        rows.append(
            f"| {item.cut:.0%} ({cuts} cuts) | {len(item.sent)} | {item.lost} | {item.doubled}"
            f" | {2 * len(item.sent) + cuts} or more | {median:.2f} s | {p95:.2f} s"
            f" | {worst:.2f} s | {1000 * item.cpu_s / len(item.sent):.0f} ms"
            f" | {item.peak_mib:.0f} MiB |"
        )
    return (
        "# Photos under load\n\n"
        f"Written by `make load`: {PHONES} phones send {rate} photos of"
        f" {PHOTO_BYTES / 1e6:.0f} MB a second for {seconds} s, one web process and SQLite on"
        f" {machine}; the phones run on the same machine.\n"
        "A photo counts as accepted when its receipt is there: from the first byte of its"
        " announcement, all connections that were cut included. Afterwards every photo is looked"
        " for in the store and hashed.\n\n" + "\n".join(rows) + "\n"
    )


def _signed_in(settings: Settings) -> tuple[Phone, ...]:
    installation = open_installation(settings)
    now = datetime.now(UTC)
    phones = []
    file = read_election_file(ROOT / "samples" / "election.toml")
    with write_session(installation.engine) as session:
        init_election(session, file, "system", now)
        for number in range(PHONES):
            name = f"saksi-{number}"
            tps = file.tps[number % len(file.tps)].code
            password = hashlib.sha256(name.encode()).hexdigest()
            account = add_account(session, name, "witness", password, tps=tps, now=now)
            phones.append(Phone(settings.port, open_login(session, account, now)))
        session.commit()
    installation.engine.dispose()
    return tuple(phones)


def wait_for(port: int) -> None:
    """Return once something listens on a port of this machine.

    Raises:
        RuntimeError: nothing does after `START_S`.
    """
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"no server on port {port} within {START_S:.0f} s")


def _cpu_s(pid: int) -> float:
    # After the name in parentheses come 11 fields, then ticks in user and in system mode: proc(5).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(item for item in status.splitlines() if item.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
