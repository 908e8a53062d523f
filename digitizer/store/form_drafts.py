"""Forms that somebody is drawing up: kept as they stand, right or not, until they are saved."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select

from digitizer.errors import Conflict, NotFound
from digitizer.store.form_tables import FormDraftPageRow, FormDraftRow


@dataclass(frozen=True, slots=True)
class Draft:
    """A form being drawn up.

    Attributes:
        body: what will stand in its file, as JSON.
        revision: rises with every change.
    """

    id: str
    body: Mapping[str, Any]
    revision: int
    account: str
    created_at: datetime
    changed_at: datetime


def begin_draft(
    session: Session,
    body: Mapping[str, Any],
    pictures: Sequence[bytes],
    account: str,
    now: datetime,
) -> str:
    """Keep a draft with the PNG of the blank under each of its pages; gives its id."""
    row = FormDraftRow(
        body=dict(body), revision=1, account=account, created_at=now, changed_at=now
    )  # fmt: skip
    session.add(row)
    session.flush()
    for position, picture in enumerate(pictures):
        told = base64.b64encode(picture).decode()
        session.add(FormDraftPageRow(draft=row.id, position=position, picture=told))
    session.flush()
    return row.id


def drafts(session: Session) -> tuple[Draft, ...]:
    """Every draft, the one changed last first."""
    rows = session.exec(select(FormDraftRow).order_by(col(FormDraftRow.changed_at).desc())).all()
    return tuple(_draft(row) for row in rows)


def draft(session: Session, name: str) -> Draft:
    """One draft.

    Raises:
        NotFound: there is none of this id.
    """
    return _draft(_row(session, name))


def draft_at(session: Session, name: str, revision: int) -> Draft:
    """One draft as somebody saw it; whoever would change it waits until this transaction ends.

    Raises:
        NotFound: there is none of this id.
        Conflict: it was changed elsewhere since `revision`.
    """
    return _draft(_row_at(session, name, revision))


def page_picture(session: Session, name: str, position: int) -> bytes:
    """The blank under one page of a draft, as PNG.

    Raises:
        NotFound: there is none.
    """
    row = session.get(FormDraftPageRow, (name, position))
    if row is None:
        raise NotFound(f"draft {name!r} has no page {position}", "open the draft again")
    return base64.b64decode(row.picture)


def change_draft(
    session: Session, name: str, body: Mapping[str, Any], revision: int, now: datetime
) -> int:
    """Keep a draft as it stands now; gives its new revision.

    Raises:
        NotFound: there is none of this id.
        Conflict: it was changed elsewhere since `revision`.
    """
    row = _row_at(session, name, revision)
    row.body, row.revision, row.changed_at = dict(body), revision + 1, now
    session.add(row)
    session.flush()
    return row.revision


def drop_draft(session: Session, name: str) -> None:
    """Forget a draft.

    Raises:
        NotFound: there is none of this id.
    """
    row = _row(session, name, alone=True)
    session.exec(delete(FormDraftPageRow).where(col(FormDraftPageRow.draft) == name))
    session.delete(row)
    session.flush()


def _row(session: Session, name: str, *, alone: bool = False) -> FormDraftRow:
    """A draft, which others wait to change until this transaction ends if it is to be `alone`."""
    row = session.get(FormDraftRow, name, with_for_update=alone or None)
    if row is None:
        raise NotFound(f"there is no draft {name!r}", "begin one from a blank")
    return row


def _row_at(session: Session, name: str, revision: int) -> FormDraftRow:
    row = _row(session, name, alone=True)
    if row.revision != revision:
        raise Conflict(
            f"this draft was changed elsewhere: revision {row.revision}, opened at {revision}",
            "open it again; what was kept last is still there",
            code="draft_changed",
        )
    return row


def _draft(row: FormDraftRow) -> Draft:
    return Draft(row.id, row.body, row.revision, row.account, row.created_at, row.changed_at)
