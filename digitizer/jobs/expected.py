"""Which forms a photo may be of, by its TPS."""

from collections.abc import Collection

from sqlmodel import Session

from digitizer.store.elections import contests
from digitizer.store.readings import StoredReading
from digitizer.store.rounds import contests_at


def forms_expected(session: Session, tps: str | None) -> tuple[str, ...]:
    """The forms of the contests in which a TPS votes; those of all contests for no TPS."""
    found = contests(session) if tps is None else contests_at(session, tps)
    return tuple(dict.fromkeys(form for contest in found for form in contest.form_ids))


def is_elsewhere(stored: StoredReading, expected: Collection[str]) -> bool:
    """Whether a photo was taken, for no more than its layout, for a form that is none of these.

    Forms for unlike numbers of paslon share pages: where the title could not be read, only the TPS
    tells which of them a photo is of.
    """
    reading = stored.reading
    return (
        reading is not None
        and reading.identity == "layout"
        and bool(expected)
        and reading.form not in expected
    )
