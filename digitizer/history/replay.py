"""From events to state: one step an event, each table by its own rule.

docs/events.md says what every kind carries. A step never looks beyond its event, except to count
what an older version left out.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from digitizer.domain.event import Event, EventKind
from digitizer.history import accounts, beside, decisions, evidence
from digitizer.history.names import strange_names
from digitizer.history.state import Stamp, State, payload_of

Step = Callable[[State, Event, Stamp], None]


def replay(events: Iterable[Event]) -> State:
    """The state after events; chains may be interleaved in any way that keeps each in order."""
    state = State()
    for event in events:
        step(state, event)
    return state


def step(state: State, event: Event) -> None:
    """Add one event to a state.

    Raises:
        ValueError: the event is of no known kind, or its payload is not what its kind needs, ids
            among it.
    """
    rule = STEPS.get(event.kind)
    if rule is None:
        raise ValueError(f"event {event.seq} of node {event.node}: unknown kind {event.kind!r}")
    try:
        strange = next(strange_names(event), None)
        if strange is not None:
            raise ValueError(f"{strange[0]} is {strange[1]!r}, which is no id")
        rule(state, event, state.stamp(event))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(
            f"event {event.seq} of node {event.node}: {event.kind} without what it needs "
            f"({type(error).__name__}: {error})"
        ) from error


def _node(state: State, event: Event, at: Stamp) -> None:
    row = {"public_key": event.payload["public_key"], "created_at": event.at_utc}
    state.put_once(at, "node", (event.node,), row)


def _policy(state: State, event: Event, at: Stamp) -> None:
    state.put(at, "policy", (event.node,), event.payload)


def _election(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    election = dict(said["election"])
    name = election.pop("id")
    for (kept,), row in state.rows("election").items():
        if (kept, {**row, "created_at": None}) != (name, {**election, "created_at": None}):
            state.contradict(at, f"election {name} is told otherwise than before")
    row = {**election, "created_at": event.at_utc}
    state.put_once_a_node(at, "election", (name,), row)
    if "tps" in said:
        state.put(at, "listing", (name, event.node), {"tps": said["tps"]})
    for position, contest in enumerate(said["contests"]):
        if isinstance(contest, str):
            state.lacks |= {"election_created.contests", "tps_listed"}
        else:
            row = _contest(contest, position)
            # Every node was set up with the same; only a later round is ordered afterwards.
            if state.row("contest", (contest["id"],)) not in (None, row):
                state.contradict(at, f"contest {contest['id']} is told otherwise than before")
            state.put(at, "contest", (contest["id"],), row)


def _contest(said: Mapping[str, Any], position: int | None) -> dict[str, Any]:
    named = ("election", "round", "office", "title", "area", "repeats")
    row = {key: said[key] for key in named}
    since = said["since"]
    row |= {
        "position": position,
        "candidates": list(said["candidates"]),
        "form_ids": list(said["form_ids"]),
        "since": datetime.fromisoformat(since) if since is not None else None,
    }
    return row


def _round(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    if "position" not in said:
        state.lacks.add("round_ordered.position")
    key = (said["id"],)
    if (state.row("contest", key) or said)["repeats"] is None:
        state.contradict(at, f"contest {said['id']}, with which all began, is ordered as a round")
    state.put_once_a_node(at, "contest", key, _contest(said, said.get("position")))
    # As one row: of two orders of the same round the later one holds as a whole.
    listed = {"tps": list(said["tps"])} if said["limited"] else None
    state.put(at, "round_tps", key, listed)


def _tps(state: State, event: Event, at: Stamp) -> None:
    for station in payload_of(event)["tps"]:
        row = {key: value for key, value in station.items() if key != "code"}
        key = (station["code"],)
        if (kept := state.row("tps", key)) is not None and kept != row:
            state.contradict(at, f"TPS {station['code']} is told otherwise than before")
        state.put(at, "tps", key, MappingProxyType(row))


def _form(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    row = {key: said[key] for key in ("form", "number", "text")}
    row |= {"account": event.actor, "at": event.at_utc}
    state.put_once_a_node(at, "form_file", (said["sha256"],), row)


def _invite(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    row: dict[str, Any] = {"tps": said["tps"], "created_at": event.at_utc}
    if "until" in said:
        row["expires_at"] = datetime.fromisoformat(said["until"])
    else:
        state.lacks.add("invite_made.until")
    # The node is part of the key, since it is also what removes them.
    state.put(at, "invite", (said["invite"], event.node), row)


def _invite_used(state: State, event: Event, at: Stamp) -> None:
    row = {"account": event.actor, "used_at": event.at_utc}
    state.put(at, "invite_use", (event.payload["invite"],), row)


def _purge(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    before = datetime.fromisoformat(said["before"])
    for (name, node), row in state.rows("invite").items():
        if node == event.node and row["created_at"] < before:
            state.put(at, "invite", (name, node), None)
    # Before originals were named one by one their count alone was told.
    if said["photos"] and (event.node,) not in state.rows("removals_named"):
        state.lacks.add("originals_removed")
    state.put(at, "removals_named", (event.node,), None)


def _lot(state: State, event: Event, at: Stamp) -> None:
    row = {"seed_sha256": event.payload["seed_sha256"], "at": event.at_utc}
    state.put_once(at, "lot", (event.payload["lot"], event.node), row)


def _exported(state: State, event: Event, at: Stamp) -> None:
    state.put(at, "export", (event.node, event.seq), {**event.payload, "at": event.at_utc})


def _nothing(_state: State, _event: Event, _at: Stamp) -> None:
    """That it happened is all that is told: a new password."""


STEPS: Final[Mapping[EventKind, Step]] = MappingProxyType(
    {
        "node_created": _node,
        "policy_noted": _policy,
        "election_created": _election,
        "tps_listed": _tps,
        "round_ordered": _round,
        "form_saved": _form,
        "password_changed": _nothing,
        "invite_made": _invite,
        "invite_used": _invite_used,
        "personal_data_removed": _purge,
        "lot_drawn": _lot,
        "tallies_exported": _exported,
        "history_handed_over": _exported,
        **accounts.STEPS,
        **evidence.STEPS,
        **decisions.STEPS,
        **beside.STEPS,
    }
)
"""What each kind of event does to the state."""
