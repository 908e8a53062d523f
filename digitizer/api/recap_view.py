"""What the recap and the page of one TPS show: verified numbers, their coverage and their proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from digitizer.api.names import field_groups, form_or_none, main_form, pseudonym
from digitizer.api.pages import grouped, local_time
from digitizer.api.sheet_view import picture_url, sheet_url
from digitizer.domain.election import LEVEL_DIGITS, LEVELS, Contest, Tps
from digitizer.domain.form import FormSpec
from digitizer.domain.tally import Recap, Tally
from digitizer.domain.verification import Verification
from digitizer.store.elections import list_wilayah
from digitizer.store.readings import StoredReading
from digitizer.store.recaps import TpsDetail, children, recap_of
from review_ui.i18n import Language, text
from review_ui.wording import field_labels


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way down to where the page is."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class VoteView:
    """The votes of one paslon and their share of all valid votes counted so far."""

    label: str
    value: int
    share: str


@dataclass(frozen=True, slots=True)
class ColumnValue:
    """One number of a row of other numbers, with its column (L, P or L+P, or none)."""

    column: str
    value: int


@dataclass(frozen=True, slots=True)
class OtherView:
    """A row of the numbers that are not votes."""

    label: str
    values: tuple[ColumnValue, ...]


@dataclass(frozen=True, slots=True)
class ChildView:
    """One area a level below, with its votes in the order of the columns."""

    name: str
    url: str
    recap: Recap
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecapView:
    """The recap page of one area."""

    contest: Contest
    url: str
    name: str
    path: tuple[Step, ...]
    recap: Recap
    votes: tuple[VoteView, ...]
    votes_sum: int
    columns: tuple[str, ...]
    totals: tuple[int, ...]
    child_level: str
    children: tuple[ChildView, ...]
    others: tuple[OtherView, ...]


def recap_url(contest: str, wilayah: str = "") -> str:
    """Address of the recap of an area, or of a TPS when the code has 13 digits."""
    if len(wilayah) == LEVEL_DIGITS["tps"]:
        return f"/recap/{contest}/tps/{wilayah}"
    return f"/recap/{contest}/{wilayah}" if wilayah else f"/recap/{contest}"


def recap_view(session: Session, contest: Contest, wilayah: str, lang: Language) -> RecapView:
    """The recap of an area with one row for each area below it.

    Raises:
        NotFound: there is no such contest.
    """
    form = main_form(contest)
    recap = recap_of(session, contest.id, wilayah)
    rows = children(session, contest.id, wilayah)
    votes = names_of(form, ("votes",))
    columns = (*votes, *names_of(form, ("total",)))
    labels = field_labels(form, lang, contest.candidates) if form else {}
    steps = path_to(session, contest.id, wilayah, lang)
    votes_sum = sum(recap.totals.get(name, 0) for name in votes)
    return RecapView(
        contest=contest,
        url=recap_url(contest.id, wilayah),
        name=steps[-1].name,
        path=steps[:-1],
        recap=recap,
        votes=tuple(
            VoteView(labels[name], value, share(value, votes_sum, lang))
            for name in votes
            for value in [recap.totals.get(name, 0)]
        ),
        votes_sum=votes_sum,
        columns=tuple(labels[name] for name in columns),
        totals=tuple(recap.totals.get(name, 0) for name in columns),
        child_level=rows[0].level if rows else "tps",
        children=tuple(
            ChildView(
                name=row.name,
                url=recap_url(contest.id, row.code),
                recap=row.recap,
                values=tuple(row.recap.totals.get(name, 0) for name in columns),
            )
            for row in rows
        ),
        others=other_rows(form, recap.totals, lang, contest),
    )


def names_of(form: FormSpec | None, roles: Sequence[str]) -> tuple[str, ...]:
    """The fields of these roles, in the order of the form."""
    if form is None:
        return ()
    return tuple(item.id for item in form.fields.values() if item.role in roles)


def share(value: int, whole: int, lang: Language) -> str:
    """A part in percent with two decimals, or nothing when the whole is nothing."""
    if not whole:
        return ""
    shown = f"{100 * value / whole:.2f} %"
    return shown.replace(".", ",") if lang == "id" else shown


def other_rows(
    form: FormSpec | None, totals: Mapping[str, int], lang: Language, contest: Contest
) -> tuple[OtherView, ...]:
    """The numbers of voters and ballots that at least one tally has."""
    if form is None:
        return ()
    names = [name for name in names_of(form, ("voters", "ballots")) if name in totals]
    return tuple(
        OtherView(
            group.label,
            tuple(ColumnValue(column, totals[name]) for name, column in group.fields),
        )
        for group in field_groups(form, names, lang, contest)
    )


def path_to(session: Session, contest: str, wilayah: str, lang: Language) -> tuple[Step, ...]:
    """The way from the whole election down to an area."""
    steps = [Step(text("recap.whole", lang), recap_url(contest))]
    parent = ""
    for level in LEVELS:
        digits = LEVEL_DIGITS[level]
        if digits > len(wilayah):
            break
        code = wilayah[:digits]
        names = {item.code: item.name for item in list_wilayah(session, parent)}
        steps.append(Step(names.get(code, code), recap_url(contest, code)))
        parent = code
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class ProofView:
    """One verified number with its ink, its reading and who confirmed it when."""

    label: str
    ink: str | None
    shown: str | None
    as_written: str
    value: int | None
    changed: bool
    note: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class PhotoLink:
    """A public copy of a photo."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    """One verification in the history of a TPS."""

    at: str
    by: str
    changes: str


@dataclass(frozen=True, slots=True)
class TpsView:
    """The page of one TPS."""

    contest: Contest
    tps: Tps
    path: tuple[Step, ...]
    form_title: str
    reference_layout: bool
    version: int
    numbers: tuple[ProofView, ...]
    photos: tuple[PhotoLink, ...]
    acknowledged: str
    history: tuple[HistoryView, ...]
    review_url: str | None


def tps_view(
    session: Session, detail: TpsDetail, zone: str, lang: Language, *, may_review: bool
) -> TpsView:
    """The latest tally of a TPS, every number with its proof."""
    contest, tps = detail.contest, detail.tps
    tally = detail.tallies[-1] if detail.tallies else None
    form = form_or_none(tally.form) if tally else main_form(contest)
    labels = field_labels(form, lang, contest.candidates) if form else {}
    resting = {item.id: item for item in detail.verifications}
    last = resting[tally.verifications[-1]] if tally else None
    open_sheet = detail.sheets[0] if detail.sheets else None
    return TpsView(
        contest=contest,
        tps=tps,
        path=path_to(session, contest.id, tps.code, lang)[:-1],
        form_title=form.title if form and tally else "",
        reference_layout=bool(form and tally and form.reference_layout),
        version=tally.version if tally else 0,
        numbers=proofs(session, tally, last, detail.readings, labels, zone) if tally else (),
        photos=photo_links(tally, detail.readings, lang) if tally else (),
        acknowledged=", ".join(
            f"{labels.get(check.fields[0], check.rule)} {grouped(check.left, lang)} ≠ "
            f"{grouped(check.right, lang)}"
            for check in (tally.checks if tally else ())
            if check.outcome == "broken" and check.severity == "hard"
            and check.left is not None and check.right is not None
        ),
        history=tuple(history_line(session, item, labels, zone) for item in detail.verifications),
        review_url=sheet_url(contest.id, tps.code, open_sheet.form)
        if may_review and open_sheet
        else None,
    )


def proofs(
    session: Session,
    tally: Tally,
    verification: Verification | None,
    readings: Sequence[StoredReading],
    labels: Mapping[str, str],
    zone: str,
) -> tuple[ProofView, ...]:
    """Every number of a tally beside what proves it."""
    if verification is None:
        return ()
    by = pseudonym(session, verification.reviewer)
    at = local_time(verification.at, zone)
    inks = {
        name: url
        for item in readings
        if item.id in verification.readings
        for name in tally.values
        if (url := picture_url(item, f"crop/{name}")) is not None
    }
    return tuple(
        ProofView(
            label=labels.get(name, name),
            ink=inks.get(name),
            shown=verification.fields[name].shown,
            as_written=tally.as_written[name],
            value=value,
            changed=verification.fields[name].shown != tally.as_written[name],
            note=verification.fields[name].note,
            by=by,
            at=at,
        )
        for name, value in tally.values.items()
    )


def photo_links(
    tally: Tally, readings: Sequence[StoredReading], lang: Language
) -> tuple[PhotoLink, ...]:
    """Public copies of the photos a tally rests on."""
    return tuple(
        PhotoLink(text("desk.photo", lang, n=item.reading.page), url)
        for item in readings
        if item.photo in tally.photos
        and item.reading is not None
        and (url := picture_url(item, "public")) is not None
    )


def history_line(
    session: Session, item: Verification, labels: Mapping[str, str], zone: str
) -> HistoryView:
    """One verification in one line: who, when, and what the person changed."""
    changes = ", ".join(
        f"{labels.get(name, name)} {confirmed.shown or '–'} → {confirmed.as_written}"
        for name, confirmed in item.fields.items()
        if confirmed.shown != confirmed.as_written
    )
    return HistoryView(local_time(item.at, zone), pseudonym(session, item.reviewer), changes)
