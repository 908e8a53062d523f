"""Reviewers who sign in, are given form after form, and type what stands on the paper."""

import http.client
import json
import random
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from benchmarks.rehearsal.country import beyond_limits, broken_at, written_at

SHEET: Final = re.compile(r'id="sheet">(.*?)</script>', re.DOTALL)
REFUSED: Final = '<p class="notice bad">'
"""What the desk shows in place of its keys."""

NEXT: Final = "/sheets/next"
NOTHING_LEFT: Final = "/queue"
KEPT_S: Final = 3.0
"""An unused connection is closed by the server after five seconds."""

WHY: Final = "tertulis demikian di kertas"

PAUSE_S: Final = 0.5
"""A reviewer who found nothing to do looks again so much later."""


@dataclass(slots=True)
class Reviewed:
    """What reviewers did.

    Attributes:
        opened_ms, confirmed_ms: of each form, the answer with the form, and to its confirmation.
        outcomes: how many confirmations came to what.
        refused: answers that said no; their codes.
    """

    opened_ms: list[float] = field(default_factory=list)
    confirmed_ms: list[float] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def review(ports: Sequence[int], logins: Sequence[str]) -> Reviewed:
    """Confirm what waits, one thread a login and without a pause, until nothing does."""
    return _together(ports, logins, 0.0, None)


def review_at_leisure(
    ports: Sequence[int], logins: Sequence[str], look_s: float, enough: threading.Event
) -> Reviewed:
    """Look at each form before it is confirmed, so long on average, until `enough` is set."""
    return _together(ports, logins, look_s, enough)


def _together(
    ports: Sequence[int], logins: Sequence[str], look_s: float, enough: threading.Event | None
) -> Reviewed:
    done = Reviewed()
    with ThreadPoolExecutor(len(logins)) as people:
        at_work = [
            people.submit(_reviewer, ports[n % len(ports)], login, done, look_s, enough)
            for n, login in enumerate(logins)
        ]
    for person in at_work:
        person.result()
    return done


def _reviewer(
    port: int, login: str, done: Reviewed, look_s: float, enough: threading.Event | None
) -> None:
    desk = Desk(port, login)
    rng = random.Random(login)
    place = NEXT
    time.sleep(rng.uniform(0, look_s))  # nobody begins in the same moment
    while enough is None or not enough.is_set():
        if place == NEXT:
            place = desk.next_form()
        if place.startswith(NOTHING_LEFT):
            if enough is None:
                return
            time.sleep(PAUSE_S)
            place = NEXT
            continue
        place = _one_form(desk, place, done, rng.expovariate(1 / look_s) if look_s else 0.0)
    if place not in (NEXT, NOTHING_LEFT):
        desk.leave(place)


def _one_form(desk: "Desk", place: str, done: Reviewed, look_s: float) -> str:
    """Open a form, look at it, confirm it, and go on to where the answer says."""
    started = time.perf_counter()
    page = desk.get(place)
    done.opened_ms.append(1000 * (time.perf_counter() - started))
    found = SHEET.search(page)
    if found is None or REFUSED in page:
        # Somebody else took it in the same moment; a person is offered no key to submit then.
        done.refused.append("taken")
        time.sleep(PAUSE_S)
        return NEXT
    time.sleep(look_s)
    sheet = json.loads(found[1])
    path, _, query = place.partition("?")
    code = path.split("/")[3]
    started = time.perf_counter()
    status, answer = desk.post(f"{path}/verifications?{query}", _confirmation(sheet, code, place))
    done.confirmed_ms.append(1000 * (time.perf_counter() - started))
    if status == HTTPStatus.CONFLICT:
        done.refused.append(str(answer["code"]))
        return NEXT
    if status != HTTPStatus.CREATED:
        raise RuntimeError(f"confirming {place} is answered with {status}: {answer}")
    outcome = str(answer["outcome"])
    done.outcomes[outcome] = done.outcomes.get(outcome, 0) + 1
    return str(answer["next"])


def _confirmation(sheet: dict[str, Any], code: str, place: str) -> dict[str, Any]:
    written = written_at(code).written
    return {
        "client": f"{place}-{sheet['version']}-{len(sheet['earlier'])}"[-80:],
        "readings": sheet["readings"],
        "expected_version": sheet["version"],
        "earlier": sheet["earlier"],
        "shown": sheet["shown"],
        "tps_number": code[-3:] if sheet["ask_tps"] else "",
        "acknowledged": broken_at(code),
        "seconds": 12.0,
        "fields": {
            name: {"as_written": written[name], "note": WHY if name in beyond_limits(code) else ""}
            for name in sheet["fields"]
        },
    }


class Desk:
    """One connection that stays open as long as it is used, as a browser's does."""

    def __init__(self, port: int, login: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Cookie": f"session={login}", "Accept": "text/html"}
        self._used = 0.0

    def next_form(self) -> str:
        status, headers, _ = self._ask("GET", NEXT, None)
        if status not in (HTTPStatus.SEE_OTHER, HTTPStatus.FOUND, HTTPStatus.TEMPORARY_REDIRECT):
            raise RuntimeError(f"{NEXT} is answered with {status}")
        return headers["location"]

    def get(self, path: str) -> str:
        _, _, body = self._ask("GET", path, None)
        return body

    def leave(self, place: str) -> None:
        """Give a form back that is not worked on."""
        path, _, query = place.partition("?")
        status, _, answer = self._ask("POST", f"{path}/leave?{query}", "")
        if status != HTTPStatus.NO_CONTENT:
            raise RuntimeError(f"leaving {place} is answered with {status}: {answer}")

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        status, _, answer = self._ask("POST", path, json.dumps(body))
        return status, json.loads(answer)

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, dict[str, str], str]:
        headers = dict(self._headers)
        if body is not None:
            headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        if time.monotonic() - self._used > KEPT_S:
            self._connection.close()  # before the server does; it opens again by itself
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        text = answer.read().decode()
        self._used = time.monotonic()
        return answer.status, named, text
