"""What a D.HASIL says of a TPS, as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from digitizer.api.audience import Audience
from digitizer.api.names import pseudonym
from digitizer.api.pages import local_time
from digitizer.api.recap_view import recap_url
from digitizer.domain.correction import Correction, CorrectionLevel


@dataclass(frozen=True, slots=True)
class CorrectedNumber:
    """What a D.HASIL says instead of a verified number, whose it is, and the difference."""

    value: int
    level: CorrectionLevel
    difference: str


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """One correction as it was entered: the numbers, whose document, why, by whom and when.

    Attributes:
        numbers: each with its label.
        photo: SHA-256 of the document's photo, which stays sealed.
        withdrawn: when and why it was taken back, "" where it was not.
    """

    id: str
    level: CorrectionLevel
    version: int
    numbers: tuple[tuple[str, int], ...]
    photo: str
    reason: str
    by: str
    at: str
    withdrawn: str


def corrections_url(contest: str, tps: str) -> str:
    """Where a correction of a TPS is entered."""
    return f"{recap_url(contest, tps)}/corrections"


def correction_view(
    session: Session, item: Correction, labels: Mapping[str, str], zone: str, looking: Audience
) -> CorrectionView:
    """One correction in words."""
    withdrawn = item.withdrawn_at
    return CorrectionView(
        id=item.id,
        level=item.level,
        version=item.version,
        numbers=tuple((labels.get(name, name), value) for name, value in item.values.items()),
        photo=item.photo,
        reason=item.reason,
        by="" if looking.is_public else pseudonym(session, item.account),
        at=local_time(item.at, zone),
        withdrawn=f"{local_time(withdrawn, zone)}: {item.withdrawn_for}" if withdrawn else "",
    )
