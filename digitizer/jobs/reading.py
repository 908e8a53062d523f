"""What a job does: read a photo once, keep it, and settle every sheet that the photo touches.

In this order nothing is lost or doubled wherever the process is killed: pictures are kept under
their own sha256 before anything names them, and the reading, its event, the settled sheets and the
end of the job are one transaction. Done again, it finds the reading and only settles, which gives
the same sheets. What a job began with may hold no longer at its end: then it is done once more.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Literal, Protocol

from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.policy import Policy
from digitizer.domain.verdict import Unreadable
from digitizer.forms import list_forms, load_form
from digitizer.jobs.expected import forms_expected, is_elsewhere
from digitizer.jobs.rereading import keep_read
from digitizer.jobs.settling import foresee, resettle, settle_photo
from digitizer.logs import about
from digitizer.metrics import JOBS, PAGE_SECONDS
from digitizer.own_forms import forms_of_now
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import lock_chain
from digitizer.store.form_files import forms_seal
from digitizer.store.line import TRIES, Job, begin_again, leave_line
from digitizer.store.photos import PhotoStore
from digitizer.store.purging import UNPAINTED
from digitizer.store.readings import StoredReading, reading_of
from digitizer.store.sheets import any_settled_otherwise, settled_otherwise
from digitizer.store.single_uploads import refresh_singles
from digitizer.store.uploads import upload

_log: Final = logging.getLogger(__name__)

RESETTLED: Final = 50
"""So many sheets are settled again in one transaction."""


class Digest(Protocol):
    """Who reads a photo's bytes."""

    def __call__(self, data: bytes, *, expected: Collection[str] = ()) -> PhotoOutcome:
        """What became of it; forms that are expected are looked for first."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job works with: the store, the photos, and who reads a photo's bytes."""

    engine: Engine
    photos: PhotoStore
    digest: Digest
    policy: Policy


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a job began with.

    Attributes:
        tps: of its upload.
        forms: seal of the form files that were in force.
        again: whether it was asked to read the photo again.
    """

    upload: str
    tps: str | None
    forms: tuple[Any, ...]
    again: bool

    def end(self, session: Session) -> None:
        """Leave the line, unless the photo is to be read by other files, or for another TPS, by
        now: whoever said so found no reading of it yet. The chain is locked; the caller commits.
        """
        if forms_seal(session) != self.forms or upload(session, self.upload).tps != self.tps:
            begin_again(session, self.upload, datetime.now(UTC))
        else:
            leave_line(session, self.upload, again=self.again)


def do_job(desk: Desk, job: Job) -> None:
    """Read the photo of a job, or set it aside when it has cost too many workers their lives."""
    if job.lost >= TRIES:
        set_aside(desk, job.upload, f"the worker was lost each of {job.lost} times it read it")
    else:
        read_upload(desk, job.upload, again=job.again)


def read_upload(desk: Desk, upload_id: str, *, again: bool = False) -> None:
    """Read the photo of an upload unless it was read before, and settle what it touches.

    With `again` one that was found unreadable before, or was read with another file of its form, is
    read once more; so is one that was taken for a form that its TPS does not have.

    Raises:
        StoreError, SandboxError, OSError: nothing was kept; the job is to be tried again.
    """
    started = time.perf_counter()
    with about(upload=upload_id):
        try:
            outcome = _read_upload(desk, upload_id, again=again)
        except Exception:
            JOBS.labels("failed").inc()
            raise
        JOBS.labels(outcome).inc()
        _log.info("job done", extra={"seconds": round(time.perf_counter() - started, 2)})


def _read_upload(
    desk: Desk, upload_id: str, *, again: bool
) -> Literal["read", "unreadable", "known"]:
    forms = forms_of_now(desk.engine)
    with read_session(desk.engine) as session:
        sent = upload(session, upload_id)
        photo = sent.photo
        stored = reading_of(session, photo)
        expected = forms_expected(session, sent.tps)
    begun = _Begun(upload_id, sent.tps, forms, again)
    if stored is not None and not (
        (again and _is_outdated(stored))
        or (sent.tps and is_elsewhere(stored, expected))
        or _lacks_picture(desk, stored)
    ):
        _settle_known(desk.engine, photo, desk.policy, begun.end)
        return "known"
    data = desk.photos.get(photo)
    started = time.perf_counter()
    outcome = desk.digest(data, expected=expected)
    seconds = time.perf_counter() - started
    blobs = {name: desk.photos.put(picture) for name, picture in outcome.blobs.items()}
    PAGE_SECONDS.observe(seconds)
    _keep(desk, outcome, blobs, seconds, begun.end)
    return "unreadable" if outcome.reading is None else "read"


def _is_outdated(stored: StoredReading) -> bool:
    """Whether a photo could be read otherwise now: it was not, or with another file of its form."""
    if (reading := stored.reading) is None:
        return True
    known = reading.form in list_forms()
    return known and reading.form_version != load_form(reading.form).version


def _lacks_picture(desk: Desk, stored: StoredReading) -> bool:
    """Whether the picture is gone by which a person reads what no machine could: it was removed
    with its photo, and the photo came back.
    """
    whole = stored.blobs.get(UNPAINTED)
    return stored.reading is None and whole is not None and not desk.photos.has(whole)


def settle_known(engine: Engine, upload_id: str, policy: Policy) -> None:
    """Settle what an upload touches whose photo was read before, and take its job out of the line.

    Pictures are not looked at, so whoever put the job there may do it as well as a worker.
    """
    with read_session(engine) as session:
        photo = upload(session, upload_id).photo
    _settle_known(engine, photo, policy, partial(leave_line, upload=upload_id, again=False))


def _settle_known(
    engine: Engine, photo: str, policy: Policy, end: Callable[[Session], None]
) -> None:
    with read_session(engine) as session:
        stored = reading_of(session, photo)
        foreseen = foresee(session, None if stored is None else stored.reading, policy)
    with write_session(engine) as session:
        lock_chain(session)
        settle_photo(session, photo, datetime.now(UTC), policy, foreseen)
        refresh_singles(session, photo)
        end(session)
        session.commit()


def set_aside(desk: Desk, upload_id: str, reason: str) -> None:
    """Record why the photo of an upload cannot be read by this program, unless it was read."""
    with read_session(desk.engine) as session:
        photo = upload(session, upload_id).photo
    problem = Unreadable(
        "not_an_image",
        reason,
        "take the photo again; this one is kept for whoever looks into the reader",
        {"variant": "reader"},
    )
    outcome = PhotoOutcome(photo, None, problem, {})
    _keep(desk, outcome, {}, 0.0, partial(leave_line, upload=upload_id))
    JOBS.labels("set_aside").inc()
    _log.warning("photo set aside", extra={"upload": upload_id})


def resettle_otherwise(desk: Desk, stop: Callable[[], bool]) -> int:
    """Settle every sheet again that another policy settled; no photo is read again.

    Ends early when `stop` says so; what is left is found again. Gives how many were settled.
    """
    done = 0
    while not stop() and _stale(desk):
        with write_session(desk.engine) as session:
            # Before anything is looked up: a reading that another worker keeps belongs to it too.
            lock_chain(session)
            found = settled_otherwise(session, desk.policy.key, limit=RESETTLED)
            for place in found:
                resettle(session, *place, datetime.now(UTC), desk.policy)
            session.commit()
        done += len(found)
    return done


def _stale(desk: Desk) -> bool:
    """Whether any sheet waits to be settled again; most sweeps find none and write nothing."""
    with read_session(desk.engine) as session:
        return any_settled_otherwise(session, desk.policy.key)


def _keep(
    desk: Desk,
    outcome: PhotoOutcome,
    blobs: Mapping[str, str],
    seconds: float,
    end: Callable[[Session], None],
) -> None:
    now = datetime.now(UTC)
    with read_session(desk.engine) as session:
        foreseen = foresee(session, outcome.reading, desk.policy)
    with write_session(desk.engine) as session:
        keep_read(session, outcome, blobs, seconds, now, desk.policy, foreseen)
        end(session)
        session.commit()
