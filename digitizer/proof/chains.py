"""The history of a bundle: every line its own hash, every chain without a gap, every head."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from digitizer.domain.event import GENESIS, Event, Head, head_of, sealed_bytes
from digitizer.history import State, step
from digitizer.history.state import payload_of
from digitizer.proof import layout
from digitizer.proof.archive import Archive
from digitizer.proof.faults import Faults
from digitizer.proof.manifest import Manifest

TYPES: Final = {"node": str, "seq": int, "at_utc": str, "actor": str, "kind": str, "payload": dict,
                "prev": str}  # fmt: skip
"""What every event has."""

TOLD_EVERY: Final = 500

BACK: Final = timedelta(minutes=10)
"""Events are dated when somebody asked for them, and some wait so long for their turn."""


@dataclass(slots=True)
class History:
    """What the chains of a bundle come to.

    Attributes:
        state: after every event that could be understood.
        hashes: of each chain in order, by node.
        published: heads that were published, where that is told, and what they were made of.
        notes: events that are dated before what happened before them. Clocks are set back, so that
            is no fault; whoever writes afterwards what should have been before does it too.
    """

    state: State = field(default_factory=State)
    hashes: dict[str, list[str]] = field(default_factory=dict)
    published: list[tuple[str, str, list[Head]]] = field(default_factory=list)
    events: int = 0
    notes: Faults = field(default_factory=Faults)

    @property
    def ends(self) -> list[Head]:
        """The last event of every chain."""
        return [(node, len(found), found[-1]) for node, found in self.hashes.items() if found]

    @property
    def head(self) -> str:
        """The head of all of it."""
        return head_of(self.ends)


def check(
    archive: Archive, manifest: Manifest, faults: Faults, progress: Callable[[int], object]
) -> History:
    """Check every chain and replay it."""
    history = History()
    files = [name for name in dict.fromkeys(archive.names) if name.startswith(layout.EVENTS)]
    for name in files:
        node = name.removeprefix(layout.EVENTS).removesuffix(".jsonl")
        found = history.hashes.setdefault(node, [])
        clock = _Clock()
        for event in chain_events(archive, name, node, faults, found.append):
            _replay(history, event, name, faults)
            clock.note(event, name, history.notes)
            history.events += 1
            if history.events % TOLD_EVERY == 0:
                progress(history.events)
    for item in history.state.contradicts:
        faults.add(f"{layout.events_file(item.node)} line {item.seq}", item.what)
    _check_manifest(history, manifest, faults)
    _check_keys(history.state, manifest, faults)
    _check_published(history, faults)
    return history


@dataclass(slots=True)
class _Clock:
    """The latest moment that a chain has told, and whether it went back behind it."""

    latest: datetime | None = None
    back: bool = False

    def note(self, event: Event, name: str, notes: Faults) -> None:
        """Note an event with which the clock went back; not those that follow it there."""
        before, was_back = self.latest or event.at_utc, self.back
        self.back = event.at_utc < before - BACK
        self.latest = max(before, event.at_utc)
        if self.back and not was_back:
            notes.add(f"{name} line {event.seq}", "it is dated before what happened before it",
                      found=event.at_utc.isoformat(), needed=before.isoformat())  # fmt: skip


def check_head(history: History, faults: Faults, wanted: str | None) -> None:
    """Whether a head noted earlier comes out of this history as it stood at some moment.

    Of one chain every moment is tried. Of several, which moments belong together only the nodes
    know: then the whole is tried, each chain alone, and every head that was published as an event.
    """
    if wanted is None:
        return
    noted = wanted.strip().lower()
    if noted == history.head or any(noted == head for _, head, _ in history.published):
        return
    for node, hashes in history.hashes.items():
        if any(head_of([(node, seq, found)]) == noted for seq, found in enumerate(hashes, 1)):
            return
    faults.add(
        layout.EVENTS,
        "the history does not contain this head: it was rewritten since, or is another one",
        found=history.head, needed=noted,
    )  # fmt: skip


def chain_events(
    archive: Archive,
    name: str,
    node: str,
    faults: Faults,
    hashed: Callable[[str], object] = lambda _: None,
) -> Iterator[Event]:
    """The events of the chain of one node, which `name` holds, as far as they can be understood.

    Whatever does not hold is noted. `hashed` is told the hash of each line as it is computed.
    """
    prev = GENESIS
    for number, line in enumerate(archive.lines(name), 1):
        place = f"{name} line {number}"
        told, sealed = line[:64].decode("ascii", "replace"), line[65:]
        found = hashlib.sha256(sealed).hexdigest()
        if told != found or line[64:65] != b" ":
            faults.add(place, "the hash is not that of the event", found=told, needed=found)
        event = _parsed(sealed, told, place, faults)
        if event is not None:
            if event.node != node:
                faults.add(place, "the event is of another node", found=event.node, needed=node)
            if event.seq != number:
                faults.add(place, "events are missing, doubled or moved: its number",
                           found=event.seq, needed=number)  # fmt: skip
            if event.prev != prev:
                faults.add(place, "it does not follow the event before",
                           found=event.prev, needed=prev)  # fmt: skip
        hashed(found)
        prev = found
        if event is not None:
            yield event


def _parsed(sealed: bytes, told: str, place: str, faults: Faults) -> Event | None:
    """The event that a line holds; noted where it would be written otherwise once it was kept."""
    try:
        said = json.loads(sealed)
        if not _is_event(said):
            faults.add(place, "it is no event")
            return None
        at = datetime.fromisoformat(said["at_utc"])
        if at.tzinfo is None:
            faults.add(place, "its moment has no time zone", found=said["at_utc"])
            return None
        event = Event(**{**said, "at_utc": at.astimezone(UTC), "hash": told})
        if event.at_utc.isoformat() != said["at_utc"]:
            # Kept as a moment and written anew, it would not have its hash any more.
            faults.add(place, "its moment is not written as moments are",
                       found=said["at_utc"], needed=event.at_utc.isoformat())  # fmt: skip
        elif sealed_bytes(event) != sealed:
            faults.add(place, "its JSON is not canonical (RFC 8785)")
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        faults.add(place, "it is no event", found=str(error))
        return None
    return event


def _is_event(said: object) -> bool:
    """Whether it has what every event has, each of its own type: `true` is no number."""
    return isinstance(said, dict) and {key: type(value) for key, value in said.items()} == TYPES


def _replay(history: History, event: Event, name: str, faults: Faults) -> None:
    try:
        step(history.state, event)
    except ValueError as error:
        faults.add(name, str(error))
        return
    if event.kind == "head_published":
        said: Any = payload_of(event)
        made_of = [tuple(item) for item in said["chains"]]
        place = f"{name} line {event.seq}"
        history.published.append((place, str(said["head"]), cast("list[Head]", made_of)))


def _check_manifest(history: History, manifest: Manifest, faults: Faults) -> None:
    needed = {node: (seq, found) for node, seq, found in manifest.chains}
    ends = {node: (seq, found) for node, seq, found in history.ends}
    for node in sorted(needed.keys() | ends.keys()):
        if needed.get(node) != ends.get(node):
            faults.add(layout.events_file(node), "the chain does not end as the manifest says",
                       found=ends.get(node), needed=needed.get(node))  # fmt: skip
    if manifest.head != history.head:
        faults.add(layout.MANIFEST, "its head is not that of the history",
                   found=manifest.head, needed=history.head)  # fmt: skip


def _check_keys(state: State, manifest: Manifest, faults: Faults) -> None:
    told = {node: row["public_key"] for (node,), row in state.rows("node").items()}
    for node in sorted(told.keys() | manifest.keys.keys()):
        if told.get(node) != manifest.keys.get(node):
            faults.add(layout.MANIFEST, f"the key of node {node} is not that of its first event",
                       found=manifest.keys.get(node), needed=told.get(node))  # fmt: skip


def _check_published(history: History, faults: Faults) -> None:
    """A head that an event names is made of events that are here."""
    for place, head, made_of in history.published:
        if head_of(made_of) != head:
            faults.add(place, "the published head is not that of the chains it names",
                       found=head, needed=head_of(made_of))  # fmt: skip
        for node, seq, noted in made_of:
            chain = history.hashes.get(node, [])
            found = chain[seq - 1] if 0 < seq <= len(chain) else None
            if found != noted:
                faults.add(place, f"the published head names event {seq} of node {node} otherwise",
                           found=found, needed=noted)  # fmt: skip
