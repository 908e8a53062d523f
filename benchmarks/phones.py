"""Phones that send photos by tus over raw connections, some of which are cut anywhere."""

import asyncio
import base64
import hashlib
import random
import struct
import time
from dataclasses import dataclass
from functools import cache
from typing import Final

MOST_TRIES: Final = 200
PAUSE_S: Final = 0.05
"""A phone waits so long before it connects again."""


class Cut(Exception):
    """The connection ended before the answer was there."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone that is signed in; `cut` is the share of its connections that end early."""

    port: int
    session: str
    cut: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """How one photo went.

    Attributes:
        accepted_s: from the first byte of its announcement to the answer that it is there.
        cuts: connections that ended early.
        receipt: address of its receipt.
    """

    sha256: str
    accepted_s: float
    cuts: int
    receipt: str


def photo(size: int, number: int) -> bytes:
    """Bytes that begin like a JPEG, differ for every number, and do not shrink."""
    return b"\xff\xd8\xff\xe0" + struct.pack(">IQ", 0, number) + _noise(size - 16)


@cache
def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


async def send(phone: Phone, data: bytes, key: str, rng: random.Random) -> Sent:
    """Send one photo until its receipt is there.

    Raises:
        RuntimeError: it was not there after `MOST_TRIES` connections.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    started = time.perf_counter()
    place = ""
    cuts = 0
    for _ in range(MOST_TRIES):
        try:
            if place:
                answer = await _ask(phone, f"HEAD {place}", {}, b"", rng)
            else:
                announced = _announcement(key, sha256, len(data))
                answer = await _ask(phone, "POST /tus", announced, b"", rng)
                place = answer["location"]
            if "content-location" not in answer:
                answer = await _piece(phone, data, place, int(answer["upload-offset"]), rng)
        except Cut:
            cuts += 1
            await asyncio.sleep(PAUSE_S)
            continue
        if "content-location" in answer:
            seconds = time.perf_counter() - started
            return Sent(sha256, seconds, cuts, answer["content-location"])
    raise RuntimeError(f"photo {key} was not taken in after {MOST_TRIES} connections")


def _announcement(key: str, sha256: str, length: int) -> dict[str, str]:
    said = {"key": key, "filename": "foto.jpg", "sha256": sha256}
    metadata = ",".join(
        f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in said.items()
    )
    return {"Upload-Length": str(length), "Upload-Metadata": metadata}


async def _piece(
    phone: Phone, data: bytes, place: str, offset: int, rng: random.Random
) -> dict[str, str]:
    headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return await _ask(phone, f"PATCH {place}", headers, data[offset:], rng)


async def _ask(
    phone: Phone, line: str, headers: dict[str, str], body: bytes, rng: random.Random
) -> dict[str, str]:
    """One request on a connection of its own; gives the headers of the answer, named small."""
    said = {
        "Host": "127.0.0.1",
        "Cookie": f"session={phone.session}",
        "Tus-Resumable": "1.0.0",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    head = f"{line} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in said.items()) + "\r\n"
    request = head.encode() + body
    cut_at = None
    if rng.random() < phone.cut:
        # A tenth of the cuts come when all is sent and only the answer is lost.
        cut_at = len(request) if rng.random() < 0.1 else rng.randrange(len(request))
    reader, writer = await asyncio.open_connection("127.0.0.1", phone.port)
    try:
        writer.write(request[:cut_at])
        await writer.drain()
        if cut_at is not None:
            await asyncio.sleep(rng.random() * PAUSE_S)
            raise Cut
        raw = await reader.readuntil(b"\r\n\r\n")
    except (ConnectionError, asyncio.IncompleteReadError) as error:
        raise Cut from error
    finally:
        writer.transport.abort()
    status, *lines = raw.decode("latin-1").split("\r\n")
    code = int(status.split()[1])
    answer = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines if line)}
    # 409: bytes that were cut off arrived after all; how many is asked next.
    if code not in (200, 201, 204, 409):
        raise RuntimeError(f"{line} was answered {code}")
    return answer
