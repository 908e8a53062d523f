"""From what schemathesis makes of the API's own description to a request that hurts.

Random ids find nothing, so most are replaced by ones that exist; then texts, numbers and bodies are
spoiled as a hostile hand would.
"""

import io
import json
import random
import zipfile
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from schemathesis import Case

from benchmarks.fuzz_mutations import mutant
from benchmarks.fuzz_world import Target, values_of

TEXTS: Final = (
    "", " ", "\0", "a\0b", "\uffff", "\u202e", "é" * 3000, "9" * 30, "-1", "0", "1e309", "NaN",
    "../../../etc/passwd", "%00", "%s%n", "'; DROP TABLE upload; --", "{{7*7}}",
    "<script>alert(1)</script>", "\r\nX-Injected: 1", "٣", "\U00011f51", "null", "true",
    "2024-13-45T99:99", "99999-01-01", "0000-00-00", "x" * 70_000,
    "//evil.example", "\\\\x", "\x7f",
)  # fmt: skip
HALVES: Final = ("\ud800", "a\udfffb")
"""Lone surrogates, which JSON can spell and UTF-8 cannot."""

NUMBERS: Final = (
    0, -1, 2**31, 2**63, -(2**63) - 1, 2**64, 10**400, 1e308, float("nan"), float("inf"),
)  # fmt: skip
BODIES: Final = (
    b"", b"null", b"[]", b"{}", b"{", b"\xff\xfe{\x00", b"\xef\xbb\xbf{}", b"[" * 100_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b'{"reason":"\\ud800","expected_version":0}',
    b'{"reason":"a\x00b"}', b"9" * 5000, b'{"a":1,"a":2}', b"%00=%00&%ff=%ff", b"=&=&;" * 2000,
    b"NaN", b'"' + b"x" * 900_000 + b'"', b"x" * 1_200_000,
)  # fmt: skip
TYPES: Final = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=B",
    "multipart/form-data", "application/offset+octet-stream", "text/plain", "application/xml",
    "multipart/form-data; boundary=B; charset=unicode_escape", "application/json; charset=utf-7",
)  # fmt: skip
HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "accept": ("text/html", "application/json", "*/*", "text/html;q=2,,;"),
    "accept-language": ("id", "x" * 2000),
    "if-none-match": ("*", '"' * 500, "W/"),
    "origin": ("http://[", "null", "http://evil.example", "javascript:"),
    "sec-fetch-site": ("cross-site", "same-origin", "none", ""),
    "range": ("bytes=0-0,1-1", "bytes=-1", "bytes=" + "0-1," * 500),
    "user-agent": ("", "x" * 5000, "\xff\xfe"),
    "x-forwarded-proto": ("https", "gopher"),
    "cookie": ("lang=xx; session=", "lang=\xff", "a" * 5000, "=;=;"),
    "host": ("evil.example", "a b", "127.0.0.1:99999"),
    "tus-resumable": ("1.0.0", "0.2"),
    "upload-length": ("1", "-1", "9" * 40),
    "upload-offset": ("0", "9" * 40),
    "upload-metadata": ("filename AGEAYg==", "key aw==,filename eA==", ",,", "key =", "\xff"),
}
KNOWN_SHARE: Final = 0.75
SPOILED_SHARE: Final = 0.35
RAW_SHARE: Final = 0.06
HEADER_SHARE: Final = 0.25

Sent = dict[str, Any]
"""The arguments of `requests.Session.request`."""


def spoiled(case: Case[Any], target: Target, rng: random.Random) -> Sent:
    """The request of a case, most of its ids real and some of the rest spoiled."""
    sent: Sent = dict(case.as_transport_kwargs(base_url=target.url))
    sent.pop("cookies", None)
    path = case.operation.path
    for name, value in (case.path_parameters or {}).items():
        chosen = _value(case.operation.path, name, str(value), target, rng)
        path = path.replace(f"{{{name}}}", quote(chosen, safe="/" if name == "name" else ""))
    sent["url"] = target.url + path
    sent["headers"] = _headers(sent.get("headers") or {}, rng)
    if sent.get("params") and rng.random() < SPOILED_SHARE:
        sent["params"] = {**sent["params"], _any(sent["params"], rng): rng.choice(TEXTS)}
    if "files" in sent and rng.random() < 0.7:
        sent["files"] = _upload(sent["files"], rng)
    elif isinstance(sent.get("data"), dict) and rng.random() < SPOILED_SHARE:
        sent["data"] = {**sent["data"], _any(sent["data"], rng): rng.choice(TEXTS)}
    elif "json" in sent:
        body = _spoil(sent.pop("json"), target, rng) if rng.random() < 0.6 else sent.pop("json")
        sent["data"] = json.dumps(body).encode()
        sent["headers"]["Content-Type"] = "application/json"
    if case.method not in ("GET", "HEAD") and rng.random() < RAW_SHARE:
        sent = {key: sent[key] for key in ("method", "url", "headers")}
        sent["data"] = rng.choice(BODIES)
        sent["headers"]["Content-Type"] = rng.choice(TYPES)
    return sent


def _value(path: str, name: str, made: str, target: Target, rng: random.Random) -> str:
    known = values_of(target.known, path, name)
    drawn = rng.random()
    if known and drawn < KNOWN_SHARE:
        return rng.choice(known)
    return rng.choice(TEXTS[:-1]) if drawn < 0.9 else made


def _any(given: Mapping[str, Any], rng: random.Random) -> str:
    return rng.choice(sorted(given)) if given else "x"


def _headers(made: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    headers: dict[str, Any] = {str(name): value for name, value in made.items()}
    if rng.random() < HEADER_SHARE:
        name = rng.choice(tuple(HEADERS))
        headers[name] = rng.choice(HEADERS[name]).encode("latin-1")
    return headers


def _spoil(body: Any, target: Target, rng: random.Random) -> Any:  # noqa: ANN401  any JSON
    """The same JSON with one of its leaves spoiled, or made an id that exists."""
    if isinstance(body, dict) and body:
        name = rng.choice(sorted(body))
        if rng.random() < 0.1:
            return {**body, rng.choice((*TEXTS[:12], *HALVES)): body[name]}
        return {**body, name: _spoil(body[name], target, rng)}
    if isinstance(body, list) and body:
        at = rng.randrange(len(body))
        return [*body[:at], _spoil(body[at], target, rng), *body[at + 1 :]]
    if isinstance(body, int | float):
        return rng.choice(NUMBERS)
    real = rng.choice(tuple(target.known.values()) or ((),))
    return rng.choice((*TEXTS, *HALVES, *HALVES, *real, None))


def _upload(made: list[Any] | None, rng: random.Random) -> list[Any]:
    """Parts of a form with a mutated picture, or a ZIP of some, as its file."""
    data = mutant(rng.randrange(1000), rng.randrange(1000)).data
    name = rng.choice(
        ("a.jpg", "6411032001001.heic", "a\0.png", "é" * 300, "../a", '"', "\u202egpj")
    )
    if rng.random() < 0.2:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(zipfile.ZipInfo("a.jpg"), data)
        packed = bytearray(file.getvalue())
        for _ in range(rng.randrange(6)):
            packed[rng.randrange(len(packed))] = rng.randrange(256)
        data, name = bytes(packed), "a.zip"
    kept = [part for part in made or () if part[0] in ("tps", "contest", "idempotency_key")]
    return [("files", (name, data, "image/jpeg")), *kept]
