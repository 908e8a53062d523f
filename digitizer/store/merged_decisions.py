"""Writing what people decided on other nodes: verifications, tallies, corrections, samples."""

from typing import Any

from digitizer.history import Row
from digitizer.store import correction_tables as corrections
from digitizer.store import review_tables as reviews
from digitizer.store import sender_tables as senders
from digitizer.store import tables
from digitizer.store.merged_samples import write_samples
from digitizer.store.merged_state import Key, Merging, insert, replace_rows, sealed, text_sha256


def write_decisions(merging: Merging) -> None:
    """Bring verifications, tallies, corrections and samples up to date."""
    _write_noted(merging)
    _write_tallies(merging)
    _write_corrections(merging)
    write_samples(merging)


def _write_noted(merging: Merging) -> None:
    """What people decided, with what they wrote beside it."""
    session = merging.session
    insert(
        session,
        tables.VerificationRow,
        (
            {**row, "id": name, "body": _with_notes(row["body"], merging, name)}
            for (name,), row in merging.rows("verification").items()
        ),
    )
    replace_rows(session, reviews.WithdrawalRow, ("verification",), merging.rows("withdrawal"))
    insert(
        session,
        reviews.EscalationRow,
        (
            {**row, "id": name, "reason": merging.beside("escalation", (name,)).get("reason", "")}
            for (name,), row in merging.rows("escalation").items()
        ),
    )
    insert(
        session,
        senders.RemarkRow,
        (
            {**row, "id": name, "note": said.get("note", ""),
             "fields": {field: said.get("fields", {}).get(field, "") for field in row["fields"]}}
            for (name,), row in merging.rows("remark").items()
            for said in (merging.beside("remark", (name,)),)
        ),
    )  # fmt: skip


def _with_notes(body: Row, merging: Merging, name: str) -> dict[str, Any]:
    notes = merging.beside("verification", (name,)).get("notes", {})
    fields = {
        field: {key: value for key, value in said.items() if key != "noted"}
        | {"note": notes.get(field, "")}
        for field, said in body["fields"].items()
    }
    return {**body, "fields": fields}


def _write_tallies(merging: Merging) -> None:
    session = merging.session
    key = ("contest", "tps", "version", "node")
    standing = merging.rows("tally")
    for *gone, decided in merging.new.written("tally").keys() - standing.keys():
        row = session.get(tables.TallyRecord, tuple(gone))
        # One of the same version that was made since stays.
        if row is not None and row.body["verifications"][-1] == decided:
            session.delete(row)
    session.flush()
    placed = ({**dict(zip(key, name, strict=False)), **row} for name, row in standing.items())
    insert(session, tables.TallyRecord, placed)


def _write_corrections(merging: Merging) -> None:
    for table, model, key in (
        ("correction", corrections.CorrectionRow, "id"),
        ("correction_withdrawal", corrections.CorrectionWithdrawalRow, "correction"),
    ):
        rows: dict[Key, Row] = {}
        arrived = merging.new.written(table)
        for name, row in merging.rows(table).items():
            if arrived[name] != row:
                continue  # what holds was written before, and stands in the table with its reason
            reason = merging.beside(table, name).get("reason", "")
            sealed(text_sha256(reason), row["reason_sha256"], f"the reason of {table} {name[0]}")
            told = {column: value for column, value in row.items() if column != "reason_sha256"}
            rows[name] = {**told, "reason": reason}
        if table == "correction":  # which one node alone writes, and once
            insert(merging.session, model, ({**row, key: name} for (name,), row in rows.items()))
        else:
            replace_rows(merging.session, model, (key,), rows)
