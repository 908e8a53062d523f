"""Entering a correction of a D.HASIL, and taking one back: beside the tally, never over it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from digitizer.domain.correction import CORRECTION_LEVELS, Correction, CorrectionLevel
from digitizer.domain.election import Contest
from digitizer.errors import Conflict, CorrectionRefused, NotFound
from digitizer.store.corrected import correction_of
from digitizer.store.correction_tables import CorrectionRow, CorrectionWithdrawalRow
from digitizer.store.elections import get_contest
from digitizer.store.events import append_event, lock_chain
from digitizer.store.photos import PhotoStore
from digitizer.store.recap_keeping import refresh_recap
from digitizer.store.receiving import format_of, keep_photo
from digitizer.store.rounds import rounds_at
from digitizer.store.tallies import tallies_of

REASON_LETTERS = 500


def save_correction(
    session: Session,
    photos: PhotoStore,
    contest: str,
    tps: str,
    level: CorrectionLevel,
    values: Mapping[str, int],
    document: bytes,
    reason: str,
    *,
    account: str,
    now: datetime,
    expected_version: int,
) -> Correction:
    """Keep what a document says of a TPS, with its photo, its event and the recap.

    The same as the latest of its level again changes nothing. `expected_version` is the version of
    the latest correction of this level when the page was opened, 0 for none. The photo stays
    sealed: it shows names and signatures that nothing has painted.

    Raises:
        NotFound: there is no such contest, or the TPS has no vote in it.
        CorrectionRefused: nothing is verified there yet, no number or reason is given, a number is
            none of the tally or below 0, or the document is no photo.
        Conflict: somebody entered a correction of this level meanwhile.
    """
    reason = reason.strip()
    _check(session, get_contest(session, contest), tps, level, values, document, reason)
    photo = photos.put(document)
    lock_chain(session)
    latest = _latest(session, contest, tps, level)
    stands = latest is not None and session.get(CorrectionWithdrawalRow, latest.id) is None
    if latest is not None and stands and _says(latest) == (dict(values), photo, reason):
        return correction_of(latest, None)
    version = latest.version if latest is not None else 0
    if version != expected_version:
        raise Conflict(
            f"this TPS was corrected meanwhile: version {version}, opened at {expected_version}",
            "open the TPS again and compare; what was typed is kept",
        )
    kept, _ = keep_photo(session, photos, photo, document, account=account, now=now)
    row = CorrectionRow(
        contest=contest, tps=tps, level=level, version=version + 1, numbers=dict(values),
        photo=photo, reason=reason, account=account, at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    said = {
        "values": dict(values),
        "photo": photo,
        "bytes": kept.bytes,
        "format": kept.format,
        **_sealed(reason),
    }
    append_event(session, "correction_made", {**_place(row), **said}, account, now)
    refresh_recap(session, contest, tps)
    return correction_of(row, None)


def withdraw_correction(
    session: Session, correction: str, reason: str, *, account: str, now: datetime
) -> Correction:
    """Say that a correction holds no longer; what it said and its photo stay.

    The same one again changes nothing.

    Raises:
        NotFound: there is no such correction.
        CorrectionRefused: no reason is given.
    """
    lock_chain(session)
    row = session.get(CorrectionRow, correction)
    if row is None:
        raise NotFound(f"there is no correction {correction!r}", "open it from its TPS")
    if (kept := session.get(CorrectionWithdrawalRow, correction)) is not None:
        return correction_of(row, kept)
    reason = reason.strip()
    _check_reason(reason)
    withdrawal = CorrectionWithdrawalRow(
        correction=correction, account=account, reason=reason, at=now
    )
    session.add(withdrawal)
    session.flush()
    payload = {**_place(row), **_sealed(reason)}
    append_event(session, "correction_withdrawn", payload, account, now)
    refresh_recap(session, row.contest, row.tps)
    return correction_of(row, withdrawal)


def _place(row: CorrectionRow) -> dict[str, object]:
    return {
        "correction": row.id,
        "contest": row.contest,
        "tps": row.tps,
        "level": row.level,
        "version": row.version,
    }


def _sealed(reason: str) -> dict[str, str]:
    # What people write may name people, and an event can never be deleted.
    return {"reason_sha256": hashlib.sha256(reason.encode()).hexdigest()}


def _latest(session: Session, contest: str, tps: str, level: str) -> CorrectionRow | None:
    return session.exec(
        select(CorrectionRow)
        .where(
            col(CorrectionRow.contest) == contest,
            col(CorrectionRow.tps) == tps,
            col(CorrectionRow.level) == level,
        )
        .order_by(
            col(CorrectionRow.version).desc(),
            col(CorrectionRow.at).desc(),
            col(CorrectionRow.id).desc(),
        )
        .limit(1)
    ).first()


def _says(row: CorrectionRow) -> tuple[dict[str, int], str, str]:
    return dict(row.numbers), row.photo, row.reason


def _check(
    session: Session,
    contest: Contest,
    tps: str,
    level: CorrectionLevel,
    values: Mapping[str, int],
    document: bytes,
    reason: str,
) -> None:
    if contest.id not in {item.id for item in rounds_at(session, contest, tps)}:
        raise NotFound(f"TPS {tps!r} has no vote in {contest.id}", "open it from the recap")
    if level not in CORRECTION_LEVELS:
        raise CorrectionRefused(
            f"the level is {level!r}, needed one of {', '.join(CORRECTION_LEVELS)}",
            "say whose D.HASIL it is",
        )
    made = tallies_of(session, contest.id, tps)
    if not made:
        raise CorrectionRefused(
            f"nothing is verified of TPS {tps} yet",
            "verify its form first: a correction stands beside",
        )
    if not values:
        raise CorrectionRefused("no number is corrected", "write at least one corrected number")
    for name, value in values.items():
        if name not in made[-1].values:
            raise CorrectionRefused(f"the tally has no number {name!r}", "open the TPS again")
        if value < 0:
            raise CorrectionRefused(f"{name} is {value}, needed 0 or more", "correct the number")
    if format_of(document) == "unknown":
        raise CorrectionRefused(
            f"the document is no photo ({len(document)} bytes)",
            "choose a JPEG, PNG, WebP or HEIC of the page of the D.HASIL",
        )
    _check_reason(reason)


def _check_reason(reason: str) -> None:
    if not 0 < len(reason) <= REASON_LETTERS:
        raise CorrectionRefused(
            f"the reason has {len(reason)} letters, needed 1 to {REASON_LETTERS}",
            "say why, in a sentence and without names",
        )
