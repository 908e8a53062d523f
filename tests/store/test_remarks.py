"""What senders say of what was read: kept beside it, latest counts, and no number changes."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import Session, select

from digitizer.domain.verdict import Doubtful
from digitizer.errors import Conflict, NotFound
from digitizer.store.photos import PhotoStore
from digitizer.store.readings import reading_of
from digitizer.store.remarks import (
    Remark,
    latest_remarks,
    objections,
    reasons_of,
    save_remark,
)
from digitizer.store.sheets import refresh_state, sheet
from digitizer.store.tables import EventRow, VerificationRow
from digitizer.store.uploads import upload as find_upload
from tests.store.build import (
    FORM,
    NOW,
    A,
    B,
    confirm,
    following,
    later,
    numbers,
    person,
    send,
    settle_sheet,
)


def remark(session: Session, upload: str, account: str, at: datetime = NOW, **said: str) -> Remark:
    note = said.pop("note", "")
    return save_remark(
        session, upload, account=account, reading=reading_id(session, upload),
        agrees=not (said or note), fields=said, note=note, now=at,
    )  # fmt: skip


def reading_id(session: Session, upload: str) -> str:
    """The reading that counts of an upload; an id of none while there is none."""
    stored = reading_of(session, find_upload(session, upload).photo)
    return "0" * 32 if stored is None else stored.id


@pytest.fixture
def sent(session: Session, photos: PhotoStore) -> tuple[str, str, str]:
    """An upload that was read, its photo, and its sender."""
    account = person(session, "saksi", "witness")
    receipt = send(session, photos, b"foto", account, A)
    settle_sheet(session, receipt.photo, A)
    return receipt.upload_id, receipt.photo, account


def test_the_latest_remark_counts_and_all_are_kept(
    session: Session, sent: tuple[str, str, str]
) -> None:
    upload, photo, account = sent
    remark(session, upload, account, suara_sah="tertulis 112")
    assert [dict(item.fields) for item in objections(session, A, (photo,))] == [
        {"suara_sah": "tertulis 112"}
    ]
    agreed = remark(session, upload, account, later(1))
    assert agreed.agrees
    assert latest_remarks(session, (upload,)) == {upload: agreed}
    assert objections(session, A, (photo,)) == ()
    events = session.exec(select(EventRow).where(EventRow.kind == "remark_made")).all()
    assert [event.payload["fields"] for event in events] == [["suara_sah"], []]
    assert "tertulis" not in str([event.payload for event in events])


def test_the_same_again_is_no_second_remark(session: Session, sent: tuple[str, str, str]) -> None:
    upload, _, account = sent
    first = remark(session, upload, account, suara_sah="")
    assert remark(session, upload, account, later(1), suara_sah="") == first
    assert remark(session, upload, account, later(2), suara_sah="lain").at == later(2)


def test_a_remark_belongs_to_the_tps_of_its_upload(
    session: Session, sent: tuple[str, str, str]
) -> None:
    upload, photo, account = sent
    remark(session, upload, account, note="halaman lain")
    assert objections(session, B, (photo,)) == ()
    assert objections(session, A, ("0" * 64,)) == ()


def test_only_the_sender_and_only_of_what_was_read(
    session: Session, photos: PhotoStore, sent: tuple[str, str, str]
) -> None:
    upload, _, account = sent
    with pytest.raises(NotFound, match="no receipt"):
        remark(session, upload, person(session, "lain", "witness"))
    with pytest.raises(NotFound, match="no number 'suara_gaib'"):
        remark(session, upload, account, suara_gaib="")
    for agrees, note in ((False, ""), (True, "tetapi")):
        with pytest.raises(Conflict, match="either agrees"):
            save_remark(
                session, upload, account=account, reading=reading_id(session, upload),
                agrees=agrees, fields={}, note=note, now=NOW,
            )  # fmt: skip
    unread = send(session, photos, b"belum dibaca", account, A)
    with pytest.raises(Conflict, match="nothing was read"):
        remark(session, unread.upload_id, account)


def test_a_verified_form_comes_back_when_its_sender_objects(
    session: Session, sent: tuple[str, str, str]
) -> None:
    upload, photo, account = sent
    reviewer = person(session, "rina")
    confirm(session, A, reviewer, now=later(1))
    assert state(session) == "verified"
    remark(session, upload, account, later(2), suara_sah="")
    settle(session, photo)
    assert state(session) == "remarked"
    found = following(session, reviewer)
    assert found is not None
    assert found.tps == A
    confirm(session, A, reviewer, name="v2", now=later(3))
    assert state(session) == "verified"


def test_an_objection_stands_that_waited_while_somebody_confirmed(
    session: Session, sent: tuple[str, str, str]
) -> None:
    """Its request began before the confirmation, whose reader never had it before them."""
    upload, photo, account = sent
    reviewer = person(session, "rina")
    confirm(session, A, reviewer, now=later(2))
    remark(session, upload, account, later(1), suara_sah="tertulis 112")
    settle(session, photo)
    assert state(session) == "remarked"
    confirm(session, A, reviewer, name="v2", now=later(3))
    assert state(session) == "verified"


def test_an_objection_is_answered_though_the_clock_of_its_machine_is_ahead(
    session: Session, sent: tuple[str, str, str]
) -> None:
    upload, photo, account = sent
    remark(session, upload, account, later(9), suara_sah="tertulis 112")
    settle(session, photo)
    confirm(session, A, person(session, "rina"), now=later(2))
    assert state(session) == "verified"


def test_an_objection_that_the_screen_did_not_show_is_not_answered(
    session: Session, sent: tuple[str, str, str]
) -> None:
    """It came by a merge, and the form is not settled with it yet."""
    upload, _, account = sent
    remark(session, upload, account, later(1), suara_sah="tertulis 112")
    confirm(session, A, person(session, "rina"), now=later(2))
    assert state(session) == "remarked"


@pytest.mark.untold
@pytest.mark.parametrize(("minute", "known"), [(1, "verified"), (3, "remarked")])
def test_of_confirmations_of_before_the_clock_says_what_they_knew(
    session: Session, sent: tuple[str, str, str], minute: int, known: str
) -> None:
    upload, _, account = sent
    confirm(session, A, person(session, "rina"), now=later(2))
    row = session.get_one(VerificationRow, "v1")
    row.body = {key: value for key, value in row.body.items() if key != "objections"}
    session.add(row)
    remark(session, upload, account, later(minute), suara_sah="tertulis 112")
    refresh_state(session, "gub", A)
    assert state(session) == known


def test_the_later_remark_counts_though_its_clock_is_behind(
    session: Session, sent: tuple[str, str, str]
) -> None:
    upload, photo, account = sent
    remark(session, upload, account, later(5))
    said = remark(session, upload, account, later(4), suara_sah="tertulis 112")
    assert objections(session, A, (photo,)) == (said,)


def settle(session: Session, photo: str) -> None:
    """Settle the form of A anew, with what its sender objects to."""
    said = objections(session, A, (photo,))
    reasons = tuple(reason for item in said for reason in reasons_of(item))
    settle_sheet(session, photo, A, verdict=Doubtful(reasons))


def state(session: Session) -> str:
    found = sheet(session, "gub", A, FORM.id)
    assert found is not None
    return found.state


def test_nobody_agrees_with_numbers_that_they_did_not_see(
    session: Session, sent: tuple[str, str, str]
) -> None:
    """Of numbers that were read since they were shown nothing is noted, and no objection ends."""
    upload, photo, account = sent
    remark(session, upload, account, paslon_1="tertulis 61")
    shown = reading_id(session, upload)
    again = replace(numbers(121), model="tangan")
    settle_sheet(session, photo, A, reading=again, now=later(5))
    with pytest.raises(Conflict, match="counts of the photo") as refused:
        save_remark(
            session, upload, account=account, reading=shown, agrees=True, fields={}, note="",
            now=later(6),
        )  # fmt: skip
    assert refused.value.code == "read_anew"
    assert [item.reading for item in objections(session, A, (photo,))] == [shown]
    assert remark(session, upload, account, later(7)).agrees
    assert objections(session, A, (photo,)) == ()
