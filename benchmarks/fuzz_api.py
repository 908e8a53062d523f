"""Hostile requests to every route, as everybody: no answer of 500 or more, and nobody dies.

    python -m benchmarks.fuzz_api [--minutes N] [--seed N] [--postgresql] [--write]

What schemathesis makes of the API's own description, spoiled, goes to a real server; then come
requests that no library would send.
"""

import argparse
import itertools
import json
import math
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from benchmarks.fuzz_bases import intact
from benchmarks.fuzz_checks import faults
from benchmarks.fuzz_protocol import Answer, ask, bare_requests
from benchmarks.fuzz_report import machine, table, write_part
from benchmarks.fuzz_requests import spoiled
from benchmarks.fuzz_world import PASSWORD, ROLES, Target, furnish, postgresql, served
from benchmarks.process_memory import MIB, MemoryWatch, quarters, resident
from digitizer.settings import Settings

MINUTES: Final = 10.0
A_TURN: Final = 10
"""Cases of one kind for one route, each sent by everybody, before the next has its turn."""

MOST_WEB_MIB: Final = 600
READ_SECONDS: Final = 600.0
NOBODY: Final = "nobody"


@dataclass(slots=True)
class Run:
    """What happened; `failures` holds every kind of fault once, with a request that shows it."""

    target: Target
    rng: random.Random
    end: float
    sent: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    logins: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        return time.monotonic() > self.end

    def note(self, place: str, answer: Answer, request: str) -> None:
        self.sent[place] += 1
        self.statuses[answer.status] += 1
        for fault in faults(answer.status, answer.headers, answer.body, self.target.secret):
            self.failures.setdefault(f"{place}: {fault}", request[:600])


class Person:
    """Somebody with a browser; who was signed out, or has ended the own login, signs in again."""

    def __init__(self, name: str, run: Run) -> None:
        self.name = name
        self.run = run
        self.line = requests.Session()
        self.enter()

    def enter(self) -> None:
        """Sign in as anybody does; from another address each time, so that none must wait."""
        self.line.cookies.clear()
        if self.name == NOBODY:
            return
        self.run.logins[self.name] += 1
        number = self.run.logins[self.name]
        answer = self.line.post(
            f"{self.run.target.url}/login",
            data={"username": self.name, "password": PASSWORD},
            headers={"X-Forwarded-For": f"10.1.{number // 250 % 250}.{number % 250}"},
            allow_redirects=False,
            timeout=60,
        )
        if answer.status_code != 303:
            self.run.failures.setdefault(f"{self.name} cannot sign in", answer.text[:600])

    def send(self, case: Case[Any]) -> None:
        """One request; a login that it ended is made anew."""
        sent = spoiled(case, self.run.target, self.run.rng)
        place = f"{case.method} {case.operation.path}"
        before = self._tokens()
        try:
            got = self.line.request(**sent, allow_redirects=False, timeout=60)
        except ValueError:
            return  # the library knows no way to write it
        except requests.exceptions.ConnectionError:
            # Hung up, as a server may on a body that it does not want; that it lives is seen next.
            self.run.note(place, self._alive(), repr(sent))
            return
        headers = {name.lower(): value for name, value in got.headers.items()}
        answer = Answer(got.status_code, headers, got.content)
        if not answer.from_the_server_itself:
            self.run.note(place, answer, repr(sent))
        own = "cookie" not in {name.lower() for name in sent.get("headers", {})}
        if self._tokens() != before or (own and got.status_code == 401):
            self.enter()

    def _tokens(self) -> list[str | None]:
        return [item.value for item in self.line.cookies if item.name == "session"]

    def _alive(self) -> Answer:
        got = requests.get(f"{self.run.target.url}/healthz", timeout=60)
        headers = {name.lower(): value for name, value in got.headers.items()}
        return Answer(got.status_code, headers, got.content)


def attack(
    target: Target,
    seed: int,
    *,
    seconds: float = math.inf,
    rounds: int | None = None,
    turn: int = A_TURN,
) -> Run:
    """Send requests to every route as everybody, each route in turn, until it is enough.

    Args:
        target: a server and what it knows.
        seed: of every choice.
        seconds: after which it ends.
        rounds: over all routes, after which it ends.
        turn: cases of one kind for one route before the next.
    """
    run = Run(target, random.Random(seed), time.monotonic() + seconds)
    schema = schemathesis.openapi.from_url(f"{target.url}/openapi.json")
    found = schema.get_all_operations()
    operations = [item.ok() for item in found if isinstance(item, Ok)]
    people = [Person(name, run) for name in (NOBODY, *ROLES)]
    kinds = [(operation, mode) for operation in operations for mode in GenerationMode]
    for number in itertools.islice(itertools.count(seed * 1000), rounds):
        for kind in run.rng.sample(kinds, len(kinds)):
            if run.over:
                return run
            if not _turn(*kind, people, run, number, turn):
                kinds.remove(kind)
    return run


