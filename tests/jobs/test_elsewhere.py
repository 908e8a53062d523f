"""One paper sent for two TPS: both forms are doubtful, whatever came first."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import event

from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.policy import Policy
from digitizer.domain.verdict import Doubtful, Reason
from digitizer.intake import accept
from digitizer.jobs.reading import Desk, Digest, read_upload, resettle_otherwise
from digitizer.jobs.reassigning import reassign
from digitizer.store.engine import read_session, write_session
from digitizer.store.readings import reading_of
from digitizer.store.receiving import Receipt
from digitizer.store.sheets import sheet
from tests.facts import KWK, PAGE_2, page_reading
from tests.jobs.conftest import Office

FIRST, SECOND, THIRD = "6411032001001", "6411032001002", "6411032002001"
CONTEST = "gubernur"
INK = "0123456789abcdef" * 4
LIKE = INK[:-1] + "8"
"""Three bits of 256 from INK: 99 % alike."""

SHOWN = {b"first": INK, b"second": LIKE, b"third": INK, b"other": "f0" * 32, b"pale": None}
"""Photos, by their ink."""


def digest(data: bytes, *, expected: Collection[str] = ()) -> PhotoOutcome:
    photo = hashlib.sha256(data).hexdigest()
    reading = replace(page_reading(photo, 2, PAGE_2), ink_hash=SHOWN[data])
    return PhotoOutcome(photo, reading, None, MappingProxyType({"public": data}))


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office.engine, office.photos, digest, Policy())


Send = Callable[[bytes, str | None], Receipt]


@pytest.fixture
def send(office: Office) -> Send:
    def accepted(data: bytes, tps: str | None) -> Receipt:
        with write_session(office.engine) as session:
            receipt = accept(
                session, office.photos, data, account=office.account, tps=tps, contest=None,
                file_name="foto.jpg", idempotency_key=None, now=datetime.now(UTC),
            )  # fmt: skip
            session.commit()
        return receipt

    return accepted


def move(office: Office, upload_id: str, tps: str | None) -> None:
    with write_session(office.engine) as session:
        reassign(
            session, upload_id, tps=tps, contest=None, account=office.account,
            now=datetime.now(UTC), policy=Policy(), supervises=True)  # fmt: skip
        session.commit()


def elsewhere(office: Office, tps: str) -> list[Reason]:
    """Why the form of a TPS may be that of another."""
    with read_session(office.engine) as session:
        found = sheet(session, CONTEST, tps, KWK)
    assert found is not None
    assert isinstance(found.verdict, Doubtful)
    codes = {"near_duplicate", "duplicate_elsewhere"}
    return [reason for reason in found.verdict.reasons if reason.code in codes]


def reading_id(office: Office, receipt: Receipt) -> str:
    with read_session(office.engine) as session:
        stored = reading_of(session, receipt.photo)
    assert stored is not None
    return stored.id


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_photos_of_a_paper_for_two_tps_make_both_forms_doubtful(
    office: Office, desk: Desk, send: Send, order: tuple[int, int]
) -> None:
    receipts = [send(b"first", FIRST), send(b"second", SECOND)]
    for index in order:
        read_upload(desk, receipts[index].upload_id)
    one, two = (reading_id(office, receipt) for receipt in receipts)
    for own, other, mine, theirs in ((FIRST, SECOND, one, two), (SECOND, FIRST, two, one)):
        numbers: dict[str, int | float | str] = {
            **{"page": 2, "tps": other, "likeness": 99},
            **{"reading": mine, "other": theirs},
        }
        assert elsewhere(office, own) == [Reason("near_duplicate", numbers=numbers)]


def earlier_file(data: bytes, *, expected: Collection[str] = ()) -> PhotoOutcome:
    """As `digest`, with the file of the form that was in force before."""
    known = digest(data, expected=expected)
    assert known.reading is not None
    return replace(known, reading=replace(known.reading, form_version="0-lama"))


def other_boxes(data: bytes, *, expected: Collection[str] = ()) -> PhotoOutcome:
    """As `digest`, with a file in which the boxes lie elsewhere, so that the hash is another."""
    known = digest(data, expected=expected)
    assert known.reading is not None
    return replace(known, reading=replace(known.reading, ink_hash=OTHERWISE[data]))


OTHERWISE = {b"first": "f0" * 32, b"second": "0f" * 32}


@pytest.mark.parametrize("again", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("anew", [digest, other_boxes])
def test_a_form_read_anew_with_the_next_file_of_it_stays_doubtful(
    office: Office, desk: Desk, send: Send, anew: Digest, again: tuple[int, ...]
) -> None:
    receipts = [send(b"first", FIRST), send(b"second", SECOND)]
    for receipt in receipts:
        read_upload(replace(desk, digest=earlier_file), receipt.upload_id)
    before = [reading_id(office, receipt) for receipt in receipts]
    for index in again:
        read_upload(replace(desk, digest=anew), receipts[index].upload_id, again=True)
    one, two = (reading_id(office, receipt) for receipt in receipts)
    assert tuple(n for n, name in enumerate((one, two)) if name != before[n]) == again
    for own, other, mine, theirs in ((FIRST, SECOND, one, two), (SECOND, FIRST, two, one)):
        numbers: dict[str, int | float | str] = {
            **{"page": 2, "tps": other, "likeness": 99},
            **{"reading": mine, "other": theirs},
        }
        assert elsewhere(office, own) == [Reason("near_duplicate", numbers=numbers)]


def test_a_paper_sent_once_more_is_known_after_the_next_file_of_its_form(
    office: Office, desk: Desk, send: Send
) -> None:
    read_upload(replace(desk, digest=earlier_file), send(b"first", FIRST).upload_id)
    read_upload(desk, send(b"second", SECOND).upload_id)
    assert elsewhere(office, FIRST)
    assert elsewhere(office, SECOND)


def test_moved_to_its_true_tps_the_reason_leaves_both(
    office: Office, desk: Desk, send: Send
) -> None:
    receipts = [send(b"first", FIRST), send(b"second", SECOND), send(b"other", SECOND)]
    for receipt in receipts:
        read_upload(desk, receipt.upload_id)
    assert elsewhere(office, FIRST)
    move(office, receipts[1].upload_id, FIRST)
    assert elsewhere(office, FIRST) == elsewhere(office, SECOND) == []
    move(office, receipts[1].upload_id, SECOND)
    assert elsewhere(office, FIRST)
    assert elsewhere(office, SECOND)
    move(office, receipts[1].upload_id, None)
    assert elsewhere(office, FIRST) == elsewhere(office, SECOND) == []


def test_many_photos_of_a_page_for_its_own_tps_are_normal(
    office: Office, desk: Desk, send: Send
) -> None:
    for data in (b"first", b"second", b"third"):
        read_upload(desk, send(data, FIRST).upload_id)
    assert elsewhere(office, FIRST) == []


def test_a_photo_costs_no_more_for_the_many_alike_that_its_tps_has(
    office: Office, desk: Desk, send: Send
) -> None:
    """Whoever sends one page a hundred times holds nobody up: statements were N x N once."""
    asked: list[int] = []
    for number in range(12):
        data = b"again %d" % number
        SHOWN[data] = INK
        receipt = send(data, FIRST)
        with counted(office) as statements:
            read_upload(desk, receipt.upload_id)
        asked.append(len(statements))
    assert asked[-1] == asked[3]
    assert elsewhere(office, FIRST) == []


@contextmanager
def counted(office: Office) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    found: list[str] = []

    def note(*told: Any) -> None:  # noqa: ANN401
        found.append(told[2])

    event.listen(office.engine, "before_cursor_execute", note)
    yield found
    event.remove(office.engine, "before_cursor_execute", note)


def test_other_ink_and_no_ink_are_no_reason(office: Office, desk: Desk, send: Send) -> None:
    for data, tps in ((b"first", FIRST), (b"other", SECOND), (b"pale", THIRD)):
        read_upload(desk, send(data, tps).upload_id)
    for tps in (FIRST, SECOND, THIRD):
        assert elsewhere(office, tps) == []


def test_the_same_bytes_say_so_once(office: Office, desk: Desk, send: Send) -> None:
    for data, tps in ((b"first", FIRST), (b"first", SECOND), (b"second", SECOND)):
        read_upload(desk, send(data, tps).upload_id)
    for own, other in ((FIRST, SECOND), (SECOND, FIRST)):
        assert elsewhere(office, own) == [Reason("duplicate_elsewhere", numbers={"tps": other})]


def test_every_other_tps_is_named(office: Office, desk: Desk, send: Send) -> None:
    for data, tps in ((b"first", FIRST), (b"second", SECOND), (b"third", THIRD)):
        read_upload(desk, send(data, tps).upload_id)
    named = [(reason.numbers["tps"], reason.numbers["likeness"]) for reason in
             elsewhere(office, FIRST)]  # fmt: skip
    assert named == [(THIRD, 100), (SECOND, 99)]


def test_a_stricter_policy_hears_of_no_pair_and_searches_for_none(
    office: Office, desk: Desk, send: Send
) -> None:
    for data, tps in ((b"first", FIRST), (b"second", SECOND)):
        read_upload(desk, send(data, tps).upload_id)
    strict = replace(desk, policy=Policy(name="ketat", min_likeness=0.9999))
    assert resettle_otherwise(strict, lambda: False) == 2
    assert elsewhere(office, FIRST) == elsewhere(office, SECOND) == []
