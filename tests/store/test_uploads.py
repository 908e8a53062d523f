import threading
from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from digitizer.errors import Conflict, NotFound
from digitizer.store.engine import write_session
from digitizer.store.events import list_events, verify_chain
from digitizer.store.photos import PhotoStore
from digitizer.store.receiving import Receipt, assign, format_of
from digitizer.store.tables import PhotoRow, UploadRow
from digitizer.store.uploads import upload, uploads_of, uploads_of_photo
from tests.store.build import NOW, A, B, later, person, send

JPEG = b"\xff\xd8\xff\xe0 foto"


@pytest.fixture
def witness(session: Session) -> str:
    return person(session, "saksi", "witness")


def test_a_first_upload(session: Session, photos: PhotoStore, witness: str) -> None:
    receipt = send(session, photos, JPEG, witness, A)
    assert receipt == Receipt(receipt.upload_id, photos.put(JPEG), "accepted", False, NOW)
    kept = upload(session, receipt.upload_id)
    assert (kept.tps, kept.sent_tps, kept.account, kept.contest) == (A, A, witness, None)
    (row,) = session.exec(select(PhotoRow)).all()
    assert (row.bytes, row.format) == (len(JPEG), "jpeg")
    (event,) = list_events(session, kind="upload_accepted")
    assert event.actor == witness
    assert event.payload == {
        "upload": receipt.upload_id, "photo": receipt.photo, "bytes": len(JPEG),
        "format": "jpeg", "tps": A, "contest": None,
    }  # fmt: skip


@pytest.mark.parametrize("key", [None, "kunci"])
@pytest.mark.parametrize("tps", [A, None])
def test_the_same_again_gives_the_first_receipt(
    session: Session, photos: PhotoStore, witness: str, tps: str | None, key: str | None
) -> None:
    first = send(session, photos, JPEG, witness, tps, key=key)
    again = send(session, photos, JPEG, witness, tps, key=key, now=later(5))
    assert (again.upload_id, again.status, again.at) == (first.upload_id, "already", NOW)
    assert len(list_events(session, kind="upload_accepted")) == 1


