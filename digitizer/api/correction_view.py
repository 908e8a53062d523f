"""The page on which a correction of a D.HASIL is entered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from digitizer.api.corrected_view import corrections_url
from digitizer.api.names import form_or_none
from digitizer.api.recap_view import Step, names_of, path_to, recap_url
from digitizer.domain.correction import CORRECTION_LEVELS, CorrectionLevel, in_force
from digitizer.domain.election import Contest, Tps
from digitizer.domain.form import FormSpec
from digitizer.store.recaps import TpsDetail
from review_ui.i18n import Language
from review_ui.wording import field_labels

VOTES: Final = ("votes", "total")
"""Roles of the numbers that are corrected most."""


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One verified number, what corrections leave of it, and how many digits the form has."""

    field: str
    label: str
    value: int | None
    corrected: int | None
    digits: int


@dataclass(frozen=True, slots=True)
class CorrectionPageView:
    """Where a correction is entered.

    Attributes:
        levels: whose document it may be, each with the version that stands there now.
        versions: the same as JSON, for the page.
    """

    contest: Contest
    tps: Tps
    path: tuple[Step, ...]
    url: str
    back: str
    levels: tuple[tuple[CorrectionLevel, int], ...]
    versions: str
    numbers: tuple[NumberRow, ...]


def votes_first(form: FormSpec | None, values: Mapping[str, int | None]) -> dict[str, int | None]:
    """The numbers of a tally, votes and their sums before all others."""
    votes = names_of(form, VOTES)
    first = {name: values[name] for name in votes if name in values}
    return first | {name: value for name, value in values.items() if name not in first}


def correction_page_view(session: Session, detail: TpsDetail, lang: Language) -> CorrectionPageView:
    """The page of a TPS that has a tally."""
    contest, tps, tally = detail.contest, detail.tps, detail.tallies[-1]
    form = form_or_none(tally.form)
    labels = field_labels(form, lang, contest.candidates) if form else {}
    corrected = in_force(detail.corrections)
    levels = tuple(
        (level, max((i.version for i in detail.corrections if i.level == level), default=0))
        for level in CORRECTION_LEVELS
    )
    return CorrectionPageView(
        contest=contest,
        tps=tps,
        path=(
            *path_to(session, contest.id, tps.code, lang)[:-1],
            Step(tps.name, recap_url(contest.id, tps.code)),
        ),
        url=corrections_url(contest.id, tps.code),
        back=recap_url(contest.id, tps.code),
        levels=levels,
        versions=json.dumps(dict(levels)),
        numbers=tuple(
            NumberRow(
                name,
                labels.get(name, name),
                value,
                corrected[name].value if name in corrected else None,
                len(form.fields[name].digit_boxes) if form and name in form.fields else 1,
            )
            for name, value in votes_first(form, tally.values).items()
        ),
    )
