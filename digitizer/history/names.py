"""Ids and names as this product makes them. Events of others may hold anything in their place, and
all of it would be written into lists, names of files and pages.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from digitizer.domain.event import Event
from digitizer.history.state import payload_of

_RANDOM: Final = re.compile("[0-9a-f]{32}")
_SHA256: Final = re.compile("[0-9a-f]{64}")
_WORD: Final = re.compile("[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
"""Of confirmations, whose ids come with them."""
_FIELD: Final = re.compile("[a-z][a-z0-9_]*")
"""A number of a form, as `forms` reads them."""

_ONE: Final = {
    **dict.fromkeys(
        ("account", "reviewer", "upload", "reading", "remark", "escalation", "check", "correction",
         "import", "sample", "node"),
        _RANDOM,
    ),
    "photo": _SHA256,
    "verification": _WORD,
}  # fmt: skip
_SEVERAL: Final = {
    **dict.fromkeys(("readings", "objections"), _RANDOM),
    **dict.fromkeys(("photos", "blobs"), _SHA256),
    **dict.fromkeys(("verifications", "beside", "decided", "settles"), _WORD),
    **dict.fromkeys(("values", "as_written", "fields"), _FIELD),
}
_IDS: Final[Mapping[str, re.Pattern[str]]] = {**_ONE, **_SEVERAL}
"""What the keys of a payload name; of numbers their fields."""

_COUNTED: Final = {"personal_data_removed": {"photos"}, "official_imported": {"fields"}}
"""Keys of kinds that say how many there are, and no names."""


def strange_names(event: Event) -> Iterator[tuple[str, object]]:
    """What an event names as nothing here ever would, by its key."""
    if not _is(_RANDOM, event.node):
        yield "node", event.node
    if event.actor != "system" and not _is(_RANDOM, event.actor):
        yield "actor", event.actor
    said = payload_of(event)
    if event.kind == "form_verified":
        body = said["verification"]
        said = {**body, "verification": body["id"]}
    for key, value in said.items():
        pattern = _IDS.get(key)
        if pattern is not None and key not in _COUNTED.get(event.kind, ()):
            yield from ((key, name) for name in _named(key, value) if not _is(pattern, name))


def _named(key: str, value: Any) -> list[Any]:  # noqa: ANN401  # JSON
    if key == "blobs":
        return list(value.values())
    return list(value) if key in _SEVERAL else [value]


def _is(pattern: re.Pattern[str], name: object) -> bool:
    return isinstance(name, str) and pattern.fullmatch(name) is not None
