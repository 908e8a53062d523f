"""What a node needs of another beside its events: what they only hash, and what they leave out.

Lines of JSON, by table: bodies of readings, numbers of official results and lists of samples, which
the events seal; and notes, reasons, labels and names of files, which no event may hold.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from digitizer.store.account_tables import AccountRow
from digitizer.store.columns import Json
from digitizer.store.correction_tables import CorrectionRow, CorrectionWithdrawalRow
from digitizer.store.official_tables import OfficialImportRow, OfficialTpsRow
from digitizer.store.purging import ever_removed
from digitizer.store.review_tables import EscalationRow
from digitizer.store.sample_tables import SampleStationRow
from digitizer.store.sender_tables import RemarkRow
from digitizer.store.tables import PhotoRow, ReadingRow, RemovalRow, UploadRow, VerificationRow

AT_ONCE: Final = 500

Columns = tuple[Any, ...]

_PLAIN: Final[Mapping[str, tuple[Columns, tuple[ColumnElement[bool], ...]]]] = {
    "account": ((AccountRow.id, AccountRow.label), (col(AccountRow.label) != "",)),
    "upload": ((UploadRow.id, UploadRow.file_name), (col(UploadRow.file_name) != "",)),
    "reading": ((ReadingRow.id, ReadingRow.body), (col(ReadingRow.body).is_not(None),)),
    "remark": ((RemarkRow.id, RemarkRow.fields, RemarkRow.note), ()),
    "escalation": ((EscalationRow.id, EscalationRow.reason), ()),
    "correction": ((CorrectionRow.id, CorrectionRow.reason), ()),
    "correction_withdrawal": (
        (CorrectionWithdrawalRow.correction, CorrectionWithdrawalRow.reason),
        (),
    ),
    "official_import": (
        (OfficialImportRow.id, OfficialImportRow.source, OfficialImportRow.not_compared),
        (),
    ),
    "official_tps": (
        (OfficialTpsRow.official_import, OfficialTpsRow.tps, OfficialTpsRow.numbers,
         OfficialTpsRow.psu, OfficialTpsRow.ts),
        (),
    ),
    "sample_station": (
        (SampleStationRow.sample, SampleStationRow.tps, SampleStationRow.contest,
         SampleStationRow.version, SampleStationRow.numbers, SampleStationRow.votes),
        (),
    ),
    "removal": ((RemovalRow.photo,), ()),
}  # fmt: skip

TABLES: Final = (*_PLAIN, "verification")
"""Every table of which something goes along; the first column, or two, are the key."""


def rows_beside(session: Session, table: str) -> Iterator[Json]:
    """What goes along of one table, in order, few at a time in memory."""
    if table == "verification":
        yield from _notes(session)
        return
    columns, where = _PLAIN[table]
    query = sql.select(*columns).where(*where).order_by(*columns[:2])
    if table in ("reading", "account", "upload", "remark", "official_import"):
        query = sql.select(*columns).where(*where).order_by(columns[0])
    for row in session.connection().execute(query, execution_options={"yield_per": AT_ONCE}):
        yield dict(row._mapping)


def kept_blobs(session: Session) -> Iterator[tuple[str, bool]]:
    """Every original and every picture made of one, and whether it may be missing; in order.

    What shows as much as an original that was removed was removed with it, and is made once more
    when one that came back is read.
    """
    removed = set(session.execute(sql.select(col(RemovalRow.photo))).scalars())
    ever = ever_removed(session)
    found: dict[str, bool] = {}
    for photo in session.execute(sql.select(col(PhotoRow.sha256))).scalars():
        found[photo] = photo in removed
    for photo, blobs in session.execute(sql.select(col(ReadingRow.photo), col(ReadingRow.blobs))):
        for sha256 in blobs.values():
            found[sha256] = found.get(sha256, True) and photo in ever
    yield from sorted(found.items())


def _notes(session: Session) -> Iterator[Json]:
    query = sql.select(col(VerificationRow.id), col(VerificationRow.body))
    query = query.order_by(col(VerificationRow.id))
    for name, body in session.connection().execute(query, execution_options={"yield_per": AT_ONCE}):
        said = {field: item["note"] for field, item in body["fields"].items() if item.get("note")}
        if said:
            yield {"id": name, "notes": said}
