"""How reviewers work, for supervisors."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from digitizer.api.pages import render
from digitizer.api.web import SUPERVISOR, Lang, Reading
from digitizer.domain.vigilance import Interval, residual, wilson
from digitizer.store.figures import LATEST, Figures, reviewer_figures
from review_ui.i18n import MISSING, Language

router = APIRouter(tags=["reviews"])


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One reviewer in words."""

    username: str
    forms: int
    seconds: str
    corrections: str
    checks: str
    caught: str
    residual: str


@router.get("/figures", dependencies=[SUPERVISOR])
def figures_page(
    request: Request,
    session: Reading,
    lang: Lang,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Seconds a form, corrections, and what was found of seeded checks, by reviewer."""
    found, more = reviewer_figures(session, page=page)
    rows = [figure_row(item, lang) for item in found]
    return render(request, "figures.html", rows=rows, page=page, more=more, latest=LATEST)


def figure_row(item: Figures, lang: Language) -> FigureRow:
    """One reviewer's figures, with intervals where they are of few trials."""
    caught = wilson(item.caught, item.checks)
    return FigureRow(
        username=item.username,
        forms=item.forms,
        seconds=decimal(item.seconds, lang) if item.seconds is not None else MISSING,
        corrections=f"{item.corrected} / {item.shown}",
        checks=f"{item.caught} / {item.checks}",
        caught=shown(caught, lang),
        residual=shown(residual(caught, item.corrected, item.shown), lang),
    )


def shown(share: Interval | None, lang: Language) -> str:
    """A share in per cent with its interval."""
    if share is None:
        return MISSING
    value, low, high = (decimal(100 * part, lang) for part in (share.value, share.low, share.high))
    return f"{value} % ({low}–{high})"


def decimal(number: float, lang: Language) -> str:
    """A number to one decimal, as the language writes it.

    >>> decimal(12.34, "id")
    '12,3'
    """
    text = f"{number:.1f}"
    return text.replace(".", ",") if lang == "id" else text
