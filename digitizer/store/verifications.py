"""Verifications and the tallies made from them: kept for ever, one beside the other."""

from datetime import datetime

from sqlmodel import Session

from digitizer.domain.tally import Tally
from digitizer.domain.verification import Dispute, NeedsReader, Verification


def save_verification(
    session: Session,
    verification: Verification,
    contest: str,
    tps: str,
    form: str,
    outcome: Tally | NeedsReader | Dispute,
    now: datetime,
    *,
    expected_version: int,
) -> None:
    """Keep a verification and, when `verify` made one, its tally, with their events.

    Args:
        outcome: what `domain.verification.verify` made of this and the pending verifications.
        expected_version: version of the latest tally when the form was opened, 0 for none.

    Raises:
        Conflict: someone verified this TPS and contest meanwhile, or this verification contradicts
            one with the same id. (The same verification again changes nothing.)
        NotAllowed: the reviewer sent a photo of this form.
    """
    raise NotImplementedError


def latest_version(session: Session, contest: str, tps: str) -> int:
    """Version of the latest tally, 0 when there is none."""
    raise NotImplementedError


def pending(session: Session, contest: str, tps: str, form: str) -> tuple[Verification, ...]:
    """Verifications of the version that has no tally yet, oldest first: the input of `verify`."""
    raise NotImplementedError


def history(session: Session, contest: str, tps: str) -> tuple[Verification, ...]:
    """Every verification of a TPS and contest, oldest first."""
    raise NotImplementedError


def tallies_of(session: Session, contest: str, tps: str) -> tuple[Tally, ...]:
    """Every tally of a TPS and contest, oldest version first."""
    raise NotImplementedError


def latest_tallies(session: Session, contest: str, wilayah: str = "") -> tuple[Tally, ...]:
    """The latest tally of every TPS whose code begins with `wilayah`, by code."""
    raise NotImplementedError
