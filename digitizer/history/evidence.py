"""What came in and what was read of it: photos, uploads, readings, remarks, marks."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from digitizer.domain.event import Event, EventKind
from digitizer.history.state import Stamp, State, payload_of


def _uploaded(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    photo: dict[str, Any] = {"bytes": said["bytes"]}
    if "format" in said:
        photo["format"] = said["format"]
    else:
        state.lacks.add("upload_accepted.format")
    state.put(at, "photo", (said["photo"],), photo)
    row = {key: said[key] for key in ("photo", "tps", "contest")}
    state.put_once(
        at, "upload", (said["upload"],), {**row, "account": event.actor, "at": event.at_utc}
    )


def _assigned(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    row = {"tps": said["tps"], "contest": said["contest"]}
    key = (said["upload"], said["number"])
    state.put_once_a_node(
        at, "assignment", key, {**row, "account": event.actor, "at": event.at_utc}
    )


def _removed(state: State, event: Event, at: Stamp) -> None:
    # The node is part of the key: others may still have the bytes.
    for photo in payload_of(event)["photos"]:
        state.put(at, "removal", (photo, event.node), {"at": event.at_utc})
    state.put(at, "removals_named", (event.node,), {})


def _returned(state: State, event: Event, at: Stamp) -> None:
    state.put(at, "removal", (event.payload["photo"], event.node), None)


def _read(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    row = {key: said[key] for key in ("photo", "model", "form_version", "form", "page", "sha256")}
    _keep_reading(state, event, at, {**row, "problem": None})


def _unreadable(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    row = {"photo": said["photo"], "model": "", "form_version": "", "form": None, "page": None,
           "sha256": None}  # fmt: skip
    if "verdict" in said:
        row["problem"] = said["verdict"]
    else:
        state.lacks.add("photo_unreadable.verdict")
    _keep_reading(state, event, at, row)


def _keep_reading(state: State, event: Event, at: Stamp, row: dict[str, Any]) -> None:
    said = payload_of(event)
    for key in ("blobs", "seconds"):
        if key in said:
            row[key] = said[key]
        else:
            state.lacks.add(f"{event.kind}.{key}")
    state.put_once(at, "reading", (said["reading"],), {**row, "at": event.at_utc})


def _remarked(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    row = {key: said[key] for key in ("upload", "reading", "agrees", "fields")}
    state.put_once(
        at, "remark", (said["remark"],), {**row, "account": event.actor, "at": event.at_utc}
    )


def _marked(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    key = (said["reading"], said["field"], said["box"])
    row = {"glyph": said["glyph"], "account": event.actor, "at": event.at_utc}
    state.put_once_a_node(at, "glyph_mark", key, row)


def notes_in(event: Event) -> bool:
    """Whether an event holds what somebody wrote, as those of older versions may."""
    said = payload_of(event)
    if event.kind == "form_escalated":
        return bool(said.get("reason"))
    if event.kind == "form_verified":
        fields = said["verification"]["fields"]
        return any(confirmed.get("note") for confirmed in fields.values())
    return False


STEPS: Final[Mapping[EventKind, Callable[[State, Event, Stamp], None]]] = {
    "upload_accepted": _uploaded,
    "upload_assigned": _assigned,
    "originals_removed": _removed,
    "original_returned": _returned,
    "photo_read": _read,
    "photo_unreadable": _unreadable,
    "remark_made": _remarked,
    "glyph_marked": _marked,
}