def test_a_key_belongs_to_one_account_and_one_photo(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    send(session, photos, JPEG, witness, A, key="kunci")
    other = send(session, photos, JPEG, person(session, "lain"), A, key="kunci")
    assert other.status == "accepted"
    with pytest.raises(Conflict, match="another photo"):
        send(session, photos, b"other", witness, A, key="kunci")


@pytest.mark.parametrize("key", [None, "kunci"])
@pytest.mark.parametrize("tps", [A, None])
def test_another_contest_that_is_named_is_another_upload(
    session: Session, photos: PhotoStore, witness: str, tps: str | None, key: str | None
) -> None:
    """Whoever corrects the round of a photo is heard, whatever key they use."""

    def sent(contest: str | None, now: datetime) -> Receipt:
        return send(session, photos, JPEG, witness, tps, contest=contest, key=key, now=now)

    wrong, right = sent("gub", NOW), sent("pres", later(1))
    assert (wrong.status, right.status) == ("accepted", "accepted")
    assert [upload(session, item.upload_id).sent_contest for item in (wrong, right)] == [
        "gub", "pres",
    ]  # fmt: skip
    # Each of them again, and whoever names none, says nothing new.
    for contest, first in (("gub", wrong), ("pres", right), (None, wrong)):
        again = sent(contest, later(2))
        assert (again.status, again.upload_id) == ("already", first.upload_id)
    assert len(uploads_of_photo(session, right.photo)) == 2
    assert len(list_events(session, kind="upload_accepted")) == 2


@pytest.mark.parametrize("key", [None, "kunci"])
@pytest.mark.parametrize("named", [A, None])
def test_another_tps_that_is_named_is_another_upload(
    session: Session, photos: PhotoStore, witness: str, named: str | None, key: str | None
) -> None:
    """Else the second naming would be answered with the first receipt, and lost."""
    wrong = send(session, photos, JPEG, witness, named, key=key)
    right = send(session, photos, JPEG, witness, B, key=key, now=later(1))
    assert (wrong.status, right.status) == ("accepted", "accepted")
    assert [upload(session, item.upload_id).sent_tps for item in (wrong, right)] == [named, B]
    for tps, first in ((named, wrong), (B, right)):
        again = send(session, photos, JPEG, witness, tps, key=key, now=later(2))
        assert (again.status, again.upload_id) == ("already", first.upload_id)
    assert len(list_events(session, kind="upload_accepted")) == 2


def test_a_photo_that_was_moved_since_is_sent_again_as_it_was_named(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    first = send(session, photos, JPEG, witness, A, key="kunci")
    assign(session, first.upload_id, B, None, person(session, "peninjau"), later(1))
    for tps in (A, None):
        again = send(session, photos, JPEG, witness, tps, key="kunci", now=later(2))
        assert (again.status, again.upload_id) == ("already", first.upload_id)
    assert len(uploads_of_photo(session, first.photo)) == 1


def test_another_account_is_accepted_and_linked(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    first = send(session, photos, JPEG, witness, A)
    second = send(session, photos, JPEG, person(session, "lain"), A)
    assert second.status == "accepted"
    assert second.upload_id != first.upload_id
    assert not second.duplicate_elsewhere
    assert len(uploads_of_photo(session, first.photo)) == 2
    assert len(session.exec(select(PhotoRow)).all()) == 1


def test_the_same_photo_for_another_tps_is_told(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    send(session, photos, JPEG, witness, A)
    second = send(session, photos, JPEG, witness, B)
    assert (second.status, second.duplicate_elsewhere) == ("accepted", True)


def test_assignments_stand_beside_the_upload(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    receipt = send(session, photos, JPEG, witness, None)
    assert assign(session, receipt.upload_id, A, "gub", witness, later(1)).tps == A
    moved = assign(session, receipt.upload_id, B, None, witness, later(1))
    assert (moved.tps, moved.contest, moved.sent_tps) == (B, None, None)
    assert upload(session, receipt.upload_id) == moved
    row = session.get(UploadRow, receipt.upload_id)
    assert row is not None
    assert row.tps is None
    assign(session, receipt.upload_id, None, None, witness, later(2))
    assert upload(session, receipt.upload_id).tps is None
    payloads = [event.payload for event in list_events(session, kind="upload_assigned")]
    assert [(item["number"], item["tps"]) for item in payloads] == [(1, A), (2, B), (3, None)]


def test_what_does_not_exist_is_named(session: Session, photos: PhotoStore, witness: str) -> None:
    with pytest.raises(NotFound, match="no TPS"):
        send(session, photos, JPEG, witness, "0" * 13)
    with pytest.raises(NotFound, match="no contest"):
        send(session, photos, JPEG, witness, A, contest="none")
    with pytest.raises(NotFound, match="no account"):
        send(session, photos, JPEG, "nobody", A)
    with pytest.raises(NotFound, match="no upload"):
        upload(session, "none")
    with pytest.raises(NotFound, match="no upload"):
        assign(session, "none", A, None, witness, NOW)
    assert session.exec(select(UploadRow)).all() == []


def test_newest_first_for_the_one_who_sent(
    session: Session, photos: PhotoStore, witness: str
) -> None:
    sent = [send(session, photos, bytes([n]), witness, A, now=later(n)) for n in range(3)]
    assert [item.id for item in uploads_of(session, witness)] == [
        receipt.upload_id for receipt in reversed(sent)
    ]


@pytest.mark.parametrize("key", [None, "kunci"])
@pytest.mark.parametrize("tps", [A, None])
def test_the_same_upload_at_the_same_time_is_one(
    engine: Engine, photos: PhotoStore, tps: str | None, key: str | None
) -> None:
    with write_session(engine) as session:
        account = person(session, "saksi", "witness")
        session.commit()
    receipts: list[Receipt] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        with write_session(engine) as session:
            receipts.append(send(session, photos, JPEG, account, tps, key=key))
            session.commit()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({receipt.upload_id for receipt in receipts}) == 1
    assert sorted(receipt.status for receipt in receipts) == ["accepted", *["already"] * 3]
    with write_session(engine) as session:
        assert len(session.exec(select(UploadRow)).all()) == 1
        assert verify_chain(session) == ()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (JPEG, "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"RIFF1234WEBP", "webp"),
        (b"1234ftypheic", "heif"), (b"", "unknown"), (b"%PDF", "unknown"),
    ],
)  # fmt: skip
def test_formats_by_their_first_bytes(data: bytes, name: str) -> None:
    assert format_of(data) == name
