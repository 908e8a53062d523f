"""What every answer must be, whoever asked for whatever."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final

from digitizer.api.guards import HEADERS

TRACES: Final = (b"Traceback (most recent call last)", b'.py", line ', b"site-packages/")
SCRIPT: Final = b"<script>alert(1)</script>"


def by_the_parser(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the HTTP parser refused what is no HTTP, before any of our code could see it."""
    return (
        status == HTTPStatus.BAD_REQUEST
        and headers.get("content-type") == "text/plain; charset=utf-8"
        and body in (b"", b"Invalid HTTP request received.")  # HEAD has no body
    )


def faults(
    status: int, headers: Mapping[str, str], body: bytes, secret: tuple[str, ...]
) -> Iterator[str]:
    """What is wrong with an answer, in words; nothing where it is as it should be.

    Args:
        status: of the answer.
        headers: by names in small letters.
        body: of the answer.
        secret: pieces of text that no answer may hold.
    """
    if status >= 500:
        yield f"status {status}"
    missing = [name for name in HEADERS if name.lower() not in headers]
    if missing and not by_the_parser(status, headers, body):
        yield f"without {', '.join(missing)}"
    if any(trace in body for trace in TRACES):
        yield "tells a traceback"
    if any(text.encode() in body for text in secret):
        yield "tells a path of the machine"
    if "x-injected" in headers:
        yield "lets a header be injected"
    if SCRIPT in body and "html" in headers.get("content-type", ""):
        yield "writes a script that was sent"
