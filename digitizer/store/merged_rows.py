"""Writing what merged events come to into the tables.

A table follows from the history: what is new is added as the events of its node tell it, and what
several nodes may have written (`merged_history.SHARED`) is replaced by what all of them come to.
What is of one installation alone (leases, lots, invitations, when it is public) stays with it.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, SQLModel, col, select

from digitizer.domain.codec import reading_from_json
from digitizer.domain.event import sha256_of
from digitizer.history import closures
from digitizer.store import account_tables as accounts
from digitizer.store import form_tables as forms
from digitizer.store import review_tables as reviews
from digitizer.store import tables
from digitizer.store.accounts import NO_PASSWORD
from digitizer.store.likeness import save_ink_hash
from digitizer.store.merged_decisions import write_decisions
from digitizer.store.merged_history import makers_of
from digitizer.store.merged_state import (
    KEYS_AT_ONCE,
    Merging,
    insert,
    replace_rows,
    sealed,
    text_sha256,
)
from digitizer.store.nodes import own_node

_PLAIN: Final[tuple[tuple[str, type[SQLModel], tuple[str, ...]], ...]] = (
    ("assignment", tables.AssignmentRow, ("upload", "number")),
    ("glyph_mark", reviews.GlyphMarkRow, ("reading", "field", "box")),
)
"""Tables that the history tells whole; each only names rows of tables that are written before."""


def write_rows(merging: Merging) -> None:
    """Bring every table up to date but those of the election, official results and the caches."""
    _write_accounts(merging)
    _write_forms(merging)
    _write_uploads(merging)
    _write_readings(merging)
    for name, model, key in _PLAIN:
        replace_rows(merging.session, model, key, merging.rows(name))
    checks = merging.rows("seeded_check").items()
    insert(
        merging.session, reviews.SeededCheckRow, ({**row, "id": name} for (name,), row in checks)
    )
    write_decisions(merging)


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


def _write_accounts(merging: Merging) -> None:
    """Accounts of other installations: none of them can sign in here."""
    session = merging.session
    insert(
        session,
        accounts.AccountRow,
        (
            {**row, "id": name, "username": name, "password_hash": NO_PASSWORD,
             "label": merging.beside("account", (name,)).get("label", "")}
            for (name,), row in merging.rows("account").items()
        ),
    )  # fmt: skip
    told = {account for account, _ in merging.whole.rows("closure")}
    if not told:
        return
    makers = makers_of(session, told)
    for name, since in closures(merging.whole, makers, own_node(session)).items():
        row = session.get_one(accounts.AccountRow, name)
        row.disabled_at = since
        session.add(row)
    session.flush()


def _write_forms(merging: Merging) -> None:
    rows = merging.rows("form_file")
    for (sha256,), row in rows.items():
        sealed(text_sha256(row["text"]), sha256, f"form file {row['form']}")
    replace_rows(merging.session, forms.FormFileRow, ("sha256",), rows)


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
    for start in range(0, len(names), KEYS_AT_ONCE):
        yield from session.exec(
            select(column).where(col(column).in_(names[start : start + KEYS_AT_ONCE]))
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
