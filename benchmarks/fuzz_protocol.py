"""Requests that no library would send: headers, lengths and bodies that lie, sent as bare bytes."""

import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

WAIT_SECONDS: Final = 3.0
"""For an answer; a server may well wait for the rest of a request that never comes."""

DRIP_SECONDS: Final = 3.0
MOST_ANSWER: Final = 1 << 16
MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Bare:
    """One request as bytes.

    Attributes:
        drip: is sent after it again and again, until the server answers or `DRIP_SECONDS` are over.
        unfinished: the server may wait for the rest of it.
    """

    name: str
    data: bytes
    drip: bytes = b""
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 where the server hung up or waited."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def from_the_server_itself(self) -> bool:
        """Whether it was refused before the application saw it."""
        return self.status == 400 and b"Invalid HTTP request" in self.body[:60]


def bare_requests(cookie: str) -> Iterator[Bare]:
    """Every odd request, with a session where that lets it further in."""
    start = b"Host: 127.0.0.1\r\nConnection: close\r\nCookie: session=" + cookie.encode() + b"\r\n"
    json = b"Content-Type: application/json\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    part = b"Content-Type: multipart/form-data; boundary=B\r\n"
    move = b"POST /glyphs HTTP/1.1\r\n" + start + json
    photos = b"POST /photos HTTP/1.1\r\n" + start
    yield Bare("huge header", b"GET / HTTP/1.1\r\n" + start + b"X: " + b"a" * 200_000 + b"\r\n\r\n")
    yield Bare("many headers", b"GET / HTTP/1.1\r\n" + start + b"X: a\r\n" * 9_000 + b"\r\n")
    yield Bare("no host", b"GET / HTTP/1.1\r\n\r\n")
    yield Bare("two hosts", b"GET / HTTP/1.1\r\nHost: a\r\n" + start + b"\r\n")
    yield Bare("host that is none", b"GET /queue HTTP/1.1\r\nHost: [::1\r\n\r\n")
    yield Bare("old protocol", b"GET /healthz HTTP/1.0\r\n\r\n")
    yield Bare("no protocol", b"GET /healthz\r\n\r\n")
    yield Bare("next protocol", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    yield Bare("noise", bytes(range(256)) * 8)
    yield Bare("nothing", b"\r\n" * 100)
    yield Bare("bare line ends", b"GET /healthz HTTP/1.1\nHost: a\n\n")
    yield Bare("NUL in a header", b"GET / HTTP/1.1\r\n" + start + b"X: a\0b\r\n\r\n")
    yield Bare("bytes in a header", b"GET /queue HTTP/1.1\r\n" + start + b"X: \xff\xfe\r\n\r\n")
    yield Bare("bytes in a cookie", b"GET / HTTP/1.1\r\nHost: a\r\nCookie: session=\xff\r\n\r\n")
    yield Bare(
        "origin that is none", b"POST /logout HTTP/1.1\r\nHost: a\r\nOrigin: http://[\r\n\r\n"
    )
    yield Bare("upgrade", b"GET / HTTP/1.1\r\n" + start
               + b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")  # fmt: skip
    for path in (
        b"/" + b"a" * 60_000, b"/%00", b"/static/%00", b"/static/..%2f..%2fetc/passwd", b"/%ff%fe",
        b"//evil.example/..", b"/static/../../../etc/passwd", b"/receipts/%2e%2e%2f", b"*",
        b"http://evil.example/queue", b"/recap/" + b"9" * 4000, b"/?lang=%00%ff",
        b"/login?next=%0d%0aX:1",
        b"/queue?page=" + b"9" * 5000, b"/queue?" + b"a=1&" * 15_000, b"/pictures/%00/..%2f",
    ):  # fmt: skip
        yield Bare(f"path {path[:30]!r}", b"GET " + path + b" HTTP/1.1\r\n" + start + b"\r\n")
    for method in (
        b"TRACE",
        b"CONNECT",
        b"PUT",
        b"DELETE",
        b"PATCH",
        b"OPTIONS",
        b"HEAD",
        b"X" * 300,
    ):
        yield Bare(f"method {method[:9]!r}", method + b" /queue HTTP/1.1\r\n" + start + b"\r\n")
    for length in (b"-1", b"abc", b"9" * 30, b"9" * 5000, b"\xb2", b"0x10", b"+5", b"5, 5"):
        yield Bare(f"length {length[:9]!r}", move + b"Content-Length: " + length + b"\r\n\r\n{}")
    yield Bare("too short", move + b"Content-Length: 500\r\n\r\n{}", unfinished=True)
    yield Bare("two lengths", move + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")
    both = b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    yield Bare("length and chunks", move + both)
    yield Bare("another coding", move + b"Transfer-Encoding: gzip\r\n\r\n{}")
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    yield Bare("chunk without a size", move + chunked + b"zz\r\n{}\r\n0\r\n\r\n")
    yield Bare("huge chunk", move + chunked + b"ffffffffffffffff\r\n{}", unfinished=True)
    yield Bare(
        "chunks without end",
        move + chunked,
        unfinished=True,
        drip=b"10000\r\n" + b"a" * 65536 + b"\r\n",
    )
    yield Bare("drops without end", move + chunked, drip=b"1\r\na\r\n", unfinished=True)
    yield Bare("photo without end", photos + part + chunked,
               unfinished=True,
               drip=b"10000\r\n" + b"a" * 65536 + b"\r\n")  # fmt: skip
    yield Bare(
        "expects to go on",
        move + b"Expect: 100-continue\r\nContent-Length: 400\r\n\r\n",
        unfinished=True,
    )
    yield Bare("two at once", (b"GET /healthz HTTP/1.1\r\n" + start + b"\r\n") * 2)
    for name, head, body in _bodies(json, form, part):
        whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        yield Bare(f"{name}, glyphs", b"POST /glyphs HTTP/1.1\r\n" + start + whole)
        yield Bare(f"{name}, photos", photos + whole)
        yield Bare(f"{name}, login", b"POST /login HTTP/1.1\r\nHost: a\r\n" + whole)


def _bodies(json: bytes, form: bytes, part: bytes) -> Iterator[tuple[str, bytes, bytes]]:
    field = b'--B\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    file = b'; filename="a.jpg"'
    yield "deep JSON", json, b"[" * 400_000
    yield "deeper JSON", json, b'{"marks":' * 90_000
    yield "long number", json, b'{"digit":' + b"9" * 100_000 + b"}"
    yield "half a letter", json, b'{"digit":"\\ud800","\\udfff":1}'
    yield "bytes as JSON", json, b"\xff\xfe\x00"
    yield "large JSON", json, b'"' + b"a" * (MIB + 1) + b'"'
    yield "bytes in a form", form, b"username=%ff%00&password=\xff\x00&tps=%00"
    yield "many fields", form, b"a=1&" * 200_000
    yield "no boundary", b"Content-Type: multipart/form-data\r\n", b"x"
    yield "long boundary", part.replace(b"=B", b"=" + b"B" * 5000), b"--" + b"B" * 5000
    yield "not a part", part, b"garbage"
    yield "part without an end", part, field % (b"files", file, b"x")
    yield "part without a name", part, b"--B\r\n\r\n\r\n--B--\r\n"
    yield "two thousand parts", part, field % (b"a", b"", b"1") * 2000 + b"--B--\r\n"
    yield "two thousand files", part, field % (b"files", file, b"1") * 2000 + b"--B--\r\n"
    yield "part with a huge head", part, b"--B\r\nX: " + b"a" * 300_000 + b"\r\n\r\n\r\n--B--\r\n"
    for charset in (
        b"utf-16",
        b"idna",
        b"punycode",
        b"unicode_escape",
        b"undefined",
        b"\xff",
        b"hex",
    ):
        head = part.replace(b"=B", b"=B; charset=" + charset)
        names = field % (b"files", b'; filename="\\ud800\\x00.jpg"', b"abc") + field % (
            b"username", b"", b"\\ud800\xff") + field % (b"password", b"", b"xn--\xff")  # fmt: skip
        yield f"charset {charset!r}", head, names + b"--B--\r\n"


def ask(url: str, request: Bare) -> Answer:
    """Send bare bytes and take what comes back."""
    parts = urlsplit(url)
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    with socket.create_connection(address, timeout=WAIT_SECONDS) as line:
        try:
            line.sendall(request.data)
            end = time.monotonic() + DRIP_SECONDS
            while request.drip and time.monotonic() < end:
                line.sendall(request.drip)
        except (ConnectionError, TimeoutError):
            pass  # it may have answered before it stopped listening
        return parsed(_received(line))


def _received(line: socket.socket) -> bytes:
    kept = b""
    try:
        while len(kept) < MOST_ANSWER and not _whole(kept) and (piece := line.recv(MOST_ANSWER)):
            kept += piece
    except (ConnectionError, TimeoutError):
        return kept
    return kept


def _whole(data: bytes) -> bool:
    """Whether these are all the bytes of an answer that says how many it has."""
    head, end, body = data.partition(b"\r\n\r\n")
    length = parsed(head + b"\r\n\r\n").headers.get("content-length", "") if end else ""
    return length.isdigit() and len(body) >= int(length)


def parsed(data: bytes) -> Answer:
    """An answer as far as it came."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split()
    if len(words) < 2 or not words[1].isdigit():
        return Answer(0)
    if words[1] == "100":
        return parsed(body)
    pairs = (line.partition(":") for line in lines)
    return Answer(int(words[1]), {name.lower(): value.strip() for name, _, value in pairs}, body)
