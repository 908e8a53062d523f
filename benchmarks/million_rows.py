"""The rows of a million photos: what the product made of a few TPS, many times over."""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session, SQLModel, col

from benchmarks.recap_speed import fill
from digitizer.domain.election import Tps
from digitizer.domain.likeness import BITS, METHOD
from digitizer.domain.reading import PageReading
from digitizer.domain.verdict import Unreadable
from digitizer.jobs.settling import settle_photo
from digitizer.store.line import leave_line
from digitizer.store.photos import PhotoStore
from digitizer.store.readings import save_reading
from digitizer.store.receiving import receive
from digitizer.store.tables import (
    PhotoRow,
    ReadingRow,
    SheetRow,
    SingleUploadRow,
    TallyRecord,
    UploadRow,
    VerificationRow,
)
from tests.facts import PAGE_1, PAGE_2, page_reading, png, unsure
from tests.review_ui.conftest import INK_ALONE

WITNESSES: Final = 5_000
NOW: Final = datetime(2024, 11, 27, 9, 30, tzinfo=UTC)
FILLING: Final = random.Random(0).randbytes(600).hex()
"""In place of the numbers that were read of forms that nobody opens: as long as PostgreSQL's
compression makes them."""

PICTURES: Final = ("public", "page", "header")
LOST: Final = Unreadable("no_form", "found neither a tag nor corner marks", "take it again")

KINDS: Final = 5
VERIFIED, CLEAR, DOUBTFUL, HALF_LOST, HALF_STRAY = range(KINDS)
"""Kinds of TPS: verified; waiting, without and with a doubtful box; of which the second page was
unreadable, or sent for no TPS."""

_TABLES: Final[tuple[type[SQLModel], ...]] = (
    *(PhotoRow, UploadRow, ReadingRow, SheetRow, SingleUploadRow, VerificationRow, TallyRecord),
)


def kind_of(number: int) -> int:
    """Of the TPS with this number: one of each, then most are verified."""
    if number < KINDS:
        return number
    if number % 100 in (0, 50):
        return HALF_LOST if number % 100 == 0 else HALF_STRAY
    return {1: CLEAR, 2: DOUBTFUL}.get(number % 10, VERIFIED)


def witness(number: int) -> str:
    """Who sent the photos of this TPS."""
    return f"w{number % WITNESSES:05d}"


def keep_tps(session: Session, photos: PhotoStore, number: int, code: str, kind: int) -> None:
    """Both photos of a TPS of this kind, taken in, read and settled."""
    first, second = (photo_of(code, page) for page in (1, 2))
    boxes = {("paslon_1", 1): unsure("6", "0", 0.93)} if kind == DOUBTFUL else {}
    reading = page_reading(second, 2, PAGE_2, boxes)
    keep_photo(session, photos, (number, code, 1, code), page_reading(first, 1, PAGE_1))
    keep_photo(
        session,
        photos,
        (number, code, 2, None if kind == HALF_STRAY else code),
        None if kind == HALF_LOST else reading,
    )


def photo_of(code: str, page: int) -> str:
    """The SHA-256 of the photo of a page."""
    return hashlib.sha256(f"{code} {page}".encode()).hexdigest()


def keep_photo(
    session: Session,
    photos: PhotoStore,
    sent: tuple[int, str, int, str | None],
    reading: PageReading | None,
) -> None:
    """One photo with its pictures; `sent` are number and code of the TPS, page, and TPS as sent."""
    number, code, page, tps = sent
    data = f"{code} {page}".encode()
    names = (*PICTURES, *(f"crop/{name}" for name in reading.fields)) if reading else ()
    blobs = {name: photos.put(png(300, 110, 200 + page)) for name in names}
    receipt = receive(
        session, photos, data, account=witness(number), tps=tps, contest=None,
        file_name=f"hal{page}.jpg", idempotency_key=None, now=NOW,
    )  # fmt: skip
    problem = LOST if reading is None else None
    inked = None if reading is None else with_hash(reading, number)
    save_reading(session, receipt.photo, inked, problem, blobs, 0.2, NOW)
    settle_photo(session, receipt.photo, NOW, INK_ALONE)
    leave_line(session, receipt.upload_id)


