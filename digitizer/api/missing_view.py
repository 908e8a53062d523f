"""The TPS that are missing in the recap of an area, page by page."""

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from digitizer.api.recap_view import Step, missing_url, path_to, recap_url
from digitizer.domain.election import Contest, Tps
from digitizer.store.missing import MissingState, missing_tps
from digitizer.store.recaps import recap_of
from review_ui.i18n import Language

LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class MissingRow:
    """One TPS, and how far its form is."""

    tps: Tps
    url: str
    state: MissingState
    round: int | None


@dataclass(frozen=True, slots=True)
class MissingView:
    """Some of the TPS that are missing; `count` of all."""

    contest: Contest
    name: str
    path: tuple[Step, ...]
    count: int
    rows: tuple[MissingRow, ...]
    first_url: str | None
    next_url: str | None


def missing_view(
    session: Session, contest: Contest, wilayah: str, lang: Language, *, after: str
) -> MissingView:
    """A hundred TPS that are not counted, those after a code."""
    found = missing_tps(session, contest.id, wilayah, after=after, limit=LISTED + 1)
    rows = found[:LISTED]
    recap = recap_of(session, contest.id, wilayah)
    steps = path_to(session, contest.id, wilayah, lang)
    more = len(found) > LISTED
    return MissingView(
        contest=contest,
        name=steps[-1].name,
        path=steps,
        count=recap.expected - recap.counted,
        rows=tuple(
            MissingRow(
                item.tps,
                recap_url(item.contest.id, item.tps.code),
                item.state,
                item.contest.round if item.contest.repeats else None,
            )
            for item in rows
        ),
        first_url=missing_url(contest.id, wilayah) if after else None,
        next_url=missing_url(contest.id, wilayah, rows[-1].tps.code) if more else None,
    )