def _turn(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    people: Sequence[Person],
    run: Run,
    number: int,
    turn: int,
) -> bool:
    """Send some cases of one kind as everybody; False where schemathesis makes none."""

    @seeded(number)
    @settings(
        max_examples=turn,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def send(case: Case[Any]) -> None:
        for person in people:
            if not run.over:
                person.send(case)

    try:
        send()
    except Unsatisfiable:
        return False  # without parameters nothing can be wrong
    return True


def attack_barely(run: Run, *, patient: bool = True) -> None:
    """Send what no library would, with the session of a reviewer.

    `patient` also sends what a server may wait long for the rest of, and all without a session.
    """
    person = Person("rina", run)
    own = str(person.line.cookies.get("session"))
    for cookie in (own, "") if patient else (own,):
        for request in bare_requests(cookie):
            if request.unfinished and not patient:
                continue
            answer = ask(run.target.url, request)
            run.sent["bare bytes"] += 1
            run.statuses[answer.status] += 1
            if answer.status and not answer.from_the_server_itself:
                for fault in faults(answer.status, answer.headers, answer.body, run.target.secret):
                    run.failures.setdefault(f"{request.name}: {fault}", repr(request.data[:300]))
        person.enter()


def still_reads(run: Run) -> bool:
    """Whether a photo that is sent now is read in the end, whatever was sent before it."""
    person = Person("admin", run)
    # Another photo than any before: a comment tells it apart.
    data = intact()
    mark = b"\xff\xfe\x00\x0bselesai.."
    files = {"files": ("6411032002001.jpg", data[:2] + mark + data[2:], "image/jpeg")}
    answer = person.line.post(
        f"{run.target.url}/photos",
        files=files,
        headers={"Accept": "application/json"},
        timeout=60,
    )
    if answer.status_code not in (200, 201):
        return False
    receipt = run.target.url + str(answer.json()["receipts"][0]["url"])
    end = time.monotonic() + READ_SECONDS
    while time.monotonic() < end:
        page = person.line.get(receipt, timeout=60)
        if page.status_code == 200 and "/pictures/" in page.text:
            return True
        time.sleep(2)
    return False


def report(run: Run, watch: MemoryWatch, facts: list[tuple[str, object]], name: str) -> str:
    """The run as Markdown."""
    statuses = [(code or "hung up", count) for code, count in sorted(run.statuses.items())]
    numbers = [
        ("requests", sum(run.sent.values())),
        ("routes, people", f"{len(run.sent) - 1}, {len(ROLES) + 1}"),
        ("signed in anew", sum(run.logins.values()) - len(ROLES)),
        ("most memory of the web", f"{max(watch.own) / MIB:.0f} MiB"),
        ("its median in each quarter of the run",
         ", ".join(f"{size / MIB:.0f}" for size in quarters(watch.own)) + " MiB"),
        *facts,
        ("kinds of failures", len(run.failures)),
    ]  # fmt: skip
    parts = [
        f"## Requests, {name}\n\n{machine()}, shared with other work.",
        table(("what", "found"), numbers),
        table(("status", "answers"), statuses),
    ]
    if run.failures:
        found = [f"- {kind}: `{request}`" for kind, request in sorted(run.failures.items())]
        parts.append("Failures:\n\n" + "\n".join(found))
    return "\n\n".join(parts)


def fuzz(folder: Path, database: str, seconds: float, seed: int) -> tuple[Run, str]:
    """The whole attack on a fresh installation; gives the run and its report."""
    wanted = Settings(data_dir=folder / "data", database_url=database)
    known = furnish(wanted)
    log = folder / "server.log"
    with served(wanted, log) as (url, server), MemoryWatch(server.pid) as watch:
        target = Target(url, known, (str(folder), str(Path(__file__).resolve().parent.parent)))
        run = attack(target, seed, seconds=seconds)
        attack_barely(run)
        facts: list[tuple[str, object]] = [
            ("server and worker alive", _all_alive(run, server.pid, watch)),
            ("a photo sent after all that", "read" if still_reads(run) else "NOT READ"),
        ]
    if facts[-1][1] != "read":
        run.failures["a photo sent at the end is not read"] = ""
    if max(watch.own) > MOST_WEB_MIB * MIB:
        run.failures[f"the web held more than {MOST_WEB_MIB} MiB"] = ""
    for line in _told_errors(log.read_text(errors="replace")):
        run.failures.setdefault(f"the server's log: {line}", "")
    name = "PostgreSQL" if database else "SQLite"
    return run, report(run, watch, facts, name)


def _all_alive(run: Run, pid: int, watch: MemoryWatch) -> str:
    alive = sum(resident(child)[0] > 0 for child in watch.peaks)
    if not resident(pid)[0] or not alive:
        run.failures["the server or its worker ended"] = ""
        return "no"
    return "yes"


def _told_errors(log: str) -> Iterator[str]:
    """Every kind of error that a log tells, with its place; a bare traceback too."""
    told: set[str] = set()
    for line in log.splitlines():
        if line.startswith("Traceback"):
            told.add(line)
        if not line.startswith("{"):
            continue
        said = json.loads(line)
        if said["level"] == "error":
            place = said.get("at") or [""]
            told.add(f"{said['event']}: {said.get('error', '')} {place[-1]}".strip())
    yield from sorted(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="on a server of its own")
    parser.add_argument("--write", action="store_true", help="write docs/fuzz.md")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder, ExitStack() as stack:
        database = stack.enter_context(postgresql()) if wanted.postgresql else ""
        run, body = fuzz(Path(folder), database, 60 * wanted.minutes, wanted.seed)
    print(body)
    if wanted.write:
        write_part("requests-postgresql" if wanted.postgresql else "requests-sqlite", body)
    sys.exit(1 if run.failures else 0)


if __name__ == "__main__":
    main()
