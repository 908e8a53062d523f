"""What a form comes to is worked out before the chain is locked, and used where it came true."""

from collections.abc import Callable, Iterator

import pytest

from digitizer.domain.settle import Digitization, settle
from digitizer.jobs import reading, settling
from digitizer.jobs.reading import Desk, read_upload, settle_known
from digitizer.store.engine import read_session
from digitizer.store.line import in_line
from tests.jobs.conftest import Office
from tests.jobs.test_reading import FIRST, Send, desk, reader, send, sheet_of

__all__ = ["desk", "reader", "send"]


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many readings each call of `settle` was given."""
    calls: list[int] = []

    def counted(readings: tuple[object, ...], *rest: object) -> Digitization:
        calls.append(len(readings))
        return settle(readings, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(settling, "settle", counted)
    yield calls


def test_a_form_is_worked_out_once_for_every_photo(
    office: Office, desk: Desk, send: Send, settled: list[int]
) -> None:
    for page in (b"hal1", b"hal2"):
        read_upload(desk, send(page, FIRST).upload_id)

    assert settled == [1, 2]


def test_what_came_in_meanwhile_is_settled_with_it(
    office: Office,
    desk: Desk,
    send: Send,
    settled: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = (send(page, FIRST).upload_id for page in (b"hal1", b"hal2"))
    foresee: Callable[..., tuple[settling.Foreseen, ...]] = settling.foresee

    def overtaken(*asked: object) -> tuple[settling.Foreseen, ...]:
        found = foresee(*asked)
        monkeypatch.setattr(reading, "foresee", foresee)
        read_upload(desk, second)
        return found

    monkeypatch.setattr(reading, "foresee", overtaken)
    read_upload(desk, first)

    assert settled == [1, 1, 2]
    made = sheet_of(office, FIRST)
    assert made is not None
    assert len(made.readings) == 2
    monkeypatch.setattr(reading, "foresee", lambda *_: ())
    settle_known(office.engine, first, desk.policy)
    again = sheet_of(office, FIRST)
    assert again is not None
    assert (again.verdict, again.values) == (made.verdict, made.values)


def test_whoever_settles_a_known_photo_takes_it_out_of_the_line(
    office: Office, desk: Desk, send: Send
) -> None:
    receipt = send(b"hal1", FIRST)
    read_upload(desk, receipt.upload_id)
    again = send(b"hal1", FIRST, office.other)
    settle_known(office.engine, again.upload_id, desk.policy)

    with read_session(office.engine) as session:
        assert not in_line(session, again.upload_id)


def test_a_photo_of_no_tps_settles_nothing(
    office: Office, desk: Desk, send: Send, settled: list[int]
) -> None:
    read_upload(desk, send(b"hal1", None).upload_id)

    assert settled == []
