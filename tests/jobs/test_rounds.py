"""What a later round does to the forms of a TPS: which it takes, leaves, and doubts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from digitizer.domain.policy import Policy
from digitizer.domain.verdict import Clear, Doubtful, Verdict
from digitizer.intake import accept
from digitizer.jobs.reading import Desk, read_upload
from digitizer.jobs.reassigning import reassign
from digitizer.jobs.settling import settle_ordered
from digitizer.store.engine import read_session, write_session
from digitizer.store.order_file import OrderedRound, OrderFile
from digitizer.store.orders import order_rounds
from digitizer.store.sheets import sheet
from tests.facts import KWK, PAGE_1, PAGE_2
from tests.jobs.conftest import Office
from tests.jobs.test_reading import Reader

TPS, OTHER = "6411032001001", "6411032001002"
DAY = datetime(2024, 11, 27, 9, tzinfo=UTC)
VOTE = date(2025, 4, 19)
AFTER = datetime(2025, 4, 19, 9, tzinfo=UTC)

Send = Callable[..., list[str]]


@pytest.fixture
def desk(office: Office) -> Desk:
    shows = {
        name + page: (number, written)
        for name in (b"lama", b"baru")
        for page, number, written in ((b"1", 1, PAGE_1), (b"2", 2, PAGE_2))
    }
    return Desk(office.engine, office.photos, Reader(shows), Policy())


@pytest.fixture
def send(office: Office, desk: Desk) -> Send:
    def both(name: bytes, at: datetime, contest: str | None = None, tps: str = TPS) -> list[str]:
        """Both pages of a form, read at once; gives their uploads."""
        sent = []
        for page in (b"1", b"2"):
            with write_session(office.engine) as session:
                receipt = accept(
                    session, office.photos, name + page, account=office.account, tps=tps,
                    contest=contest, file_name="foto.jpg", idempotency_key=None, now=at,
                )  # fmt: skip
                session.commit()
            read_upload(desk, receipt.upload_id)
            sent.append(receipt.upload_id)
        return sent

    return both


def order(office: Office, *, now: datetime, since: date | None = VOTE) -> None:
    item = OrderedRound("psu", "gubernur", 2, None, None, None, since, (TPS,))
    with write_session(office.engine) as session:
        file = OrderFile("psu.toml", "simulasi-mahakam-ulu", (item,))
        (made,) = order_rounds(session, file, "system", now)
        settle_ordered(session, made.contest, now, Policy())
        session.commit()


def verdict(office: Office, contest: str, tps: str = TPS) -> Verdict | None:
    with read_session(office.engine) as session:
        found = sheet(session, contest, tps, KWK)
    return found.verdict if found else None


def doubts(office: Office, contest: str) -> list[tuple[str, dict[str, object]]]:
    found = verdict(office, contest)
    assert isinstance(found, Doubtful)
    return [(reason.code, dict(reason.numbers)) for reason in found.reasons]


UNSURE = [("round_unsure", {"round": 2})]


def test_a_form_sent_before_the_re_vote_stays_and_is_not_doubted(
    office: Office, send: Send
) -> None:
    send(b"lama", DAY)
    order(office, now=DAY + timedelta(days=90))
    assert verdict(office, "gubernur") == Clear()
    assert verdict(office, "psu") is None


def test_a_form_sent_after_it_is_of_the_new_round_and_never_clear_by_itself(
    office: Office, send: Send
) -> None:
    """That it is of the new round is likely; to confirm it unseen would be a wrong vote."""
    send(b"lama", DAY)
    order(office, now=DAY + timedelta(days=90))
    send(b"baru", AFTER)
    assert verdict(office, "gubernur") == Clear()
    assert doubts(office, "psu") == UNSURE


def test_a_form_whose_sender_names_the_round_is_not_doubted_for_it(
    office: Office, send: Send
) -> None:
    order(office, now=DAY)
    send(b"baru", AFTER, "psu")
    send(b"lama", AFTER, "gubernur")
    assert verdict(office, "psu") == Clear()
    assert verdict(office, "gubernur") == Clear()


def test_a_sender_who_corrects_the_round_they_named_is_heard(office: Office, send: Send) -> None:
    """Both names stand, so that the form is clear in neither round until somebody has looked."""
    order(office, now=DAY)
    first = send(b"baru", AFTER, "gubernur")
    assert verdict(office, "gubernur") == Clear()
    second = send(b"baru", AFTER + timedelta(hours=1), "psu")
    assert not set(first) & set(second)
    assert doubts(office, "gubernur") == [("round_unsure", {"round": 1})]
    assert doubts(office, "psu") == UNSURE
    # Whoever looks says which it is, of each of the photos as often as it was sent.
    for name in (*first, *second):
        with write_session(office.engine) as session:
            reassign(
                session, name, tps=TPS, contest="psu", account=office.account,
                now=AFTER + timedelta(hours=2), policy=Policy(), supervises=True)  # fmt: skip
            session.commit()
    assert verdict(office, "gubernur") is None
    assert verdict(office, "psu") == Clear()


def test_elsewhere_nothing_changes(office: Office, send: Send) -> None:
    order(office, now=DAY)
    send(b"baru", AFTER, tps=OTHER)
    assert verdict(office, "gubernur", OTHER) == Clear()
    assert verdict(office, "psu", OTHER) is None


def test_an_order_that_comes_late_takes_the_photos_of_its_day(office: Office, send: Send) -> None:
    send(b"lama", DAY)
    send(b"baru", AFTER)
    assert verdict(office, "psu") is None
    order(office, now=AFTER + timedelta(hours=8))
    assert verdict(office, "gubernur") == Clear()
    assert doubts(office, "psu") == UNSURE


def test_an_order_without_a_day_moves_nothing_that_is_in(office: Office, send: Send) -> None:
    send(b"lama", DAY)
    order(office, now=AFTER, since=None)
    assert verdict(office, "gubernur") == Clear()
    send(b"baru", AFTER + timedelta(seconds=1))
    assert doubts(office, "psu") == UNSURE


def test_a_person_gives_a_form_to_its_round(office: Office, send: Send) -> None:
    order(office, now=DAY)
    pages = send(b"lama", AFTER)
    assert doubts(office, "psu") == UNSURE
    for contest, left in (("gubernur", "psu"), ("psu", "gubernur")):
        for upload in pages:
            with write_session(office.engine) as session:
                reassign(
                    session, upload, tps=TPS, contest=contest, account=office.account,
                    now=AFTER, policy=Policy(), supervises=True)  # fmt: skip
                session.commit()
        assert verdict(office, contest) == Clear()
        assert verdict(office, left) is None


def test_what_was_said_of_the_round_stays_with_a_form_that_gets_its_tps(
    office: Office, send: Send
) -> None:
    order(office, now=DAY)
    pages = send(b"baru", AFTER, "psu", OTHER)
    assert verdict(office, "psu", OTHER) is None
    for upload in pages:
        with write_session(office.engine) as session:
            reassign(
                session, upload, tps=TPS, contest=None, account=office.account,
                now=AFTER, policy=Policy(), supervises=True)  # fmt: skip
            session.commit()
    assert verdict(office, "psu") == Clear()


def test_one_photo_named_for_two_rounds_is_doubted_in_both(office: Office, desk: Desk) -> None:
    order(office, now=DAY)
    for account, contest in ((office.account, "gubernur"), (office.other, "psu")):
        for page in (b"1", b"2"):
            with write_session(office.engine) as session:
                receipt = accept(
                    session, office.photos, b"baru" + page, account=account, tps=TPS,
                    contest=contest, file_name="foto.jpg", idempotency_key=None, now=AFTER,
                )  # fmt: skip
                session.commit()
            read_upload(desk, receipt.upload_id)
    assert doubts(office, "psu") == UNSURE
    assert doubts(office, "gubernur") == [("round_unsure", {"round": 1})]