def with_hash(reading: PageReading, number: int) -> PageReading:
    """The same with ink that is like nobody else's."""
    lot = random.Random(f"{number} {reading.page}")
    return replace(reading, ink_hash=lot.randbytes(BITS // 8).hex())


def fill_all(session: Session, stations: Sequence[Tps], more: Sequence[Tps]) -> None:
    """All TPS, and the rows of each after the first few, of which there is one of every kind.

    Of `more` TPS there is no photo.
    """
    names = "code, name, desa, kecamatan, kabkota, provinsi, registered"
    fill(session, "tps", names, (
        (item.code, item.name, item.desa, item.kecamatan, item.kabkota, item.provinsi, 160)
        for item in (*stations[KINDS:], *more)
    ))  # fmt: skip
    few = [item.code for item in stations[:KINDS]]
    templates = [_Template.of(session, code) for code in few]
    rest = [(n, item.code) for n, item in enumerate(stations)][KINDS:]
    for model in _TABLES:
        table = model.__tablename__
        columns = ", ".join(column.name for column in _columns(model))
        fill(session, str(table), columns, (
            row for n, code in rest for row in templates[kind_of(n)].rows(model, n, code)
        ))  # fmt: skip
    fill(session, "ink_hash", "reading, kind, ink_hash", _hashes(templates, rest))


@dataclass(frozen=True, slots=True)
class _Template:
    """What the product made of one TPS: the rows of each table, every value as text."""

    code: str
    made: dict[type[SQLModel], list[tuple[str | None, ...]]]
    names: tuple[str, ...]
    sender: str
    short: list[tuple[str | None, ...]]

    @classmethod
    def of(cls, session: Session, code: str) -> "_Template":
        photos = [photo_of(code, page) for page in (1, 2)]
        here: dict[type[SQLModel], Any] = {
            PhotoRow: col(PhotoRow.sha256).in_(photos),
            UploadRow: col(UploadRow.photo).in_(photos),
            ReadingRow: col(ReadingRow.photo).in_(photos),
            SingleUploadRow: col(SingleUploadRow.photo).in_(photos),
            **{model: col(model.tps) == code for model in (SheetRow, VerificationRow, TallyRecord)},
        }
        made = {
            model: [tuple(row) for row in session.connection().execute(
                sql.select(*(sql.cast(column, sql.Text) for column in _columns(model))).where(where)
            )]
            for model, where in here.items()
        }  # fmt: skip
        keyed = {model: [row[0] for row in made[model]] for model in (UploadRow, ReadingRow)}
        names = [*photos, *keyed[UploadRow], *keyed[ReadingRow]]
        names += [row[0] for row in made[VerificationRow]]
        sender = made[UploadRow][0][2] or ""
        short = [_without_numbers(row) for row in made[ReadingRow]]
        return cls(code, made, tuple(name for name in names if name), sender, short)

    def rows(self, model: type[SQLModel], number: int, code: str) -> Iterator[tuple[Any, ...]]:
        """Those of another TPS: its code, its sender, and other names for everything."""
        given = [(self.code, code), (self.sender, witness(number))]
        given += [(name, _named(name, code)) for name in self.names]
        rows = self.made[model]
        if model is ReadingRow and kind_of(number) == VERIFIED:
            rows = self.short
        for row in rows:
            yield tuple(None if value is None else _replaced(value, given) for value in row)


def _without_numbers(row: tuple[str | None, ...]) -> tuple[str | None, ...]:
    place = [column.name for column in _columns(ReadingRow)].index("body")
    body = row[place]
    if body is None:
        return row
    short = json.dumps({**json.loads(body), "fields": {}, "filling": FILLING})
    return (*row[:place], short, *row[place + 1 :])


def _hashes(
    templates: Sequence[_Template], rest: Sequence[tuple[int, str]]
) -> Iterator[tuple[str, str, str]]:
    lot = random.Random(1)
    for number, code in rest:
        for row in templates[kind_of(number)].made[ReadingRow]:
            reading, form_version, page = row[0], row[3], row[5]
            if page is not None:
                kind = f"{METHOD} {form_version} {page}"
                yield _named(str(reading), code), kind, lot.randbytes(BITS // 8).hex()


def _replaced(value: str, given: Sequence[tuple[str, str]]) -> str:
    for old, new in given:
        value = value.replace(old, new)
    return value


def _named(name: str, code: str) -> str:
    """Another name of the same length."""
    return hashlib.sha256(f"{name} {code}".encode()).hexdigest()[: len(name)]


def _columns(model: type[SQLModel]) -> list[sql.Column[Any]]:
    table: sql.Table = model.__table__  # type: ignore[attr-defined]
    return list(table.columns)
