from dataclasses import replace

import pytest
from sqlmodel import Session

from digitizer.domain.reading import PageReading
from digitizer.domain.verdict import Clear, Doubtful, Reason, Unreadable
from digitizer.errors import NotFound
from digitizer.store.events import list_events
from digitizer.store.form_readings import dated_readings, readings_for, uploaders
from digitizer.store.photos import PhotoStore
from digitizer.store.queue_lines import Wanted
from digitizer.store.readings import get_reading, reading_of, save_reading
from digitizer.store.receiving import assign
from digitizer.store.sheets import (
    drop_sheet,
    queue,
    queue_counts,
    save_sheet,
    sheet,
)
from tests.store.build import (
    FORM,
    NOW,
    POLICY,
    A,
    B,
    C,
    confirm,
    following,
    later,
    numbers,
    person,
    send,
    settle_sheet,
)

PROBLEM = Unreadable("no_form", "no form was found", "take the whole page")
DOUBT = Doubtful((Reason("blank", "paslon_1"),))


@pytest.fixture
def witness(session: Session) -> str:
    return person(session, "saksi", "witness")


def test_a_reading_comes_back_equal(session: Session, photos: PhotoStore, witness: str) -> None:
    photo = send(session, photos, b"1", witness, A).photo
    reading = replace(numbers(), photo=photo)
    blobs = {"public": "1" * 64, "crop/paslon_1": "2" * 64}
    name = save_reading(session, photo, reading, None, blobs, 0.25, NOW)
    session.expire_all()
    kept = reading_of(session, photo)
    assert kept is not None
    assert kept == get_reading(session, name)
    assert (kept.reading, kept.problem, kept.seconds, kept.at) == (reading, None, 0.25, NOW)
    assert dict(kept.blobs) == blobs


