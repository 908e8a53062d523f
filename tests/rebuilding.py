"""Whether the events of a database tell all that stands in its tables."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, SQLModel, select

from digitizer.domain.codec import without_notes
from digitizer.domain.event import sha256_of
from digitizer.history import Row, State, closures, replay
from digitizer.proof.recounting import grounds_of, recounted, unfounded, unlisted
from digitizer.store import account_tables as accounts
from digitizer.store import backup_tables as backups
from digitizer.store import correction_tables as corrections
from digitizer.store import form_tables as forms
from digitizer.store import job_tables as jobs
from digitizer.store import likeness_tables as likeness
from digitizer.store import official_tables as officials
from digitizer.store import publication_tables as publication
from digitizer.store import recap_tables as recaps
from digitizer.store import review_tables as reviews
from digitizer.store import sample_tables as samples
from digitizer.store import sender_tables as senders
from digitizer.store import tables
from digitizer.store.events import list_events
from digitizer.store.invites import NAME_LENGTH
from digitizer.store.merged_history import line_of
from digitizer.store.tables import EventRow, NodeRow

PERSONAL: Final = "of a person: an event can never be deleted"
SECRET: Final = "a secret"
OF_THE_TALLY: Final = "as the tally of this version has it"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A table that the events tell.

    Attributes:
        key: its columns that the history knows a row by.
        left_out: columns that the history does not tell, with the reason.
        turned: columns that the history tells in another way, under which name and how.
    """

    model: type[SQLModel]
    key: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    turned: Mapping[str, tuple[str, Callable[[Any], Any]]] = field(default_factory=dict)


def _short(token_sha256: str) -> str:
    return token_sha256[:NAME_LENGTH]


