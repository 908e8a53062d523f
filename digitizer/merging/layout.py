"""What an exchange file holds, and under which names."""

from typing import Any, Final

from digitizer.domain.event import canonical

FORMAT: Final = "digitizer-exchange/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.json"
EVENTS: Final = "events/"
BESIDE: Final = "beside/"
BLOBS: Final = "blobs/"


def events_file(node: str) -> str:
    """The chain of one node."""
    return f"{EVENTS}{node}.jsonl"


def beside_file(table: str) -> str:
    """What goes along of one table (`store.beside`)."""
    return f"{BESIDE}{table}.jsonl"


def line_of(row: dict[str, Any]) -> bytes:
    """One line of it: canonical JSON (RFC 8785)."""
    return canonical(row) + b"\n"
