"""What is said of a photo while a worker has it at hand is heard: it is then read once more."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.policy import Policy
from digitizer.forms import list_forms, load_form
from digitizer.jobs import reading
from digitizer.jobs.reading import Desk, Digest, do_job, settle_known
from digitizer.jobs.reassigning import reassign
from digitizer.jobs.settling import foresee
from digitizer.own_forms import forms_of_now, install_form
from digitizer.store.engine import read_session, write_session
from digitizer.store.line import Job, in_line, join_again, take_jobs
from digitizer.store.readings import StoredReading, reading_of
from tests.facts import KWK, PAGE_1, page_reading
from tests.jobs.conftest import Office
from tests.jobs.test_reading import FIRST, THREE, Reader, Says, Send, desk, reader, send
from tests.story import OWN, own_form

__all__ = ["desk", "reader", "send"]

Saying = Callable[[Session], object]


@dataclass
class Meanwhile:
    """Reads a photo, while which somebody says something, once."""

    office: Office
    digest: Digest
    said: list[Saying]

    def __call__(self, data: bytes, *, expected: Collection[str] = ()) -> PhotoOutcome:
        outcome = self.digest(data, expected=expected)
        if self.said:
            say(self.office, self.said.pop())
        return outcome


def say(office: Office, said: Saying) -> None:
    with write_session(office.engine) as session:
        said(session)
        session.commit()


def new_form(session: Session) -> None:
    install_form(session, own_form(), "system", datetime.now(UTC))


def take(office: Office) -> list[Job]:
    """What waits, at hand from now on."""
    with write_session(office.engine) as session:
        jobs = take_jobs(session, "m-0", 9, datetime.now(UTC))
        session.commit()
    return list(jobs)


def stored(office: Office, data: bytes) -> StoredReading:
    with read_session(office.engine) as session:
        found = reading_of(session, hashlib.sha256(data).hexdigest())
    assert found is not None
    return found


def test_a_photo_that_is_read_while_its_form_is_saved_is_read_by_it(
    office: Office, desk: Desk, reader: Reader, send: Send
) -> None:
    send(b"unknown", FIRST)
    (job,) = take(office)
    do_job(replace(desk, digest=Meanwhile(office, reader, [new_form])), job)
    assert stored(office, b"unknown").reading is None
    (again,) = take(office)
    assert (again.upload, again.again) == (job.upload, True)
    reader.shows[b"unknown"] = (1, PAGE_1)
    do_job(desk, again)
    assert stored(office, b"unknown").reading is not None
    assert reader.read == [b"unknown", b"unknown"]
    assert take(office) == []


def test_what_a_new_form_does_not_touch_is_settled_and_not_read_again(
    office: Office, desk: Desk, reader: Reader, send: Send
) -> None:
    send(b"hal1", FIRST)
    (job,) = take(office)
    do_job(replace(desk, digest=Meanwhile(office, reader, [new_form])), job)
    (again,) = take(office)
    do_job(desk, again)
    assert reader.read == [b"hal1"]
    assert take(office) == []


def test_a_photo_is_read_by_the_forms_of_the_moment_in_which_its_reading_begins(
    office: Office, desk: Desk, reader: Reader, send: Send
) -> None:
    forms_of_now(office.engine)
    say(office, new_form)
    assert OWN not in list_forms()

    def looked(data: bytes, *, expected: Collection[str] = ()) -> PhotoOutcome:
        assert OWN in list_forms()
        return reader(data, expected=expected)

    send(b"hal1", FIRST)
    (job,) = take(office)
    do_job(replace(desk, digest=looked), job)
    assert take(office) == []


def test_a_photo_that_is_read_while_it_is_given_to_its_tps_is_read_for_that(
    office: Office, desk: Desk, reader: Reader, send: Send
) -> None:
    receipt = send(b"hal1", None)
    guessed = replace(
        page_reading(receipt.photo, 1, PAGE_1, form=load_form(THREE)),
        identity="layout",
        rivals=(f"{KWK} page 1",),
    )

    def given(session: Session) -> None:
        reassign(
            session, receipt.upload_id, tps=FIRST, contest=None, account=office.account,
            now=datetime.now(UTC), policy=Policy(), supervises=False,
        )  # fmt: skip

    (job,) = take(office)
    do_job(replace(desk, digest=Meanwhile(office, Says(guessed), [given])), job)
    (again,) = take(office)
    do_job(desk, again)
    read = stored(office, b"hal1").reading
    assert read is not None and read.form == KWK
    assert take(office) == []


@pytest.mark.parametrize("by_worker", [True, False])
def test_a_photo_that_is_only_settled_while_it_is_asked_for_again_is_read_again(
    office: Office, desk: Desk, send: Send, monkeypatch: pytest.MonkeyPatch, by_worker: bool
) -> None:
    send(b"unknown", FIRST)
    do_job(desk, *take(office))
    receipt = send(b"unknown", FIRST, office.other)

    def asked(*args: object) -> object:
        monkeypatch.setattr(reading, "foresee", foresee)
        say(office, lambda session: join_again(session, receipt.upload_id, datetime.now(UTC)))
        return foresee(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "foresee", asked)
    (job,) = take(office)
    if by_worker:
        do_job(desk, job)
    else:
        settle_known(office.engine, job.upload, desk.policy)
    (again,) = take(office)
    assert (again.upload, again.again) == (receipt.upload_id, True)
    do_job(desk, again)
    with read_session(office.engine) as session:
        assert not in_line(session, receipt.upload_id)
