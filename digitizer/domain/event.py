"""The append-only history: each installation is a node with its own gapless chain of events."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast

import rfc8785

GENESIS: Final = "0" * 64
"""`prev` of the first event of every chain."""

EventKind = Literal[
    "node_created",
    "policy_noted",
    "election_created",
    "tps_listed",
    "round_ordered",
    "form_saved",
    "account_created",
    "account_disabled",
    "account_enabled",
    "password_changed",
    "invite_made",
    "invite_used",
    "originals_removed",
    "original_returned",
    "personal_data_removed",
    "upload_accepted",
    "upload_assigned",
    "photo_read",
    "photo_unreadable",
    "form_opened",
    "form_left",
    "form_verified",
    "verification_withdrawn",
    "form_escalated",
    "check_answered",
    "glyph_marked",
    "remark_made",
    "lot_drawn",
    "tally_made",
    "tally_withdrawn",
    "correction_made",
    "correction_withdrawn",
    "publication_set",
    "head_published",
    "tallies_exported",
    "history_handed_over",
    "sample_announced",
    "sample_drawn",
    "sample_keyed",
    "sample_settled",
    "official_imported",
    "backup_restored",
]

Head = tuple[str, int, str]
"""Node, sequence number and hash of the last event of a chain."""


@dataclass(frozen=True, slots=True)
class Event:
    """One fact that happened, sealed into its node's chain.

    Attributes:
        node: random id of the installation.
        seq: 1, 2, 3, ... without a gap within the node.
        actor: random account id, never a name; "system" for what no account did.
        payload: JSON values only.
        prev: hash of the event before, `GENESIS` for the first.
        hash: SHA-256 over the canonical JSON (RFC 8785) of all the others, in hex.
    """

    node: str
    seq: int
    at_utc: datetime
    actor: str
    kind: EventKind
    payload: Mapping[str, object]
    prev: str
    hash: str


def sealed_bytes(event: Event) -> bytes:
    """What the hash of an event covers: the canonical JSON of all but the hash."""
    return canonical(
        {
            "node": event.node,
            "seq": event.seq,
            "at_utc": event.at_utc.isoformat(),
            "actor": event.actor,
            "kind": event.kind,
            "payload": dict(event.payload),
            "prev": event.prev,
        }
    )


def seal(event: Event) -> str:
    """The hash that belongs to an event."""
    return hashlib.sha256(sealed_bytes(event)).hexdigest()


def end_to_sign(end: Head) -> bytes:
    """What a node signs of its own chain, so that others can hand it on: how far it goes."""
    return canonical(["digitizer chain", *end])


def head_of(chains: Iterable[Head]) -> str:
    """What stands for a whole history: SHA-256, in hex, of the last event of every chain.

    It covers the canonical JSON of the sorted list `[[node, seq, hash], ...]`. Whoever has noted a
    head can tell later whether anything before it was changed.
    """
    return sha256_of([list(chain) for chain in sorted(chains)])


def sha256_of(facts: object) -> str:
    """The SHA-256, in hex, of the canonical JSON of facts."""
    return hashlib.sha256(canonical(facts)).hexdigest()


def canonical(facts: object) -> bytes:
    """JSON values as RFC 8785 writes them, so that equal facts have equal bytes."""
    return rfc8785.dumps(cast("Any", facts))
