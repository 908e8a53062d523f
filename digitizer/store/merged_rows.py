"""Writing what merged events come to into the tables.

A table follows from the history: what is new is added as the events of its node tell it, and what
several nodes may have written (`merged_history.SHARED`) is replaced by what all of them come to.
What is of one installation alone (leases, lots, invitations, when it is public) stays with it.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, SQLModel, col, delete, select

from digitizer.domain.codec import reading_from_json
from digitizer.domain.event import sha256_of
from digitizer.errors import MergeRefused
from digitizer.history import Row, State
from digitizer.store import account_tables as accounts
from digitizer.store import correction_tables as corrections
from digitizer.store import review_tables as reviews
from digitizer.store import sample_tables as samples
from digitizer.store import sender_tables as senders
from digitizer.store import tables
from digitizer.store.accounts import NO_PASSWORD
from digitizer.store.likeness import save_ink_hash
from digitizer.store.recap_sums import batches
from digitizer.store.samples import listed as listed_text
from digitizer.store.samples import tally_listed

Key = tuple[Any, ...]
Lines = Callable[[str], Iterator[dict[str, Any]]]
"""What goes along of one table (`store.beside`), line by line."""


@dataclass(slots=True)
class Merging:
    """What is merged, on its way into the tables.

    Attributes:
        new: the state after the new events alone; its keys are what they touch.
        whole: the state after these and all that other nodes wrote about the same things.
        lines: what goes along beside the events.
    """

    session: Session
    new: State
    whole: State
    lines: Lines
    _beside: dict[str, dict[Key, dict[str, Any]]] = field(default_factory=dict)

    def rows(self, table: str) -> dict[Key, Row]:
        """Rows that the new events add or change, as all events leave them."""
        whole = self.whole.rows(table)
        return {key: whole[key] for key in self.new.written(table) if key in whole}

    def beside(self, table: str, key: Key) -> Mapping[str, Any]:
        """What goes along of one row; of a table that has few."""
        if table not in self._beside:
            known = self.new.written(table)
            called = "correction" if table == "correction_withdrawal" else "id"
            found = (((line[called],), line) for line in self.lines(table))
            self._beside[table] = {name: line for name, line in found if name in known}
        return self._beside[table].get(key, {})


def write_rows(merging: Merging) -> None:
    """Bring every table up to date but those of the election, official results and the caches."""
    _write_accounts(merging)
    _write_uploads(merging)
    _write_readings(merging)
    for name, model, key in _PLAIN:
        _replace(merging.session, model, key, merging.rows(name))
    _write_noted(merging)
    _write_tallies(merging)
    _write_corrections(merging)
    _write_samples(merging)


def keep_removals(
    merging: Merging, has: Callable[[str], bool], removed_here: Collection[str], now: datetime
) -> None:
    """Note which originals are not here, since their installation removed them, and which came.

    What was removed here stays removed.
    """
    session = merging.session
    for (photo,) in merging.new.rows("photo"):
        noted = session.get(tables.RemovalRow, photo)
        if noted is None and not has(photo):
            session.add(tables.RemovalRow(photo=photo, at=now))
        elif noted is not None and photo not in removed_here and has(photo):
            session.delete(noted)
    session.flush()


def insert(session: Session, model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows, some thousands at once."""
    for batch in batches(rows):
        session.connection().execute(sql.insert(model), batch)


def sealed(found: str | None, needed: str | None, what: str) -> None:
    """What goes along is what the event seals.

    Raises:
        MergeRefused: it is not.
    """
    if found != needed:
        raise MergeRefused(
            f"{what} is not what its event seals: found {found}, needed {needed}",
            "let the other team write the file again; nothing was merged",
        )


def text_sha256(text: str) -> str:
    """SHA-256 in hex of what somebody wrote."""
    return hashlib.sha256(text.encode()).hexdigest()


_PLAIN: Final[tuple[tuple[str, type[SQLModel], tuple[str, ...]], ...]] = (
    ("assignment", tables.AssignmentRow, ("upload", "number")),
    ("glyph_mark", reviews.GlyphMarkRow, ("reading", "field", "box")),
    ("seeded_check", reviews.SeededCheckRow, ("id",)),
)
"""Tables that the history tells whole; each only names rows of tables that are written before."""


def _replace(
    session: Session, model: type[SQLModel], key: tuple[str, ...], rows: Mapping[Key, Row]
) -> None:
    table: Any = model.__table__  # type: ignore[attr-defined]
    columns = [table.c[name] for name in key]
    names = list(rows)
    for start in range(0, len(names), _AT_ONCE):
        some = sql.tuple_(*columns).in_(names[start : start + _AT_ONCE])
        session.execute(sql.delete(table).where(some))
    insert(session, model, ({**dict(zip(key, name, strict=True)), **rows[name]} for name in rows))


_AT_ONCE: Final = 400
"""So many keys are named by one statement; SQLite takes 999 values."""


