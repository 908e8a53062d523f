"""The line of photos to be read: its order, and what becomes of the jobs of dead workers."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from digitizer.store import line, workers
from digitizer.store.engine import read_session, write_session
from digitizer.store.job_tables import JobRow, WorkerRow
from digitizer.store.line import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Job,
    begin_again,
    give_back,
    has_suspect,
    has_work,
    join_again,
    join_line,
    leave_line,
    line_length,
    line_state,
    put_back,
    rejoin,
    take_back,
    take_jobs,
    take_suspect,
    unfinished,
)
from digitizer.store.photos import PhotoStore
from digitizer.store.workers import (
    begin_work,
    bury,
    dead_workers,
    end_work,
    give_sign,
    list_workers,
)
from tests.store.build import NOW, A, person, send

SOON = NOW + timedelta(seconds=1)
ME, OTHER = ("m-0", "mesin", "1"), ("n-0", "mesin lain", "1")


@pytest.fixture
def uploads(engine: Engine, photos: PhotoStore) -> list[str]:
    """Six photos that were sent and are in no line."""
    with write_session(engine) as session:
        sender = person(session, "saksi", "witness")
        sent = [send(session, photos, b"%d" % number, sender, A) for number in range(6)]
        session.commit()
    return [receipt.upload_id for receipt in sent]


def taken(session: Session, free: int, worker: str = ME[0]) -> list[str]:
    return [job.upload for job in take_jobs(session, worker, free, SOON)]


def test_whoever_waits_longest_is_next(session: Session, uploads: list[str]) -> None:
    for minutes, upload in zip((3, 1, 2), uploads, strict=False):
        join_line(session, upload, NOW + timedelta(minutes=minutes))
    assert taken(session, 2) == [uploads[1], uploads[2]]
    assert taken(session, 2) == [uploads[0]]
    assert not has_work(session, SOON)


def test_one_photo_does_not_wait_for_many_and_passes_none_for_ever(
    session: Session, uploads: list[str]
) -> None:
    *many, single, late = uploads
    for behind, upload in enumerate(many):
        join_line(session, upload, NOW, behind=behind)
    join_line(session, single, NOW + timedelta(seconds=1.5))
    join_line(session, late, NOW + timedelta(seconds=30))
    assert taken(session, 6) == [many[0], many[1], single, many[2], many[3], late]


def test_two_workers_never_take_one_job(engine: Engine, uploads: list[str]) -> None:
    with write_session(engine) as session:
        for upload in uploads[:4]:
            join_line(session, upload, NOW)
        session.commit()
    if engine.dialect.name == "sqlite":  # there the second waits until the first has committed
        with write_session(engine) as session:
            first = taken(session, 2)
            session.commit()
        with write_session(engine) as session:
            second = taken(session, 4, OTHER[0])
    else:
        with write_session(engine) as one, write_session(engine) as two:
            first, second = taken(one, 2), taken(two, 4, OTHER[0])
    assert (len(first), len(second)) == (2, 2)
    assert not set(first) & set(second)


def test_a_job_stands_and_falls_with_its_transaction(engine: Engine, uploads: list[str]) -> None:
    with write_session(engine) as session:
        join_line(session, uploads[0], NOW)
        session.rollback()
    with read_session(engine) as session:
        assert line_length(session) == 0


def test_an_error_makes_a_job_wait_twice_as_long_each_time(
    session: Session, uploads: list[str]
) -> None:
    join_line(session, uploads[0], NOW)
    waits = []
    for failed in range(12):
        row = session.exec(select(JobRow)).one()
        moment = max(row.due or NOW, NOW)
        (job,) = take_jobs(session, ME[0], 1, moment)
        assert job == Job(uploads[0], lost=0, failed=failed, again=False)
        put_back(session, job, ME[0], "OSError: disk full", moment)
        assert row.due is not None
        assert not has_work(session, row.due - timedelta(milliseconds=1))
        waits.append(row.due - moment)
    assert waits[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert waits[-1] == LONGEST_PAUSE
    state = line_state(session)
    assert (state.waiting, state.at_hand, state.failing) == (1, 0, 1)
    assert state.reason == "OSError: disk full"
    assert unfinished(session) == 0
    line.renew(session)
    assert unfinished(session) == 1


def test_a_worker_whose_job_was_given_away_can_not_put_it_back(
    session: Session, uploads: list[str]
) -> None:
    join_line(session, uploads[0], NOW)
    (job,) = take_jobs(session, ME[0], 1, SOON)
    take_back(session, ME[0], "dead")
    (again,) = take_suspect(session, OTHER[0], SOON)
    put_back(session, job, ME[0], "late", SOON)
    row = session.exec(select(JobRow)).one()
    assert (row.worker, row.failed, row.lost) == (OTHER[0], 0, 1)
    leave_line(session, again.upload)
    leave_line(session, job.upload)
    assert line_length(session) == 0


def test_what_a_worker_died_with_is_taken_alone(session: Session, uploads: list[str]) -> None:
    for behind, upload in enumerate(uploads[:3]):
        join_line(session, upload, NOW, behind=behind)
    taken(session, 2)
    take_back(session, ME[0], "dead")
    assert has_suspect(session, SOON)
    assert taken(session, 6) == [uploads[2]]
    (job,) = take_suspect(session, ME[0], SOON)
    assert (job.upload, job.lost) == (uploads[0], 1)


def test_what_a_worker_gives_back_blames_no_photo(session: Session, uploads: list[str]) -> None:
    for upload in uploads[:3]:
        join_line(session, upload, NOW)
    first, *_ = taken(session, 3)
    assert give_back(session, ME[0], but=(first,)) == 2
    assert not has_suspect(session, SOON)
    assert len(taken(session, 3)) == 2


def test_a_silent_worker_is_buried_and_one_that_gave_a_sign_is_not(
    engine: Engine, uploads: list[str]
) -> None:
    with write_session(engine) as session:
        for upload in uploads[:2]:
            join_line(session, upload, NOW)
        for worker in (ME, OTHER):
            begin_work(session, *worker)
            taken(session, 1, worker[0])
            row = session.get_one(WorkerRow, worker[0])
            row.sign -= 2 * workers.SILENCE
        session.commit()
    with write_session(engine) as session:
        assert sorted(dead_workers(session, ())) == [ME[0], OTHER[0]]
        assert [(item.silent, item.at_hand) for item in list_workers(session)] == [(True, 1)] * 2
        give_sign(session, *OTHER)
        assert bury(session, (ME[0], OTHER[0]), ()) == 1
        session.commit()
    with write_session(engine) as session:
        (left,) = list_workers(session)
        assert (left.id, left.machine, left.at_hand, left.silent) == ("n-0", "mesin lain", 1, False)
        give_sign(session, *ME)  # it was only halted
        assert {item.id for item in list_workers(session)} == {ME[0], OTHER[0]}
        assert bury(session, (ME[0],), seen=(ME[0],)) == 0
        assert end_work(session, OTHER[0]) == 1
        assert list_workers(session) == ()
        session.rollback()


def test_a_worker_that_starts_again_gives_back_what_it_died_with(
    session: Session, uploads: list[str]
) -> None:
    join_line(session, uploads[0], NOW)
    assert begin_work(session, *ME) == 0
    taken(session, 1)
    assert begin_work(session, *ME) == 1
    assert has_suspect(session, SOON)


def test_a_photo_is_tried_again_once_at_a_time(session: Session, uploads: list[str]) -> None:
    assert join_again(session, uploads[0], NOW)
    assert not join_again(session, uploads[0], NOW)
    (job,) = take_jobs(session, ME[0], 1, SOON)
    assert job.again


def test_a_job_that_is_asked_to_read_again_does_so_wherever_it_is(
    session: Session, uploads: list[str]
) -> None:
    for behind, upload in enumerate(uploads[:2]):
        join_line(session, upload, NOW, behind=behind)
    assert not join_again(session, uploads[1], NOW)
    first, second = take_jobs(session, ME[0], 2, SOON)
    assert (first.again, second.again) == (False, True)
    # It was at hand to be settled only, and is not done by that.
    assert not join_again(session, first.upload, NOW)
    leave_line(session, first.upload, again=first.again)
    leave_line(session, second.upload, again=second.again)
    (again,) = take_jobs(session, ME[0], 2, SOON)
    assert (again.upload, again.again) == (first.upload, True)


def test_a_job_that_is_begun_again_is_in_the_line_whoever_took_it_out(
    session: Session, uploads: list[str]
) -> None:
    join_line(session, uploads[0], NOW)
    for _ in range(2):
        (job,) = take_jobs(session, ME[0], 2, SOON)
        begin_again(session, job.upload, NOW)
    assert [item.again for item in take_jobs(session, ME[0], 2, SOON)] == [True]
    leave_line(session, uploads[0])
    begin_again(session, uploads[0], NOW)
    assert [item.again for item in take_jobs(session, ME[0], 2, SOON)] == [True]


def test_uploads_without_job_or_reading_join_the_line(session: Session, uploads: list[str]) -> None:
    join_line(session, uploads[0], NOW)
    assert rejoin(session) == 5
    assert rejoin(session) == 0
    assert line_length(session) == 6
