"""`make chaos`: every failure again and again, and what came of it in docs/chaos.md.

    python -m tests.chaos [--rounds 2] [--kills 30] [--commands]

With `--commands` every process is started anew by `python -m digitizer` instead of being forked
from one that has imported it; that takes some seconds each.
"""

import argparse
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from tests.chaos.audit import Counted
from tests.chaos.commands import COMMANDS
from tests.chaos.disk import KIB, full, on_a_disk
from tests.chaos.migrating import (
    Site,
    killed_at_every_step,
    killed_at_the_first_start,
    killed_once_migrated,
    many_at_once,
)
from tests.chaos.moments import away, random_moments
from tests.chaos.pairs import PAUSES, stopped_in_the_way, taken_over, two_on_one
from tests.chaos.report import Book, write
from tests.chaos.scenarios import HEAD, STEPS, VERIFIED
from tests.chaos.sites import Sites, sites
from tests.chaos.troubles import TROUBLES, trouble
from tests.chaos.world import KINDS, Database, World, world

SLOW_S: Final = 30.0
AWAY_S: Final = 20.0
STOPPED_S: Final = 3.0
STRIDE: Final = 3
ROOMS: Final = (0, 4 * KIB, 64 * KIB, 512 * KIB, 4096 * KIB)
"""Bytes that are left on a full disk."""


def main() -> None:
    """Run all of it; exit 1 when anything was lost, doubled or miscounted."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="of every step")
    parser.add_argument("--kills", type=int, default=30, help="at random moments, for each kind")
    parser.add_argument("--commands", action="store_true", help="start every process anew")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    book = Book()
    forks = not args.commands
    for database, store in KINDS:
        with world(database, store, forks=forks) as made:
            _at_work(made, book, args.rounds, args.kills)
    with on_a_disk(forks=forks) as (made, small):
        made.have_form(VERIFIED)
        for left in ROOMS:
            name = f"disk full but for {left // KIB} KiB ({small.kind})"
            _tried(book, made, name, partial(full, made, small, left))
        _closed(book, made)
    with sites(forks=forks) as fresh:
        for database in ("sqlite", "postgresql"):
            _starting(fresh, book, database)
    write(book)
    print(book.summary())
    sys.exit(1 if book.faults else 0)


def _at_work(made: World, book: Book, rounds: int, kills: int) -> None:
    """Every step, every command, and random moments, on one installation."""
    made.have_form(VERIFIED)
    for number in range(rounds):
        for scenario in (*(() if number else (HEAD,)), *STEPS):
            if scenario.fits(made):
                name = f"{scenario.step} | {scenario.victim}"
                _tried(book, made, name, partial(scenario.run, made), read=False)
    for command in COMMANDS:
        run = partial(command.run, made, command.plan)
        _tried(book, made, f"{command.step} | command", run, read=False)
    name = "worker stopped holding the place of writers"
    _tried(book, made, name, partial(stopped_in_the_way, made, STOPPED_S))
    if made.bucket is not None:
        for kind in TROUBLES:
            seconds = SLOW_S + 5 if kind == "slow" else SLOW_S / 3
            run = partial(trouble, made, kind, seconds=seconds, pause_s=SLOW_S)
            _tried(book, made, f"photo store: {kind}", run)
    if made.server is not None:
        for plan in PAUSES:
            place = plan.place.rpartition(".")[2]
            name = f"two workers on one photo, one stopped {plan.moment} {place}"
            _tried(book, made, name, partial(two_on_one, made, plan))
        _tried(book, made, "stopped worker taken over", partial(taken_over, made, PAUSES[0]))
        _tried(book, made, f"database away for {AWAY_S:.0f} s", partial(away, made, AWAY_S))
    rng = random.Random(f"{made.database} {made.store}")
    _tried(book, made, "random moments", partial(random_moments, made, kills, rng), times=kills)
    _closed(book, made)


def _starting(fresh: Sites, book: Book, database: Database) -> None:
    """Starts and migrations, each on a database of its own."""
    tries: Sequence[tuple[str, Callable[[Site], int]]] = (
        ("killed at the first start", killed_at_the_first_start),
        (
            f"killed at every {STRIDE}rd statement of all migrations",
            partial(killed_at_every_step, stride=STRIDE),
        ),
        ("killed when all is migrated", killed_once_migrated),
        ("four processes start a fresh installation", partial(many_at_once, count=4, old=False)),
        (
            "four processes start an installation of the first release",
            partial(many_at_once, count=4, old=True),
        ),
    )
    for name, run in tries:
        began = time.monotonic()
        try:
            times, fault = run(fresh.new(database)), ""
        except Exception as error:  # noqa: BLE001  # told in the report
            times, fault = 1, _told(error)
        book.add(name, database, times, fault)
        print(f"{time.monotonic() - began:6.1f} s  {database}: {name} {fault[:200]}", flush=True)


def _tried(
    book: Book,
    made: World,
    name: str,
    run: Callable[[], object],
    *,
    read: bool = True,
    times: int = 1,
) -> None:
    """Let one thing happen, hold the store against what people were told, and note it."""
    began = time.monotonic()
    fault = ""
    try:
        run()
        made.audit(read=read)
    except Exception as error:  # noqa: BLE001  # told in the report
        fault = _told(error)
        print(made.last_words(), file=sys.stderr)
        made.mend()
    kind = f"{made.database}, {made.store}"
    book.add(name, kind, times, fault)
    print(f"{time.monotonic() - began:6.1f} s  {kind}: {name} {fault[:300]}", flush=True)


def _closed(book: Book, made: World) -> None:
    """At the end every blob is hashed again, and what people got is added up."""
    made.whole.forget()
    counted: Counted | None = None
    try:
        counted = made.audit()
    except Exception as error:  # noqa: BLE001  # told in the report
        book.add("everything, at the end", f"{made.database}, {made.store}", 1, _told(error))
    book.close(made, counted)


def _told(error: Exception) -> str:
    print("".join(traceback.format_exception(error)), file=sys.stderr)
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
