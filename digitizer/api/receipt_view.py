"""What a sender sees of an upload: where it stands and, once read, its numbers beside the ink."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from digitizer.api.names import form_or_none, told_problem
from digitizer.api.pages import local_time
from digitizer.api.settled import settled_alone
from digitizer.api.sheet_parts import picture_url
from digitizer.domain.election import Contest, Tps
from digitizer.domain.policy import Policy
from digitizer.domain.verdict import PHOTO_REASONS, Doubtful
from digitizer.store.elections import get_election, tps_of
from digitizer.store.line import waiting_among
from digitizer.store.readings import StoredReading, readings_of
from digitizer.store.remarks import Remark, latest_remarks
from digitizer.store.rounds import contest_of
from digitizer.store.sheets import State, state_of_sheet
from digitizer.store.uploads import Upload
from review_ui.i18n import MISSING, Language, text
from review_ui.wording import field_labels, reason_hint, reason_text


@dataclass(frozen=True, slots=True)
class NumberView:
    """One number as the machine read it."""

    field: str
    label: str
    ink: str | None
    as_written: str


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """One upload as its sender sees it.

    Attributes:
        contest: id of the one that its photo is of, None while that is not known.
        reading: id of the reading whose numbers these are, None while there is none.
        remark: what its sender said last, of this reading or of one before it.
        in_line: while its photo waits to be read.
    """

    id: str
    title: str
    state: State
    problem: tuple[str, str] | None
    file_name: str
    at: str
    photo: str
    form_title: str
    reference_layout: bool
    reading: str | None
    numbers: tuple[NumberView, ...]
    photo_doubts: tuple[tuple[str, str], ...]
    remark: Remark | None
    in_line: bool
    contest: str | None


def receipt_view(session: Session, item: Upload, lang: Language, policy: Policy) -> ReceiptView:
    """Where an upload stands now."""
    (view,) = receipt_views(session, [item], lang, policy)
    return view


def receipt_views(
    session: Session, items: Sequence[Upload], lang: Language, policy: Policy
) -> tuple[ReceiptView, ...]:
    """The same of many; what can be asked of all of them at once is."""
    readings = readings_of(session, {item.photo for item in items})
    stations = tps_of(session, [item.tps for item in items if item.tps])
    remarks = latest_remarks(session, tuple(item.id for item in items))
    waiting = waiting_among(session, [item.id for item in items])
    election = get_election(session)
    zone = election.zone if election else "UTC"
    return tuple(
        _view(
            session, item, readings.get(item.photo), stations.get(item.tps or ""),
            remarks.get(item.id), waits=item.id in waiting, zone=zone, lang=lang, policy=policy,
        )
        for item in items
    )  # fmt: skip


def _view(
    session: Session,
    item: Upload,
    stored: StoredReading | None,
    station: Tps | None,
    remark: Remark | None,
    *,
    waits: bool,
    zone: str,
    lang: Language,
    policy: Policy,
) -> ReceiptView:
    shown = stored.reading.form if stored and stored.reading else None
    form = form_or_none(shown)
    contest = contest_of(session, item.id, shown) if shown else None
    problem = stored.problem if stored else None
    return ReceiptView(
        id=item.id,
        title=f"{station.name} {station.desa} · {station.dotted}"
        if station
        else text("upload.unassigned", lang),
        state=_state(session, item, stored, contest),
        problem=told_problem(problem, lang) if problem else None,
        file_name=item.file_name or MISSING,
        at=local_time(item.at, zone),
        photo=item.photo,
        form_title=form.title if form else "",
        reference_layout=form.reference_layout if form else False,
        reading=stored.id if stored and stored.reading else None,
        numbers=_numbers(contest, stored, lang, policy) if stored else (),
        photo_doubts=photo_doubts(stored, lang, policy) if stored else (),
        remark=remark,
        in_line=waits,
        contest=contest.id if contest else None,
    )


def _state(
    session: Session, item: Upload, stored: StoredReading | None, contest: Contest | None
) -> State:
    """The state of an upload, as the queue names it."""
    if stored is None:
        return "waiting"
    if stored.reading is None:
        return "unreadable"
    if item.tps is None or contest is None:
        return "unassigned"
    return state_of_sheet(session, contest.id, item.tps, stored.reading.form) or "waiting"


def _numbers(
    contest: Contest | None, stored: StoredReading, lang: Language, policy: Policy
) -> tuple[NumberView, ...]:
    """The counted numbers of a reading; a guess is left open."""
    reading = stored.reading
    form = form_or_none(reading.form) if reading else None
    if reading is None or form is None:
        return ()
    labels = field_labels(form, lang, contest.candidates if contest else ())
    values = settled_alone(stored.id, reading, policy).reconciliation.values
    return tuple(
        NumberView(name, labels[name], picture_url(stored, f"crop/{name}"), value.shown)
        for name, value in values.items()
        if form.fields[name].counted
    )


def photo_doubts(
    stored: StoredReading, lang: Language, policy: Policy
) -> tuple[tuple[str, str], ...]:
    """What a better photo would mend, and how: the sender may still be beside the form."""
    form = form_or_none(stored.reading.form) if stored.reading else None
    if stored.reading is None or form is None:
        return ()
    verdict = settled_alone(stored.id, stored.reading, policy).verdict
    labels = field_labels(form, lang)
    return tuple(
        (reason_text(reason, lang, labels), reason_hint(reason, lang))
        for reason in (verdict.reasons if isinstance(verdict, Doubtful) else ())
        if reason.code in PHOTO_REASONS
    )
