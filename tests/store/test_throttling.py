"""Failed attempts to sign in: some are free, then each waits longer; nobody locks others out."""

from datetime import timedelta

from sqlmodel import Session, select

from digitizer.store.account_tables import LoginFailureRow
from digitizer.store.throttling import (
    FREE,
    LONGEST_WAIT,
    MOST_OF_A_NAME,
    MOST_OF_AN_ADDRESS,
    forget_failures,
    note_failure,
    wait_needed,
)
from tests.store.build import NOW

HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"
NOTHING = timedelta()


def fail(session: Session, times: int, name: str = "saksi", address: str = HERE) -> None:
    for _ in range(times):
        note_failure(session, name, address, NOW)


def test_some_failures_are_free_and_the_wait_then_doubles(session: Session) -> None:
    fail(session, FREE - 1)
    assert wait_needed(session, "saksi", HERE, NOW) == NOTHING
    waits = []
    for _ in range(10):
        fail(session, 1)
        waits.append(wait_needed(session, " SAKSI ", HERE, NOW).total_seconds())
    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    assert wait_needed(session, "saksi", HERE, NOW + LONGEST_WAIT) == NOTHING


def test_nobody_is_locked_out_by_failures_from_elsewhere(session: Session) -> None:
    fail(session, 20, address=ELSEWHERE)
    assert wait_needed(session, "saksi", HERE, NOW) == NOTHING
    assert wait_needed(session, "lain", ELSEWHERE, NOW) == NOTHING


def test_guessing_from_many_places_and_at_many_names_ends_too(session: Session) -> None:
    for number in range(MOST_OF_A_NAME):
        fail(session, 1, address=f"10.1.0.{number}")
    assert wait_needed(session, "saksi", HERE, NOW) == LONGEST_WAIT
    for number in range(MOST_OF_AN_ADDRESS):
        fail(session, 1, name=f"nama{number}", address=ELSEWHERE)
    assert wait_needed(session, "orang-baru", ELSEWHERE, NOW) == LONGEST_WAIT


def test_an_hour_later_and_after_the_right_password_they_count_no_more(session: Session) -> None:
    fail(session, 10)
    assert wait_needed(session, "saksi", HERE, NOW + timedelta(hours=1)) == NOTHING
    forget_failures(session, "Saksi", HERE)
    assert wait_needed(session, "saksi", HERE, NOW) == NOTHING


def test_addresses_are_kept_for_thirty_days(session: Session) -> None:
    fail(session, 3)
    note_failure(session, "lain", HERE, NOW + timedelta(days=30))
    assert [row.username for row in session.exec(select(LoginFailureRow))] == ["lain"]
