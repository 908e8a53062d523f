"""The append-only history: each installation is a node with its own gapless chain of events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

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
    "tallies_exported",
    "sample_announced",
    "sample_drawn",
    "sample_keyed",
    "sample_settled",
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