def test_a_job_that_runs_twice_reads_once(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    good = send(session, photos, b"1", witness, A).photo
    bad = send(session, photos, b"2", witness, A).photo
    reading = replace(numbers(), photo=good)
    first = save_reading(session, good, reading, None, {}, 0.1, NOW)
    assert save_reading(session, good, reading, None, {}, 0.3, later(1)) == first
    failed = save_reading(session, bad, None, PROBLEM, {}, 0.1, NOW)
    assert save_reading(session, bad, None, PROBLEM, {}, 0.3, later(1)) == failed
    assert len(list_events(session, kind="photo_read")) == 1
    assert len(list_events(session, kind="photo_unreadable")) == 1


def test_a_photo_taken_for_another_form_comes_back_to_its_first(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    photo = send(session, photos, b"1", witness, A).photo
    reading = replace(numbers(), photo=photo)
    other = replace(reading, form="form-lain")
    first = save_reading(session, photo, reading, None, {}, 0.1, NOW)
    between = save_reading(session, photo, other, None, {}, 0.1, later(1))
    again = save_reading(session, photo, reading, None, {}, 0.1, later(2))
    assert len({first, between, again}) == 3
    kept = reading_of(session, photo)
    assert kept is not None and (kept.id, kept.reading) == (again, reading)
    assert save_reading(session, photo, reading, None, {}, 0.1, later(3)) == first


def test_where_somebody_places_a_page_last_counts_also_where_it_was_placed_before(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    photo = send(session, photos, b"1", witness, A).photo
    here, there = (replace(numbers(), photo=photo, model=f"m+corners-{n}") for n in (1, 2))

    def place(reading: PageReading, minutes: int) -> str:
        return save_reading(session, photo, reading, None, {}, 0.1, later(minutes), witness)

    first, between, again = place(here, 1), place(there, 2), place(here, 3)
    assert len({first, between, again}) == 3
    kept = reading_of(session, photo)
    assert kept is not None and (kept.id, kept.reading) == (again, here)
    # Said once more it is nothing new.
    assert place(here, 4) == again
    assert len(list_events(session, kind="photo_read")) == 3


def test_the_latest_model_counts_and_the_earlier_reading_stays(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    photo = send(session, photos, b"1", witness, A).photo
    old = save_reading(session, photo, None, PROBLEM, {}, 0.1, NOW)
    reading = replace(numbers(), photo=photo)
    first = save_reading(session, photo, reading, None, {}, 0.1, later(1))
    second = save_reading(session, photo, replace(reading, model="m2"), None, {}, 0.1, later(2))
    save_reading(session, photo, None, PROBLEM, {}, 0.1, later(3))
    kept = reading_of(session, photo)
    assert kept is not None
    assert kept.id == second
    assert get_reading(session, old).problem == PROBLEM
    assert get_reading(session, first).reading == reading
    assert [item.id for item in readings_for(session, "gub", A, FORM.id)] == [second]


def test_what_cannot_be_a_reading(session: Session, photos: PhotoStore, witness: str) -> None:
    photo = send(session, photos, b"1", witness, A).photo
    with pytest.raises(NotFound):
        save_reading(session, "0" * 64, None, PROBLEM, {}, 0.1, NOW)
    with pytest.raises(NotFound):
        get_reading(session, "none")
    with pytest.raises(ValueError, match="either"):
        save_reading(session, photo, None, None, {}, 0.1, NOW)
    with pytest.raises(ValueError, match="for photo"):
        save_reading(session, photo, numbers(), None, {}, 0.1, NOW)
    assert reading_of(session, photo) is None


def test_readings_follow_the_assignment_oldest_upload_first(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    second = send(session, photos, b"2", witness, A, now=later(2))
    first = send(session, photos, b"1", witness, None, now=later(1))
    for number, receipt in enumerate((second, first)):
        reading = replace(numbers(), photo=receipt.photo)
        save_reading(session, receipt.photo, reading, None, {}, 0.1, later(5 + number))
    assert [item.photo for item in readings_for(session, "gub", A, FORM.id)] == [second.photo]
    assign(session, first.upload_id, A, None, witness, later(9))
    both = readings_for(session, "gub", A, FORM.id)
    assert [item.photo for item in both] == [first.photo, second.photo]
    assert readings_for(session, "pres", A, FORM.id) == ()
    assert uploaders(session, "gub", A, FORM.id) == {witness}


def test_a_sheet_is_replaced_and_dropped(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    photo = send(session, photos, b"1", witness, A).photo
    assert sheet(session, "gub", A, FORM.id) is None
    made = settle_sheet(session, photo, A)
    assert (made.state, made.verdict, made.version, made.photos) == ("clear", Clear(), 0, (photo,))
    assert settle_sheet(session, photo, A, verdict=DOUBT, now=later(1)).state == "doubtful"
    session.expire_all()
    kept = sheet(session, "gub", A, FORM.id)
    assert kept is not None
    assert (kept.verdict, kept.at) == (DOUBT, later(1))
    drop_sheet(session, "gub", A, FORM.id)
    drop_sheet(session, "gub", A, FORM.id)
    assert sheet(session, "gub", A, FORM.id) is None
    with pytest.raises(NotFound):
        save_sheet(session, "none", A, FORM.id, Clear(), {}, NOW, POLICY, ())


def test_every_upload_is_in_the_queue(session: Session, photos: PhotoStore, witness: str) -> None:
    reviewer = person(session, "verifikator")

    def upload(name: bytes, tps: str | None, contest: str | None = None) -> str:
        now = later(name[0])
        return send(session, photos, name, witness, tps, contest=contest, now=now).photo

    def read(photo: str, form: str = FORM.id) -> None:
        reading = replace(numbers(), photo=photo, form=form)
        save_reading(session, photo, reading, None, {}, 0.1, NOW)

    settle_sheet(session, upload(b"\x02", A), A)
    confirm(session, A, reviewer)
    settle_sheet(session, upload(b"\x03", B), B)
    settle_sheet(session, upload(b"\x04", C), C, verdict=DOUBT)
    upload(b"\x05", A)
    save_reading(session, upload(b"\x06", A), None, PROBLEM, {}, 0.1, NOW)
    read(upload(b"\x07", None))
    read(upload(b"\x08", A, contest="pres"))
    read(upload(b"\x09", A), form="form-asing")
    read(upload(b"\x0a", "6411042001001"))
    found = [
        (row.state, row.tps.code if row.tps else None, row.note, row.upload is None)
        for row in queue(session)
    ]
    assert found == [
        ("unreadable", A, "", False),
        ("unassigned", None, "no TPS is known for this photo", False),
        ("unassigned", A, "sent for contest pres, and form form-uji is of contest gub", False),
        ("unassigned", A, "no contest of this election is written on form form-asing", False),
        ("doubtful", C, "", True),
        ("clear", B, "", True),
        ("waiting", A, "", False),
        ("waiting", "6411042001001", "", False),
        ("verified", A, "", True),
    ]
    (unreadable,) = queue(session, state="unreadable")
    assert (unreadable.verdict, unreadable.file_name) == (PROBLEM, "x.jpg")
    pages = [queue(session, limit=4, offset=start) for start in (0, 4, 8, 12)]
    assert tuple(row for page in pages for row in page) == queue(session)
    counts = queue_counts(session)
    assert sum(counts.values()) == 9
    assert (counts["unassigned"], counts["waiting"], counts["disputed"]) == (3, 2, 0)


def test_the_next_sheet_is_doubtful_first_then_oldest_and_never_ones_own(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    reviewer = person(session, "verifikator")
    for tps, data, sender, verdict in (
        (A, b"1", witness, Clear()),
        (B, b"2", witness, DOUBT),
        (C, b"3", reviewer, DOUBT),
    ):
        photo = send(session, photos, data, sender, tps, now=later(ord(data))).photo
        settle_sheet(session, photo, tps, verdict=verdict)
    handed = []
    while (item := following(session, reviewer)) is not None:
        handed.append(item.tps)
        confirm(session, item.tps, reviewer, name=f"v-{item.tps}")
    assert handed == [B, A]
    theirs = following(session, witness)
    assert theirs is not None
    assert theirs.tps == C


def test_a_photo_after_the_verification_reopens_the_sheet(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    reviewer = person(session, "verifikator")
    settle_sheet(session, send(session, photos, b"1", witness, A).photo, A)
    confirm(session, A, reviewer)
    kept = sheet(session, "gub", A, FORM.id)
    assert kept is not None
    assert (kept.state, kept.version) == ("verified", 1)
    newer = send(session, photos, b"2", witness, A, now=later(1)).photo
    assert settle_sheet(session, newer, A, now=later(2)).state == "new_photo"
    assert following(session, reviewer) is not None
    confirm(session, A, reviewer, name="v2", now=later(3))
    kept = sheet(session, "gub", A, FORM.id)
    assert kept is not None
    assert (kept.state, kept.version) == ("verified", 2)


def test_what_can_be_mended_comes_first_and_then_doubt_times_votes_at_stake(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    for place, margin in ((A, 0.9), (B, 0.2), (C, 0.6)):
        receipt = send(session, photos, place.encode(), witness, place)
        settle_sheet(session, receipt.photo, place, verdict=DOUBT)
        values = {"margin": margin}
        readings = dated_readings(session, "gub", place, FORM.id)
        save_sheet(session, "gub", place, FORM.id, DOUBT, values, NOW, POLICY, readings)
    lost = send(session, photos, b"kabur", witness, A)
    save_reading(session, lost.photo, None, PROBLEM, {}, 0.1, NOW)
    rows = queue(session)
    assert [row.state for row in rows] == ["unreadable", "doubtful", "doubtful", "doubtful"]
    assert [row.tps.code for row in rows if row.upload is None and row.tps] == [B, C, A]
    reviewer = person(session, "peninjau")
    first = following(session, reviewer)
    assert first is not None
    assert first.tps == B


def test_the_queue_is_filtered_by_area_form_and_reason(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    settle_sheet(session, send(session, photos, b"1", witness, A).photo, A, verdict=DOUBT)
    settle_sheet(session, send(session, photos, b"2", witness, "6472011001001").photo,
                 "6472011001001", verdict=DOUBT)  # fmt: skip

    def found(**asked: str) -> list[str]:
        rows = queue(session, wanted=Wanted(**asked))
        assert sum(queue_counts(session, Wanted(**asked)).values()) == len(rows)
        return [row.tps.code for row in rows if row.tps is not None]

    assert found() == [A, "6472011001001"]
    assert found(area="6472") == ["6472011001001"]
    assert found(reason="blank", area="6411") == [A]
    assert found(reason="moved") == found(form="form-lain") == []
    assert found(form=FORM.id, reason="blank") == [A, "6472011001001"]
