"""Accounts, and who may close one: the node that made it, or one that goes on in its place."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final

from digitizer.domain.event import Event, EventKind
from digitizer.history.state import Stamp, State, payload_of


def _made(state: State, event: Event, at: Stamp) -> None:
    said = event.payload
    key = (said["account"],)
    row = {"role": said["role"], "tps": said["tps"], "created_at": event.at_utc}
    state.put_once(at, "account", key, row)
    state.put(at, "account_node", key, {"node": event.node})


def _closed(state: State, event: Event, at: Stamp) -> None:
    _say(state, event, at, event.at_utc)


def _opened(state: State, event: Event, at: Stamp) -> None:
    _say(state, event, at, None)


def _say(state: State, event: Event, at: Stamp, since: datetime | None) -> None:
    # The node is part of the key: whether its word counts is known once all is heard (`closures`).
    key = (event.payload["account"], event.node)
    state.put(at, "closure", key, {"disabled_at": since, "stamp": at})


def _restored(state: State, event: Event, at: Stamp) -> None:
    said = payload_of(event)
    if "node" in said:  # which older events do not tell
        state.put(at, "restored", (event.node, said["node"]), {})


def line(node: str | None, before: Collection[tuple[str, str]]) -> frozenset[str]:
    """A node, the one from whose backup it goes on, and so on.

    Args:
        node: None where a database is none.
        before: each node that goes on from a backup, with the one that the backup is of.
    """
    found = frozenset({node} if node else ())
    while more := {gone for known, gone in before if known in found} - found:
        found |= more
    return found


def closures(
    state: State, makers: Mapping[str, str], here: str | None
) -> dict[str, datetime | None]:
    """Since when each account is closed of which that was ever told; None for one that is open.

    An account is of the node that made it. That another one goes on in its place everybody can
    say; so a node knows by itself who goes on in place of its own line, and believes nobody else.

    Args:
        state: after all that was told of closing, and of going on from backups.
        makers: the node of each account; whoever it lacks nobody made.
        here: the node whose tables these are.
    """
    before = state.rows("restored").keys()
    own = line(here, before)
    said: dict[str, list[tuple[Stamp, datetime | None]]] = {}
    for (account, node), row in state.rows("closure").items():
        if (maker := makers.get(account)) is None:
            continue
        told = said.setdefault(account, [])
        takes_over = maker in line(node, before) and (maker not in own or node in own)
        if node == here or takes_over:
            told.append((row["stamp"], row["disabled_at"]))
    return {account: max(told)[1] if told else None for account, told in said.items()}


STEPS: Final[Mapping[EventKind, Callable[[State, Event, Stamp], None]]] = {
    "account_created": _made,
    "account_disabled": _closed,
    "account_enabled": _opened,
    "backup_restored": _restored,
}
