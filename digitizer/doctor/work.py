"""What is done with photos: kept, read, and copied elsewhere."""

import random
import secrets
from collections.abc import Iterable
from itertools import islice
from typing import Final

from obstore.exceptions import BaseError

from digitizer.doctor.finding import Finding, OpenVisit, Visit
from digitizer.errors import DigitizerError
from digitizer.forms import know_forms, list_forms
from digitizer.store.backups import last_backup
from digitizer.store.blobs import named_blobs
from digitizer.store.engine import read_session
from digitizer.store.form_files import forms_in_force
from digitizer.store.line import line_state
from digitizer.store.overview import OLD_BACKUP, SLOW, STUCK
from digitizer.store.photos import PhotoStore
from digitizer.store.waiting import line_of
from digitizer.store.workers import list_workers

SAMPLE: Final = 100
NAMED: Final = 3


def check_photo_store(visit: Visit) -> Finding:
    """A probe can be written, read and removed."""
    probe = b"probe " + secrets.token_bytes(16)
    try:
        photos = PhotoStore.open(visit.settings.photos)
        name = photos.put(probe)
        same = photos.get(name) == probe
        photos.remove(name)
        gone = not photos.has(name)
    except (OSError, BaseError, DigitizerError) as error:
        return Finding(
            "photo_store", "bad", f"a probe could not be kept ({type(error).__name__})",
            "a folder or bucket that can be written, read and removed from",
            "see DIGITIZER_STORE_URL, who owns the folder, and the keys of the bucket",
        )  # fmt: skip
    if not (same and gone):
        return Finding(
            "photo_store", "bad",
            "a probe came back otherwise" if not same else "a probe could not be removed",
            "the bytes that were written, and none when they are removed",
            "look for a cache or a rule of the bucket between here and the store",
        )  # fmt: skip
    return Finding("photo_store", "good", "a probe was written, read and removed")


def check_photos(visit: OpenVisit) -> Finding:
    """Photos and pictures that rows name are there, with the bytes of their names."""
    photos = PhotoStore.open(visit.settings.photos)
    with read_session(visit.engine) as session:
        names = set(named_blobs(session)) if visit.visit.every else drawn(named_blobs(session))
    lost = [name for name in sorted(names) if not photos.verify(name)]
    looked = f"all {len(names):,}" if visit.visit.every else f"{len(names)} drawn by lot"
    if lost:
        return Finding(
            "photos", "bad",
            f"{len(lost)} of {looked} are missing or have other bytes: "
            + ", ".join(islice(lost, NAMED)),
            "every photo and picture that a row names",
            "put them back from a backup: they lie there under photos/ by the same names",
        )  # fmt: skip
    return Finding("photos", "good", f"{looked} have the bytes of their names")


def check_workers(visit: OpenVisit) -> Finding:
    """Somebody reads photos."""
    with read_session(visit.engine) as session:
        alive = sum(not worker.silent for worker in list_workers(session))
    if alive:
        return Finding("workers", "good", f"{alive} alive")
    return Finding(
        "workers", "warning", "none gives a sign of life", "one at least",
        "start `digitizer serve`, or `digitizer work`",
    )  # fmt: skip


def check_line(visit: OpenVisit) -> Finding:
    """Photos do not wait long to be read."""
    with read_session(visit.engine) as session:
        line, state = line_of(session), line_state(session)
    if line.oldest is None:
        return Finding("line", "good", "no photo waits")
    age = visit.visit.now - line.oldest
    found = f"photos that wait: {line.length:,}, the first for {age.total_seconds() / 60:,.0f} min"
    mend = "start workers, on more cores or machines; see docs/deploy.md"
    if age > STUCK:
        return Finding("line", "bad", found, "an hour at most", mend)
    if age > SLOW:
        return Finding("line", "warning", found, "ten minutes", mend)
    if state.failing:
        return Finding(
            "line", "warning",
            f"photos that ended by an error and are tried again: {state.failing:,}, the latest by "
            f"{state.reason}",
            "none", "see what the workers log of it",
        )  # fmt: skip
    return Finding("line", "good", found)


def check_forms(visit: OpenVisit) -> Finding:
    """Every form that was saved here is understood by this release."""
    with read_session(visit.engine) as session:
        faults = know_forms(forms_in_force(session))
    if not faults:
        return Finding("forms", "good", f"{len(list_forms())} forms are known")
    return Finding(
        "forms", "bad", "; ".join(fault.message for fault in faults),
        "form files that this release understands",
        "start the release that wrote them, or a newer one; its photos are not read until then",
    )  # fmt: skip


def check_backup(visit: OpenVisit) -> Finding:
    """There is a backup, of today and whole."""
    with read_session(visit.engine) as session:
        last = last_backup(session)
    mend = "run `digitizer backup FOLDER` every hour, onto another disk; see docs/running.md"
    if last is None:
        return Finding("backup", "warning", "none was ever made", "one an hour", mend)
    age = (visit.visit.now - last.taken_at).total_seconds() / 3600
    found = f"the last is {age:,.1f} hours old"
    if last.lacking:
        return Finding(
            "backup", "bad", f"{found}; photos or pictures that it lacks: {last.lacking:,}",
            "every one that a row names", "run `digitizer doctor --all` to see which are lost",
        )  # fmt: skip
    if visit.visit.now - last.taken_at > OLD_BACKUP:
        return Finding("backup", "warning", found, "a day at most", mend)
    return Finding("backup", "good", found)


def drawn(names: Iterable[str]) -> set[str]:
    """At most `SAMPLE` names, each as likely as any other, without holding all."""
    held: list[str] = []
    for number, name in enumerate(names):
        if number < SAMPLE:
            held.append(name)
        elif (place := random.randrange(number + 1)) < SAMPLE:
            held[place] = name
    return set(held)
