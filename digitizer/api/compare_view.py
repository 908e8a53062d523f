"""What the comparison with official results shows of an area."""

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from digitizer.api.compare_parts import (
    CountView,
    ImportView,
    NumberView,
    PlaceView,
    Segment,
    TpsView,
    compare_url,
    import_view,
    places_of,
    segments_of,
    tps_view,
)
from digitizer.api.names import main_form
from digitizer.api.recap_view import CHILDREN, Step, names_of, recap_url, signed
from digitizer.domain.comparison_sum import NOTHING, OUTCOMES, ComparisonSum, Outcome
from digitizer.domain.election import LEVEL_DIGITS, LEVELS, Contest
from digitizer.store.comparisons import comparison_of, comparisons_below, listed_comparisons
from digitizer.store.elections import wilayah_names
from digitizer.store.official import imports_of
from review_ui.i18n import Language, text
from review_ui.wording import field_labels

TPS_A_PAGE: Final = 20
LISTED: Final[tuple[Outcome, ...]] = (
    "differing", "incomplete", "only_ours", "only_theirs", "unlisted",
)  # fmt: skip
"""The outcomes whose TPS are listed."""


@dataclass(frozen=True, slots=True)
class CompareView:
    """The comparison page of one area.

    Attributes:
        recap_url: of the recap of the same area.
        live_url: where the changing part is.
        imported: what is compared with, None before anything was imported.
        earlier: imports before it, the latest first.
        counts: TPS by outcome.
        columns: names of the differences of each child.
        first_url, next_url: of the places below, where they do not fit one page.
        show: the outcome whose TPS are listed; `before` and `after` are other pages of the list.
    """

    contest: Contest
    recap_url: str
    live_url: str
    name: str
    path: tuple[Step, ...]
    imported: ImportView | None
    earlier: tuple[ImportView, ...]
    sums: ComparisonSum
    counts: tuple[CountView, ...]
    segments: tuple[Segment, ...]
    numbers: tuple[NumberView, ...]
    child_level: str
    columns: tuple[str, ...]
    children: tuple[PlaceView, ...]
    first_url: str
    next_url: str
    show: Outcome
    listed: tuple[TpsView, ...]
    page: int
    pages: int
    before: str
    after: str


def compare_view(
    session: Session,
    contest: Contest,
    wilayah: str,
    lang: Language,
    *,
    show: Outcome,
    page: int,
    after: str,
) -> CompareView:
    """The comparison of an area with the latest import.

    Args:
        session: where it is.
        contest: that is compared.
        wilayah: code of the area.
        lang: of every word.
        show: the outcome whose TPS are listed, `page` by page.
        page: from 1 on; one beyond the last is the last.
        after: the code after which the places below begin.
    """
    imports = [import_view(session, item, lang) for item in imports_of(session, contest.id)]
    imported = imports[0] if imports else None
    form = main_form(contest)
    labels = field_labels(form, lang, contest.candidates) if form else {}
    sums = comparison_of(session, contest, wilayah)
    found = comparisons_below(session, contest, wilayah, after=after, limit=CHILDREN + 1)
    rows = found[:CHILDREN]
    votes = [
        name for name in names_of(form, ("votes",)) if imported and name in imported.official.fields
    ]
    pages = max(1, -(-sums.tps(show) // TPS_A_PAGE))
    page = min(page, pages)
    listed = (
        listed_comparisons(
            session, contest, imported.official, show, wilayah,
            start=(page - 1) * TPS_A_PAGE, count=TPS_A_PAGE,
        )
        if imported
        else ()
    )  # fmt: skip
    steps = _path(session, contest, wilayah, lang)

    def here(number: int) -> str:
        return compare_url(contest.id, wilayah, show=show, page=number, after=after)

    return CompareView(
        contest=contest,
        recap_url=recap_url(contest.id, wilayah),
        live_url=compare_url(contest.id, wilayah, show=show, page=page, after=after, part=1),
        name=steps[-1].name,
        path=steps[:-1],
        imported=imported,
        earlier=tuple(imports[1:]),
        sums=sums,
        counts=tuple(
            CountView(
                outcome,
                sums.tps(outcome),
                compare_url(contest.id, wilayah, show=outcome) if outcome in LISTED else "",
                outcome == show,
            )
            for outcome in OUTCOMES
        ),
        segments=segments_of(sums),
        numbers=tuple(
            NumberView(labels.get(name, name), number, signed(number.difference, lang))
            for name in (imported.official.fields if imported else ())
            for number in [sums.numbers.get(name, NOTHING)]
        ),
        child_level=rows[0].level if rows else "tps",
        columns=tuple(labels[name] for name in votes),
        children=places_of(session, contest, rows, votes, lang),
        first_url=compare_url(contest.id, wilayah) if after else "",
        next_url=compare_url(contest.id, wilayah, after=rows[-1].code)
        if len(found) > CHILDREN
        else "",
        show=show,
        listed=tuple(tps_view(item, labels, votes, lang) for item in listed),
        page=page,
        pages=pages,
        before=here(page - 1) if page > 1 else "",
        after=here(page + 1) if page < pages else "",
    )


def _path(session: Session, contest: Contest, wilayah: str, lang: Language) -> tuple[Step, ...]:
    """The way from the whole election down to an area."""
    codes = [
        wilayah[: LEVEL_DIGITS[level]] for level in LEVELS if LEVEL_DIGITS[level] <= len(wilayah)
    ]
    names = wilayah_names(session, codes)
    return (
        Step(text("recap.whole", lang), compare_url(contest.id)),
        *(Step(names.get(code, code), compare_url(contest.id, code)) for code in codes),
    )
