"""What stands beside the tallies: corrections of a D.HASIL, official results, samples, heads."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from digitizer.domain.event import Event, EventKind
from digitizer.history.state import Stamp, State, payload_of


def _corrected(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    photo = {"bytes": said["bytes"], "format": said["format"]}
    state.put(at, "photo", (said["photo"],), photo)
    row = {key: said[key] for key in ("contest", "tps", "level", "version", "photo")}
    row |= {"numbers": said["values"], "reason_sha256": said["reason_sha256"]}
    key = (said["correction"],)
    state.put_once(at, "correction", key, {**row, "account": event.actor, "at": event.at_utc})


def _correction_withdrawn(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    row = {"account": event.actor, "reason_sha256": said["reason_sha256"], "at": event.at_utc}
    state.put_once_a_node(at, "correction_withdrawal", (said["correction"],), row)


def _publication(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    since = said["since"]
    row: dict[str, Any] = {"since": None if since is None else datetime.fromisoformat(since)}
    row |= {"actor": event.actor, "at": event.at_utc}
    state.put_once(at, "publication", (said["number"], event.node), row)


def _head(state: State, event: Event, at: Stamp) -> None:
    state.put(at, "head", (event.node, event.seq), {**event.payload, "at": event.at_utc})


def _imported(state: State, event: Event, at: Stamp) -> None:
    said = dict(payload_of(event))
    key = (said.pop("import"),)
    state.put_once(at, "official_import", key, {**said, "actor": event.actor, "at": event.at_utc})


def _announced(state: State, event: Event, at: Stamp) -> None:
    said = dict(payload_of(event))
    key = (said.pop("sample"),)
    row = {**said, "node": event.node, "account": event.actor, "at": event.at_utc}
    state.put_once(at, "sample", key, row)
    for (sample, node), told in state.rows("sample_told").items():
        if sample == key[0]:
            _keep_to_its_node(state, at, sample, event.node, node)
            if node == event.node and told["seq"] < event.seq:
                state.contradict(at, f"sample {sample} is announced after it was drawn")


def _told(state: State, event: Event, at: Stamp) -> str:
    """The sample of which an event tells; only the node that announced it may."""
    sample = str(event.payload["sample"])
    announced = state.row("sample", (sample,))
    if announced is not None:
        _keep_to_its_node(state, at, sample, announced["node"], event.node)
    state.put(at, "sample_told", (sample, event.node), {"seq": event.seq})
    return sample


def _keep_to_its_node(state: State, at: Stamp, sample: str, announced: str, told: str) -> None:
    # Whichever of the two is heard first.
    if told != announced:
        what = f"sample {sample}, which node {announced} announced, is drawn or keyed by {told}"
        state.contradict(at, what)


def _drawn(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    sample = _told(state, event, at)
    row = {"seed": said["seed"], "account": event.actor, "at": event.at_utc}
    state.put_once(at, "sample_draw", (sample,), row)
    for position, (tps, contest, version) in enumerate(said["stations"], start=1):
        item = {"position": position, "contest": contest, "version": version}
        state.put_once(at, "sample_item", (sample, tps), item)


def _read_of_a_sample(table: str) -> Callable[[State, Event, Stamp], None]:
    def put(state: State, event: Event, at: Stamp) -> None:
        said = payload_of(event)
        row: dict[str, Any] = {"as_written": said["as_written"]}
        key = (_told(state, event, at), said["tps"])
        state.put_once(at, table, key, {**row, "account": event.actor, "at": event.at_utc})

    return put


STEPS: Final[Mapping[EventKind, Callable[[State, Event, Stamp], None]]] = {
    "correction_made": _corrected,
    "correction_withdrawn": _correction_withdrawn,
    "publication_set": _publication,
    "head_published": _head,
    "official_imported": _imported,
    "sample_announced": _announced,
    "sample_drawn": _drawn,
    "sample_keyed": _read_of_a_sample("sample_keying"),
    "sample_settled": _read_of_a_sample("sample_ruling"),
}
