"""Form files of this installation: facts, each version beside the ones before."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, col, func, select

from digitizer.errors import Conflict
from digitizer.store.events import append_event, lock_chain
from digitizer.store.form_tables import FormFileRow
from digitizer.store.line import join_again
from digitizer.store.readings import readings_of
from digitizer.store.tables import ReadingRow, SheetRow, SingleUploadRow, UploadRow

NOT_KNOWN: Final = ("unknown_form", "no_form")
"""What is wrong with a photo whose form nobody has described yet."""


@dataclass(frozen=True, slots=True)
class SavedForm:
    """A form file as somebody saved it.

    Attributes:
        number: the version that the file declares.
        account: who saved it, "system" at the command line.
    """

    form: str
    number: int
    sha256: str
    text: str
    account: str
    at: datetime


def save_form_file(
    session: Session, form: str, number: int, text: str, account: str, now: datetime
) -> bool:
    """Keep the file of a form, in force from now on; the caller has seen that it is right.

    The same file again changes nothing; gives whether it is new.

    Raises:
        Conflict: its version is not higher than the one in force.
    """
    lock_chain(session)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    if session.get(FormFileRow, sha256) is not None:
        return False
    latest = latest_number(session, form)
    if number <= latest:
        raise Conflict(
            f"version {latest} of {form} is in force, and this file says version {number}",
            f"set version = {latest + 1}",
            code="form_version",
        )
    row = FormFileRow(
        sha256=sha256, form=form, number=number, text=text, account=account, at=now
    )  # fmt: skip
    session.add(row)
    session.flush()
    payload = {"form": form, "number": number, "sha256": sha256, "text": text}
    append_event(session, "form_saved", payload, account, now)
    return True


def latest_number(session: Session, form: str) -> int:
    """The version of a form that is in force, 0 where the installation has none."""
    query = select(func.max(FormFileRow.number)).where(col(FormFileRow.form) == form)
    return session.exec(query).one() or 0


def saved_forms(session: Session) -> tuple[SavedForm, ...]:
    """Every file that was ever saved, by form, the one in force last.

    Of two that nodes saved under one number the later one is.
    """
    order = (FormFileRow.form, FormFileRow.number, FormFileRow.at, FormFileRow.sha256)
    rows = session.exec(select(FormFileRow).order_by(*map(col, order))).all()
    return tuple(SavedForm(**row.model_dump()) for row in rows)


def forms_in_force(session: Session) -> Mapping[str, str]:
    """The text of the file in force of every form, by id."""
    return MappingProxyType({item.form: item.text for item in saved_forms(session)})


def forms_seal(session: Session) -> tuple[Any, ...]:
    """What is another whenever a file was saved: quick to ask."""
    return tuple(session.execute(sql.select(func.count(), func.max(col(FormFileRow.at)))).one())


def read_again_for(session: Session, form: str, version: str, now: datetime) -> int:
    """Have those photos read once more of which a new file of a form may tell more.

    They are those on which no form was recognised, and those of this form that were read with
    another file and that nobody has confirmed; what was confirmed stands. Gives how many.
    """
    again = 0
    for upload in (*_unrecognised(session), *_read_otherwise(session, form, version)):
        again += join_again(session, upload, now)
    return again


def _unrecognised(session: Session) -> Iterator[str]:
    query = select(SingleUploadRow).where(col(SingleUploadRow.state) == "unreadable")
    rows = session.exec(query).all()
    found = readings_of(session, {row.photo for row in rows})
    for row in rows:
        problem = found[row.photo].problem if row.photo in found else None
        if problem is not None and problem.problem in NOT_KNOWN:
            yield row.upload


def _read_otherwise(session: Session, form: str, version: str) -> Iterator[str]:
    query = select(SheetRow).where(col(SheetRow.form) == form, col(SheetRow.state) != "verified")
    for sheet in session.exec(query).all():
        old = select(ReadingRow.photo).where(
            col(ReadingRow.id).in_(sheet.readings),
            col(ReadingRow.form_version) != f"{form}@{version}",
        )
        yield from session.exec(
            select(UploadRow.id).where(col(UploadRow.photo).in_(old)).order_by(col(UploadRow.id))
        )
