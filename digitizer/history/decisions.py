"""What people decided: forms opened, verified, handed on, taken back; tallies; seeded checks."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from digitizer.domain.event import Event, EventKind
from digitizer.history.state import Stamp, State, payload_of

CHECK: Final = ("showing", "contest", "tps", "form", "version", "field", "shown", "truth", "answer",
                "caught", "seconds")  # fmt: skip
NEVER: Final = datetime.max.replace(tzinfo=UTC)
TALLY: Final = ("values", "as_written", "verifications", "photos", "checks", "seen", "beside",
                "decided")  # fmt: skip


def _opened(state: State, event: Event, at: Stamp) -> None:
    state.put(at, "lease", _lease(event), {"account": event.actor})


def _left(state: State, event: Event, at: Stamp) -> None:
    state.put(at, "lease", _lease(event), None)


def _verified(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    body = said["verification"]
    row = {key: said[key] for key in ("contest", "tps", "form", "version", "outcome")}
    row |= {
        "node": event.node,
        "reviewer": event.actor,
        "body": body,
        "at": datetime.fromisoformat(body["at"]),
    }
    state.put_once(at, "verification", (body["id"],), row)


def _withdrawn(state: State, event: Event, at: Stamp) -> None:
    row = {"account": event.actor, "at": event.at_utc}
    name = event.payload["verification"]
    state.put_once_a_node(at, "withdrawal", (name,), row)
    # Two nodes may take one back; whether its own did is told whoever was the later.
    state.put(at, "withdrawn_by", (name, event.node), {})


def _escalated(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    row = {key: said[key] for key in ("contest", "tps", "form", "version")}
    if "escalation" not in said:
        state.lacks.add("form_escalated.escalation")
    name = said.get("escalation", f"{event.node}/{event.seq}")
    state.put_once(at, "escalation", (name,), {**row, "account": event.actor, "at": event.at_utc})


def _tallied(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    if said.get("node", event.node) != event.node:
        raise ValueError(f"it names node {said['node']}: a node makes tallies of its own alone")
    body = {key: said[key] for key in TALLY if key in said}
    if "checks" not in body:
        state.lacks.add("tally_made.checks")
    row = {"form": said["form"], "origin": said["origin"], "body": body, "made_at": event.at_utc}
    state.put_once_a_node(at, "tally", _tally(event), row)


def _tally_withdrawn(state: State, event: Event, at: Stamp) -> None:
    # Of one tally there is no later word, whatever the clocks of those say who take it back.
    state.put((NEVER, *at[1:]), "tally", _tally(event), None)


def _check(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    row = {key: said[key] for key in CHECK if key in said}
    state.lacks |= {f"check_answered.{key}" for key in CHECK if key not in said}
    row |= {"account": event.actor, "at": event.at_utc}
    state.put_once(at, "seeded_check", (said["check"],), row)


def _lease(event: Event) -> tuple[Any, Any, Any, str]:
    # The node is part of the key: a form that is open on one laptop is not open on another.
    said = event.payload
    return (said["contest"], said["tps"], said["form"], event.node)


def _tally(event: Event) -> tuple[Any, Any, Any, str, str]:
    # The node is part of the key: two that count one TPS apart do not overwrite each other. Whoever
    # takes back what another one counted names it. So is the verification that decided: a version
    # that was taken back is made again, and taking back the one is not taking back the other.
    said = payload_of(event)
    decided = (said["verifications"] or [""])[-1]
    return (
        *(said[key] for key in ("contest", "tps", "version")),
        said.get("node", event.node),
        decided,
    )


STEPS: Final[Mapping[EventKind, Callable[[State, Event, Stamp], None]]] = {
    "form_opened": _opened,
    "form_left": _left,
    "form_verified": _verified,
    "verification_withdrawn": _withdrawn,
    "form_escalated": _escalated,
    "tally_made": _tallied,
    "tally_withdrawn": _tally_withdrawn,
    "check_answered": _check,
}
