"""Uploads that are part of no sheet: kept for the queue, and what the facts say of them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import Session, col, select, update

from digitizer.domain.verdict import Unreadable
from digitizer.store.photos import PhotoStore
from digitizer.store.queues import queue, queue_counts
from digitizer.store.readings import save_reading
from digitizer.store.receiving import assign
from digitizer.store.sheets import drop_sheet
from digitizer.store.single_uploads import photos_without_place, recount_singles
from digitizer.store.tables import SingleUploadRow
from tests.store.build import FORM, NOW, A, B, later, numbers, person, send, settle_sheet

PROBLEM = Unreadable("blurred", "the photo is blurred", "hold still")


@pytest.fixture
def witness(session: Session) -> str:
    return person(session, "saksi", "witness")


@pytest.fixture
def kept(session: Session) -> Callable[[], dict[str, tuple[str, str | None, str | None]]]:
    """State, TPS and form of every kept upload, by photo and account; they are what they must be.

    Nothing is found by a recount, and the queue counts them.
    """

    def now() -> dict[str, tuple[str, str | None, str | None]]:
        assert recount_singles(session) == ()
        rows = session.exec(select(SingleUploadRow).order_by(col(SingleUploadRow.at))).all()
        counts = queue_counts(session)
        assert sum(counts[state] for state in ("waiting", "unreadable", "unassigned")) == len(rows)
        return {row.upload: (row.state, row.tps, row.form) for row in rows}

    return now


Kept = Callable[[], dict[str, tuple[str, str | None, str | None]]]


def test_an_upload_waits_until_its_photo_is_part_of_a_sheet(
    session: Session, photos: PhotoStore, witness: str, kept: Kept
) -> None:
    sent = send(session, photos, b"1", witness, A)
    assert kept() == {sent.upload_id: ("waiting", A, None)}
    settle_sheet(session, sent.photo, A)
    assert kept() == {}
    second = send(session, photos, b"2", witness, A, now=later(1))
    reading = replace(numbers(), photo=second.photo)
    save_reading(session, second.photo, reading, None, {}, 0.1, later(2))
    assert kept() == {}  # its sheet is there already


def test_what_cannot_be_read_stays_so_until_it_is(
    session: Session, photos: PhotoStore, witness: str, kept: Kept
) -> None:
    sent = send(session, photos, b"1", witness, A)
    save_reading(session, sent.photo, None, PROBLEM, {}, 0.1, NOW)
    assert kept() == {sent.upload_id: ("unreadable", A, None)}
    settle_sheet(session, sent.photo, A, now=later(1))
    assert kept() == {}


def test_each_upload_of_a_photo_stands_where_it_belongs(
    session: Session, photos: PhotoStore, witness: str, kept: Kept
) -> None:
    placed = send(session, photos, b"1", witness, A)
    stray = send(session, photos, b"1", person(session, "lain"), None, now=later(1))
    wrong = send(session, photos, b"1", person(session, "ragu"), A, contest="pres", now=later(2))
    settle_sheet(session, placed.photo, A)
    expected = {stray.upload_id: ("unassigned", None, FORM.id),
                wrong.upload_id: ("unassigned", A, FORM.id)}  # fmt: skip
    assert kept() == expected
    assert photos_without_place(session) == (placed.photo,)
    assign(session, stray.upload_id, A, None, witness, later(3))
    del expected[stray.upload_id]
    assert kept() == expected
    assign(session, placed.upload_id, B, None, witness, later(4))
    assert kept() == expected | {placed.upload_id: ("waiting", B, FORM.id)}
    assign(session, stray.upload_id, B, None, witness, later(5))
    drop_sheet(session, "gub", A, FORM.id)
    assert {state for state, _, _ in kept().values()} == {"waiting", "unassigned"}


def test_a_recount_finds_and_mends_what_was_kept_wrongly(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    right = send(session, photos, b"1", witness, A)
    bent = send(session, photos, b"2", witness, B)
    session.exec(
        update(SingleUploadRow)
        .where(col(SingleUploadRow.upload) == bent.upload_id)
        .values(state="unreadable")
    )
    assert recount_singles(session) == (bent.upload_id,)
    assert recount_singles(session) == ()
    assert {row.upload for row in queue(session, state="waiting")} == {
        right.upload_id,
        bent.upload_id,
    }