def _write_accounts(merging: Merging) -> None:
    """Accounts of other installations: none of them can sign in here."""
    closures = merging.whole.rows("closure")
    made = merging.rows("account")
    insert(
        merging.session,
        accounts.AccountRow,
        (
            {**row, "id": name, "username": name, "password_hash": NO_PASSWORD,
             "label": merging.beside("account", (name,)).get("label", ""),
             "disabled_at": closures.get((name,), {"disabled_at": None})["disabled_at"]}
            for (name,), row in made.items()
        ),
    )  # fmt: skip
    for key in merging.new.written("closure").keys() - made.keys():
        row = merging.session.get_one(accounts.AccountRow, key)
        row.disabled_at = closures[key]["disabled_at"] if key in closures else None
        merging.session.add(row)
    merging.session.flush()


def _write_uploads(merging: Merging) -> None:
    session = merging.session
    photos = merging.rows("photo")
    known = set(_known(session, tables.PhotoRow.sha256, [name for (name,) in photos]))
    fresh = ({**row, "sha256": name} for (name,), row in photos.items() if name not in known)
    insert(session, tables.PhotoRow, fresh)
    insert(
        session,
        tables.UploadRow,
        (
            {**row, "id": name, "idempotency_key": None,
             "file_name": merging.beside("upload", (name,)).get("file_name", "")}
            for (name,), row in merging.rows("upload").items()
        ),
    )  # fmt: skip


def _known(session: Session, column: Any, names: list[str]) -> Iterator[str]:  # noqa: ANN401
    for start in range(0, len(names), _AT_ONCE):
        yield from session.exec(
            select(column).where(col(column).in_(names[start : start + _AT_ONCE]))
        )


def _write_readings(merging: Merging) -> None:
    session = merging.session
    waiting = dict(merging.rows("reading"))
    for line in merging.lines("reading"):
        row = waiting.pop((line["id"],), None)
        if row is not None:
            body = line["body"]
            sealed(sha256_of(body), row["sha256"], f"reading {line['id']}")
            told = {name: value for name, value in row.items() if name != "sha256"}
            insert(session, tables.ReadingRow, [{**told, "id": line["id"], "body": body}])
            save_ink_hash(session, line["id"], reading_from_json(body))
    for (name,), row in waiting.items():
        sealed(None, row["sha256"], f"reading {name}")
        told = {key: value for key, value in row.items() if key != "sha256"}
        insert(session, tables.ReadingRow, [{**told, "id": name, "body": None}])


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
    _replace(session, reviews.WithdrawalRow, ("verification",), merging.rows("withdrawal"))
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
    for gone in merging.new.written("tally").keys() - standing.keys():
        where = (
            getattr(tables.TallyRecord, name) == value
            for name, value in zip(key, gone, strict=True)
        )
        session.exec(delete(tables.TallyRecord).where(*where))
    placed = ({**dict(zip(key, name, strict=True)), **row} for name, row in standing.items())
    insert(session, tables.TallyRecord, placed)


def _write_corrections(merging: Merging) -> None:
    for table, model, key in (
        ("correction", corrections.CorrectionRow, "id"),
        ("correction_withdrawal", corrections.CorrectionWithdrawalRow, "correction"),
    ):
        rows: dict[Key, Row] = {}
        for name, row in merging.rows(table).items():
            reason = merging.beside(table, name).get("reason", "")
            sealed(text_sha256(reason), row["reason_sha256"], f"the reason of {table} {name[0]}")
            told = {column: value for column, value in row.items() if column != "reason_sha256"}
            rows[name] = {**told, "reason": reason}
        _replace(merging.session, model, (key,), rows)


def _write_samples(merging: Merging) -> None:
    session = merging.session
    announced = merging.rows("sample")
    insert(session, samples.SampleRow, ({**row, "id": name} for (name,), row in announced.items()))
    listed = (line for line in merging.lines("sample_station") if (line["sample"],) in announced)
    insert(session, samples.SampleStationRow, listed)
    for (name,), row in announced.items():
        found = text_sha256(listed_text(session, name))
        sealed(found, row["population_sha256"], f"the list of sample {name}")
    _replace(session, samples.SampleDrawRow, ("sample",), merging.rows("sample_draw"))
    drawn: dict[Key, Row] = {}
    for (sample, tps), row in merging.rows("sample_item").items():
        tally = tally_listed(session, sample, tps)
        said = {
            "as_written": dict(tally.as_written),
            "photos": list(tally.photos),
            "verifications": list(tally.verifications),
        }
        drawn[sample, tps] = {**row, "form": tally.form, "tally": said}
    place = ("sample", "tps")
    _replace(session, samples.SampleItemRow, place, drawn)
    _replace(session, samples.SampleKeyingRow, place, merging.rows("sample_keying"))
    _replace(session, samples.SampleRulingRow, place, merging.rows("sample_ruling"))
