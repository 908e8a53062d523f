"""The files of a bundle and how their lines are written."""

from typing import Final

from digitizer.domain.event import Event, sealed_bytes
from digitizer.domain.tally import Recap
from digitizer.export.csv import cell
from digitizer.history import Row

FORMAT: Final = "digitizer-bundle-1"

README: Final = "README.txt"
TALLIES: Final = "tallies.csv"
TOTALS: Final = "totals.csv"
READINGS: Final = "readings.csv"
EVENTS: Final = "events/"
PHOTOS: Final = "photos/"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.json"

NEEDED: Final = (README, TALLIES, TOTALS, READINGS, MANIFEST, SIGNATURE)
"""What every bundle has, besides one file of events a node."""

TOTALS_COLUMNS: Final = (
    *("contest", "level", "wilayah", "name", "counted", "expected", "with_gaps"),
    *("revotes", "revotes_counted"),
)
TOTALS_LEVELS: Final = {0: "", 2: "provinsi", 4: "kabkota", 6: "kecamatan"}
"""Levels of which there are totals, by the digits of their codes."""

READINGS_COLUMNS: Final = ("reading", "photo", "form_version", "page", "model",
                           "public_sha256", "page_sha256", "read_at")  # fmt: skip


def events_file(node: str) -> str:
    """Where the chain of a node is."""
    return f"{EVENTS}{node}.jsonl"


def event_line(event: Event) -> bytes:
    """An event as one line: its hash, a blank, and the canonical JSON that the hash is of."""
    return event.hash.encode() + b" " + sealed_bytes(event) + b"\n"


def totals_row(recap: Recap, level: str, name: str, fields: tuple[str, ...]) -> list[str]:
    """The cells of one area."""
    counts = (recap.counted, recap.expected, recap.with_gaps, recap.revotes, recap.revotes_counted)
    sums = (recap.totals.get(field, 0) for field in fields)
    return [*map(str, (recap.contest, level, recap.wilayah, cell(name), *counts, *sums))]


def readings_row(name: str, row: Row) -> list[str]:
    """The cells of one reading; what an older history does not tell is empty."""
    blobs = row.get("blobs", {})
    told = (name, row["photo"], row["form_version"], row["page"], row["model"],
            blobs.get("public"), blobs.get("page"), row["at"].isoformat())  # fmt: skip
    return ["" if item is None else str(item) for item in told]