def _sha256(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()


def _body_sha256(body: Any) -> str | None:  # noqa: ANN401  # JSON
    return None if body is None else sha256_of(body)


REBUILT: Final[Mapping[str, Rebuilt]] = {
    "node": Rebuilt(tables.NodeRow, ("id",), {"here": "which of the nodes this database is"}),
    "election": Rebuilt(tables.ElectionRow, ("id",)),
    "contest": Rebuilt(tables.ContestRow, ("id",)),
    "contest_form": Rebuilt(tables.ContestFormRow, ("form", "contest")),
    "contest_tps": Rebuilt(tables.ContestTpsRow, ("contest", "tps")),
    "tps": Rebuilt(tables.TpsRow, ("code",)),
    "photo": Rebuilt(tables.PhotoRow, ("sha256",)),
    "removal": Rebuilt(tables.RemovalRow, ("photo",)),
    "upload": Rebuilt(
        tables.UploadRow, ("id",),
        {"file_name": PERSONAL, "idempotency_key": "chosen by the phone, to send once"},
    ),
    "assignment": Rebuilt(tables.AssignmentRow, ("upload", "number")),
    "reading": Rebuilt(tables.ReadingRow, ("id",), turned={"body": ("sha256", _body_sha256)}),
    "verification": Rebuilt(
        tables.VerificationRow, ("id",), turned={"body": ("body", without_notes)}
    ),
    "withdrawal": Rebuilt(reviews.WithdrawalRow, ("verification",)),
    "escalation": Rebuilt(reviews.EscalationRow, ("id",), {"reason": PERSONAL}),
    "form_file": Rebuilt(forms.FormFileRow, ("sha256",)),
    "seeded_check": Rebuilt(reviews.SeededCheckRow, ("id",)),
    "glyph_mark": Rebuilt(reviews.GlyphMarkRow, ("reading", "field", "box")),
    "remark": Rebuilt(
        senders.RemarkRow, ("id",), {"note": PERSONAL}, {"fields": ("fields", sorted)}
    ),
    "tally": Rebuilt(tables.TallyRecord, ("contest", "tps", "version", "node")),
    "account": Rebuilt(
        accounts.AccountRow, ("id",),
        {"username": PERSONAL, "label": PERSONAL, "password_hash": SECRET},
    ),
    "invite": Rebuilt(
        accounts.InviteRow, ("token_sha256",), {"nonce_sha256": "of a browser, for half an hour"},
        {"token_sha256": ("token_sha256", _short)},
    ),
    "lot": Rebuilt(reviews.LotRow, ("name",), turned={"seed": ("seed_sha256", _sha256)}),
    "correction": Rebuilt(
        corrections.CorrectionRow, ("id",), turned={"reason": ("reason_sha256", _sha256)}
    ),
    "correction_withdrawal": Rebuilt(
        corrections.CorrectionWithdrawalRow, ("correction",),
        turned={"reason": ("reason_sha256", _sha256)},
    ),
    "publication": Rebuilt(publication.PublicationRow, ("number",)),
    "official_import": Rebuilt(
        officials.OfficialImportRow, ("id",), {"source": PERSONAL},
        {"not_compared": ("not_compared", len)},
    ),
    "sample": Rebuilt(samples.SampleRow, ("id",)),
    "sample_draw": Rebuilt(samples.SampleDrawRow, ("sample",)),
    "sample_item": Rebuilt(
        samples.SampleItemRow, ("sample", "tps"),
        {"form": OF_THE_TALLY, "tally": OF_THE_TALLY},
    ),
    "sample_keying": Rebuilt(samples.SampleKeyingRow, ("sample", "tps")),
    "sample_ruling": Rebuilt(samples.SampleRulingRow, ("sample", "tps")),
    "lease": Rebuilt(
        reviews.LeaseRow, ("contest", "tps", "form"), {"until": "moved on at every key"}
    ),
}  # fmt: skip

NOT_TOLD: Final[Mapping[type[SQLModel], str]] = {
    tables.EventRow: "the history itself",
    tables.ChainSignatureRow: "how far a chain is signed by its node, whose key the history holds",
    tables.NodeDisputeRow: "follows from tallies and verifications",
    tables.SheetRow: "a cache, settled again from readings and verifications",
    tables.SingleUploadRow: "a cache of the queue, made again from uploads and readings",
    accounts.LoginSessionRow: "who is signed in: no fact of the count, and personal",
    accounts.LoginFailureRow: "likewise, kept for 30 days",
    backups.BackupRow: "which copies were made: no fact of the count",
    senders.TransferRow: "a photo on its way: a fact once it is whole, as an upload",
    forms.FormDraftRow: "a form being drawn up: a fact once it is saved",
    forms.FormDraftPageRow: "the blank under it",
    jobs.JobRow: "the line of photos to be read: their readings are told",
    jobs.WorkerRow: "which processes read: none is of the count",
    likeness.InkHashRow: "follows from the reading, whose body the history seals",
    likeness.InkPairRow: "follows from the ink hashes",
    recaps.RecapSumRow: "follows from tallies, disputes, corrections and rounds",
    recaps.WilayahRow: "follows from the TPS",
    publication.PublishedHeadRow: "which head an hour showed; each is told when it is taken",
    officials.OfficialTpsRow: "sealed by `numbers_sha256` of their import",
    officials.ComparisonRow: "follows from imports, tallies, corrections and rounds",
    samples.SampleStationRow: "the tallies that counted when the sample was announced, sealed then",
}


def differences(session: Session) -> list[str]:
    """What stands in the tables and is not told by the events, or the other way round."""
    state = replay(list_events(session))
    found = [f"the events lack {name}" for name in sorted(state.lacks)]
    found += [f"event {item.seq}: {item.what}" for item in state.contradicts]
    grounds = grounds_of(state)
    unproven = (*unlisted(state), *unfounded(grounds), *recounted(state.rows("tally"), grounds))
    found += [f"a bundle would not hold: {fault}" for fault in unproven]
    here = _whose(session)
    for name, table in REBUILT.items():
        kept = dict(_kept(session, table))
        told = dict(_told(state, name, here))
        if name == "account":
            told = _closed(session, state, told)
        if name == "removal":
            # Originals that another node removed before they could come: when, only it knows.
            elsewhere = {key[:1] for key in state.rows("removal")} - told.keys()
            kept = {key: row for key, row in kept.items() if key not in elsewhere}
        found += [
            f"{name} {key}: kept {kept.get(key)}, told {told.get(key)}"
            for key in sorted(kept.keys() | told.keys(), key=repr)
            if kept.get(key) != told.get(key)
        ]
    return found


def _closed(
    session: Session, state: State, told: Mapping[tuple[Any, ...], Row]
) -> dict[tuple[Any, ...], Row]:
    """Accounts, and since when each is closed as this node has it."""
    here = session.exec(select(NodeRow.id).where(NodeRow.here)).one_or_none()
    makers = {name: row["node"] for (name,), row in state.rows("account_node").items()}
    since = closures(state, makers, here)
    return {key: {**row, "disabled_at": since.get(key[0])} for key, row in told.items()}


def _whose(session: Session) -> frozenset[str | None]:
    """The nodes that told what the tables of one node alone hold.

    Of what goes on from a backup the node before too, and of a copy of one that set the election up
    alone its original.
    """
    here = session.exec(select(NodeRow.id).where(NodeRow.here)).one_or_none()
    founders = session.exec(
        select(EventRow.node).where(EventRow.kind == "election_created").distinct()
    ).all()
    line = frozenset({here}) if here is None else line_of(session, here)
    return line.union(founders if len(founders) == 1 else ())


def _kept(session: Session, table: Rebuilt) -> Iterator[tuple[tuple[Any, ...], Row]]:
    told = [c for c in SQLModel.metadata.tables[tablename(table)].columns
            if c.name not in table.left_out]  # fmt: skip
    turned = [table.turned.get(column.name, (column.name, None)) for column in told]
    # Past the models, since every test of the suite asks.
    for row in session.execute(sql.select(*told)):
        values = {
            called: turn(value) if turn else value
            for (called, turn), value in zip(turned, row, strict=True)
        }
        yield tuple(values.pop(name) for name in table.key), values


def tablename(table: Rebuilt) -> str:
    """The name of its table."""
    return str(table.model.__tablename__)


OF_THE_NODE: Final = {"lease", "lot", "publication", "invite", "removal"}
"""Tables that hold only what this node itself told; the node is last in the key of the history."""


Told = Iterator[tuple[tuple[Any, ...], Row]]


def _told(state: State, name: str, here: Set[str | None]) -> Told:
    if name in PARTS:
        yield from PARTS[name](state)
        return
    for key, row in state.rows(name).items():
        if name in OF_THE_NODE and key[-1] not in here:
            continue
        match name:
            case "contest":
                yield key, {column: value for column, value in row.items() if column != "form_ids"}
            case "tally":
                yield key[:-1], row  # without the verification that decided
            case "invite":
                used = state.rows("invite_use").get(key[:1], {"account": None, "used_at": None})
                yield key[:1], {**row, **used}
            case _:
                yield key[:-1] if name in OF_THE_NODE else key, row


def _forms(state: State) -> Told:
    for key, row in state.rows("contest").items():
        for position, form in enumerate(row["form_ids"]):
            yield (form, *key), {"position": position}


def _stations(state: State) -> Told:
    for key, row in state.rows("round_tps").items():
        yield from (((*key, code), {}) for code in row["tps"])


PARTS: Final[Mapping[str, Callable[[State], Told]]] = {
    "contest_form": _forms,
    "contest_tps": _stations,
}
"""Tables that the history tells as parts of the rows of another."""
