"""People at the other end of the line: they try again as their pages do, and keep what they got."""

import base64
import hashlib
import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import httpx

from tests.conftest import ROOT
from tests.facts import png

PHOTOS: Final = ROOT / "samples" / "photos"
CONTEST: Final = "gubernur"
FORM: Final = "c-hasil-kwk-gubernur-2024-2p"
GIVE_UP_S: Final = 60.0
PAUSE_S: Final = 0.2
"""Between two tries; pages wait longer."""

PIECE: Final = 64 * 1024
"""The smallest piece that a phone sends."""

Way = Literal["form", "pieces"]


@dataclass(slots=True)
class Ledger:
    """What people were told, each answer of it a promise.

    Attributes:
        receipts: upload by sha256 of the photo.
        verifications: ids of confirmations that were taken.
        corrections: ids of corrections that were taken.
        downloads: sha256 of every export that arrived whole.
        refusals: answers 5xx, by status and code.
    """

    receipts: dict[str, str] = field(default_factory=dict)
    verifications: list[str] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)


class Unanswered(Exception):
    """No answer came that says what became of it; trying again is right."""


class Person:
    """Somebody who is signed in."""

    def __init__(self, url: Callable[[], str], name: str, session: str, ledger: Ledger) -> None:
        self.name = name
        self.ledger = ledger
        self._url = url
        self._cookies = {"session": session}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        """One request on a line of its own.

        Raises:
            Unanswered: the line broke, or the server says that it cannot now.
        """
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        try:
            answer = httpx.request(
                method, self._url() + path, headers=headers, cookies=self._cookies,
                timeout=options.pop("timeout", 20.0), **options,
            )  # fmt: skip
        except httpx.HTTPError as error:
            raise Unanswered(repr(error)) from error
        if answer.status_code >= 500:
            self.ledger.refusals.append((answer.status_code, _code(answer)))
            raise Unanswered(f"{answer.status_code} {answer.text[:300]}")
        return answer

    def until_answered(
        self, attempt: Callable[[], httpx.Response], *, seconds: float = GIVE_UP_S
    ) -> httpx.Response:
        """Try again and again, as a page does.

        Raises:
            TimeoutError: nothing answered for `seconds`.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                return attempt()
            except Unanswered as error:
                if time.monotonic() > end:
                    raise TimeoutError(f"{self.name} was not answered: {error}") from error
                time.sleep(PAUSE_S)


class Phone(Person):
    """A witness who sends photos."""

    def send(self, photo: bytes, tps: str, way: Way = "form") -> str:
        """Send one until its receipt is there; gives the sha256."""
        key = secrets.token_hex(16)
        sha256 = hashlib.sha256(photo).hexdigest()
        if way == "form":
            receipt = self._by_form(photo, tps, key)
        else:
            receipt = self._in_pieces(photo, tps, key, sha256)
        self.ledger.receipts[sha256] = receipt
        return sha256

    def _by_form(self, photo: bytes, tps: str, key: str) -> str:
        answer = self.until_answered(
            lambda: self.ask(
                "POST",
                "/photos",
                files={"files": ("foto.jpg", photo)},
                data={"tps": tps, "idempotency_key": key},
            )
        )
        assert answer.status_code in (200, 201), answer.text
        (receipt,) = answer.json()["receipts"]
        return str(receipt["upload"])

    def _in_pieces(self, photo: bytes, tps: str, key: str, sha256: str) -> str:
        """As `tus.js` does: announce, ask how far it came after every failure, go on from there."""
        said = {"key": key, "filename": "foto.jpg", "tps": tps, "sha256": sha256}
        metadata = ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items()
        )
        place = ""
        answer = None
        end = time.monotonic() + GIVE_UP_S
        while True:
            try:
                if answer is None:
                    announced = {"Upload-Length": str(len(photo)), "Upload-Metadata": metadata}
                    answer = self._tus("POST", "/tus", announced)
                    place = answer.headers["location"]
                if "content-location" in answer.headers:
                    return answer.headers["content-location"].rpartition("/")[2]
                at = int(answer.headers["upload-offset"])
                piece = {
                    "Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"
                }  # fmt: skip
                answer = self._tus("PATCH", place, piece, photo[at : at + PIECE])
                if answer.status_code == 409:
                    answer = self._tus("HEAD", place, {})
            except Unanswered as error:
                if time.monotonic() > end:
                    raise TimeoutError(f"{self.name} was not answered: {error}") from error
                answer = None
                time.sleep(PAUSE_S)

    def _tus(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> httpx.Response:
        said = {"Tus-Resumable": "1.0.0", **headers}
        answer = self.ask(method, path, headers=said, content=body)
        assert answer.status_code in (200, 201, 204, 409), f"{method} {path}: {answer.text}"
        return answer


class Reviewer(Person):
    """Somebody at the review desk."""

    def confirm(self, tps: str, contest: str = CONTEST, form: str = FORM) -> str:
        """Open a form, type what its ink says, and send it until it is taken; gives the id."""
        path = f"/sheets/{contest}/{tps}/{form}"
        end = time.monotonic() + GIVE_UP_S
        while True:
            page = self.until_answered(lambda: self.ask("GET", path))
            assert page.status_code == 200, page.text
            answer = self._sent(f"{path}/verifications", self._typed(page.text, tps))
            if answer.status_code == 201:
                told = answer.json()
                self.ledger.verifications.append(told["verification"])
                return str(told["verification"])
            # Somebody else was first, or a photo came: it is opened again.
            assert answer.status_code == 409, answer.text
            assert time.monotonic() < end, answer.text
            time.sleep(PAUSE_S)

    def _sent(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """The same attempt until it is answered."""
        return self.until_answered(lambda: self.ask("POST", path, json=body))

    def correct(self, tps: str, value: int, contest: str = CONTEST) -> str:
        """Enter what a D.HASIL says of paslon 1, until it is taken; gives its id."""
        path = f"/recap/{contest}/tps/{tps}/corrections"
        page = self.until_answered(lambda: self.ask("GET", path))
        version = re.search(r'name="expected_version" value="(\d+)"', page.text)
        data = {
            "level": "kecamatan", "reason": "salah jumlah", "field": "paslon_1",
            "value": str(value), "expected_version": version[1] if version else "0",
        }  # fmt: skip
        document = png(60, 40, value % 200)
        answer = self.until_answered(
            lambda: self.ask("POST", path, data=data, files={"document": ("d.png", document)})
        )
        assert answer.status_code == 201, answer.text
        made = str(answer.json()["correction"])
        self.ledger.corrections.append(made)
        return made

    def download(self, path: str) -> bytes:
        """An export, until it arrives whole."""
        answer = self.until_answered(lambda: self.ask("GET", path))
        assert answer.status_code == 200, answer.text
        self.ledger.downloads.append(hashlib.sha256(answer.content).hexdigest())
        return answer.content

    def _typed(self, page: str, tps: str) -> dict[str, Any]:
        found = re.search(r'id="sheet">(.*?)</script>', page, re.DOTALL)
        assert found, page[:500]
        data = json.loads(found[1])
        return {
            "client": secrets.token_hex(8),
            "readings": data["readings"],
            "expected_version": data["version"],
            "earlier": data["earlier"],
            "shown": data["shown"],
            "tps_number": tps[-3:] if data["ask_tps"] else "",
            "acknowledged": [],
            "seconds": 4.2,
            "fields": {name: {"as_written": truth(tps)[name]} for name in data["fields"]},
        }


def photo(tps: str, page: int, number: int = 0) -> bytes:
    """A sample photo; each `number` beyond 0 is the same picture in other bytes."""
    data = (PHOTOS / f"{tps}-hal{page}.jpg").read_bytes()
    if not number:
        return data
    said = f"percobaan {number}".encode()
    comment = b"\xff\xfe" + (len(said) + 2).to_bytes(2, "big") + said
    return data[:2] + comment + data[2:]


def truth(tps: str) -> dict[str, str]:
    """What is written on the form of a TPS."""
    expected = json.loads((ROOT / "samples" / "expected.json").read_text())
    return {
        name: item["as_written"]
        for page in expected
        if page["tps"] == tps
        for name, item in page["fields"].items()
    }


class Doing:
    """Something that somebody does meanwhile."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(act,), daemon=True)
        self._thread.start()

    def done(self, seconds: float = 2 * GIVE_UP_S) -> None:
        """Wait until it is done, and raise what it raised."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise TimeoutError("it is not done")
        if self._error is not None:
            raise self._error

    def _run(self, act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001  # told to whoever waits
            self._error = error


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("code", ""))
    except ValueError:
        return ""
