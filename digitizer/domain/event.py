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
    "election_created",
    "round_ordered",
    "account_created",
    "account_disabled",
    "account_enabled",
    "password_changed",
    "invite_made",
    "invite_used",
    "personal_data_removed",
    "upload_accepted",
    "upload_assigned",
    "photo_read",
    "photo_unreadable",
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
    "official_imported",
]


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


def head_of(chains: Iterable[tuple[str, int, str]]) -> str:
    """The hash, in hex, of what a store knows: node, seq and hash of the last event of each chain.

    SHA-256 over the canonical JSON (RFC 8785) of the sorted list.
    """
    listed = sorted([node, seq, sealed] for node, seq, sealed in chains)
    return hashlib.sha256(rfc8785.dumps(cast("Any", listed))).hexdigest()
