"""What the queue shows: every upload, in the order of what needs a person first."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Final, get_args
from urllib.parse import urlencode

from sqlmodel import Session

from digitizer.api.names import contest_name, form_or_none, form_title, told_problem
from digitizer.api.opening import showing_of
from digitizer.api.pages import local_time
from digitizer.api.sheet_parts import sheet_url
from digitizer.api.web import Web
from digitizer.domain.election import Contest, Election
from digitizer.domain.form import FormSpec
from digitizer.domain.verdict import PHOTO_REASONS, Doubtful, ReasonCode, Unreadable
from digitizer.store.accounts import Account
from digitizer.store.elections import contests as list_contests
from digitizer.store.elections import get_election
from digitizer.store.form_readings import uploaders
from digitizer.store.queue_lines import Wanted
from digitizer.store.sheets import QueueRow, State, queue, queue_counts
from digitizer.store.tallies import latest_version
from digitizer.store.uploads import uploads_of
from review_ui.i18n import Language, text
from review_ui.wording import field_labels, reason_text

SIGNS: Final[dict[State, str]] = {
    "disputed": "⚖",
    "escalated": "↑",
    "doubtful": "≈",
    "new_photo": "↻",
    "remarked": "!",
    "needs_reader": "2",
    "clear": "✓",
    "unassigned": "?",
    "unreadable": "✕",
    "waiting": "…",
    "verified": "●",
}
PER_GROUP: Final = 20
PER_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class RowView:
    """One line of the queue."""

    title: str
    place: str
    form_title: str
    reference_layout: bool
    file_name: str
    photo: str | None
    at: str
    problem: tuple[str, str] | None
    reasons: tuple[str, ...]
    note: str
    url: str | None
    assign_url: str | None
    key_url: str | None
    own: bool


@dataclass(frozen=True, slots=True)
class GroupView:
    """The lines of one state; `count` may be more than are shown."""

    state: State
    sign: str
    count: int
    rows: tuple[RowView, ...]
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be asked for, each as its key and its words."""

    states: tuple[tuple[str, str], ...]
    forms: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class QueueView:
    """The whole queue, or what was asked for."""

    counts: dict[str, int]
    groups: tuple[GroupView, ...]
    only: State | None
    wanted: Wanted
    choices: Choices


def queue_view(
    session: Session,
    web: Web,
    account: Account,
    lang: Language,
    *,
    only: State | None,
    wanted: Wanted,
    page: int,
) -> QueueView:
    """The queue for one account, grouped by state; `page` counts from 1 within `only`."""
    counts = queue_counts(session, wanted)
    states: tuple[State, ...] = (only,) if only else get_args(State)
    maker = _RowMaker(session, web, account, lang)
    return QueueView(
        counts={str(state): counts[state] for state in counts},
        groups=tuple(
            _group(session, maker, state, counts[state], wanted, page if only else 0)
            for state in states
            if counts[state]
        ),
        only=only,
        wanted=wanted,
        choices=Choices(
            states=_choices(get_args(State), lambda state: text(f"queue.{state}", lang)),
            forms=_choices(_forms(session), form_title),
            reasons=_choices(get_args(ReasonCode), lambda code: text(f"doubt.{code}", lang)),
        ),
    )


def _forms(session: Session) -> Iterable[str]:
    return dict.fromkeys(form for item in list_contests(session) for form in item.form_ids)


def _choices(names: Iterable[str], title: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((name, title(name)) for name in names), key=lambda pair: pair[1]))


def _group(
    session: Session, maker: "_RowMaker", state: State, count: int, wanted: Wanted, page: int
) -> GroupView:
    """The lines of one state: a page of them, or with page 0 only the first."""
    size = PER_PAGE if page else PER_GROUP
    start = size * (page - 1) if page else 0
    rows = queue(session, state=state, wanted=wanted, limit=size, offset=start)
    end = start + len(rows)

    def at(number: int) -> str:
        asked = {name: value for name, value in asdict(wanted).items() if value}
        return f"/queue?{urlencode({'state': state, **asked, 'page': number})}"

    return GroupView(
        state=state,
        sign=SIGNS[state],
        count=count,
        rows=tuple(maker.row(item) for item in rows),
        newer=at(page - 1) if start else None,
        older=at(page + 1) if end < count else None,
    )


class _RowMaker:
    """Turns rows into lines; what all lines share is looked up once."""

    def __init__(self, session: Session, web: Web, account: Account, lang: Language) -> None:
        self.session = session
        self.web = web
        self.account = account
        self.lang = lang
        self.contests: dict[str, Contest] = {item.id: item for item in list_contests(session)}
        election: Election | None = get_election(session)
        self.zone = election.zone if election else "UTC"
        self.sends = bool(uploads_of(session, account.id, limit=1))

    def row(self, item: QueueRow) -> RowView:
        form = form_or_none(item.form)
        own = item.upload is None and self._is_own(item)
        tps = item.tps
        place = f"{tps.desa}, {tps.kecamatan}, {tps.kabkota} · {tps.dotted}" if tps else ""
        return RowView(
            title=f"{tps.name} {tps.desa}" if tps else item.file_name,
            place=" · ".join(part for part in (place, self._contest_title(item.contest)) if part),
            form_title=form.title if form else "",
            reference_layout=form.reference_layout if form else False,
            file_name=item.file_name,
            photo=item.photo,
            at=local_time(item.at, self.zone),
            problem=self._problem(item),
            reasons=self._reasons(item),
            note=text("queue.own", self.lang) if own else "",
            url=self._url(item),
            assign_url=f"/uploads/{item.upload}/assign" if item.state == "unassigned" else None,
            key_url=f"/uploads/{item.upload}/keying" if item.keyable and not own else None,
            own=own,
        )

    def _contest_title(self, contest: str | None) -> str:
        return contest_name(self.contests[contest], self.lang) if contest in self.contests else ""

    def _is_own(self, item: QueueRow) -> bool:
        if item.contest is None or item.tps is None or item.form is None or not self.sends:
            return False
        return self.account.id in uploaders(self.session, item.contest, item.tps.code, item.form)

    def _problem(self, item: QueueRow) -> tuple[str, str] | None:
        if isinstance(item.verdict, Unreadable):
            return told_problem(item.verdict, self.lang)
        return None

    def _reasons(self, item: QueueRow) -> tuple[str, ...]:
        form = form_or_none(item.form)
        if not isinstance(item.verdict, Doubtful) or form is None:
            return ()
        blind = self._is_blind(item, form)
        contest = self.contests.get(item.contest or "")
        labels = field_labels(form, self.lang, contest.candidates if contest else ())
        # What lies in the photo tells nothing of what was read on it.
        told = [
            reason_text(reason, self.lang, labels)
            for reason in item.verdict.reasons
            if not blind or reason.code in PHOTO_REASONS
        ]
        if len(told) < len(item.verdict.reasons):
            told.append(text("queue.withheld", self.lang))
        return tuple(told)

    def _is_blind(self, item: QueueRow, form: FormSpec) -> bool:
        """Whether whoever reads this form next may not know what was read on it."""
        if item.contest is None or item.tps is None or item.verdict is None:
            return False
        version = latest_version(self.session, item.contest, item.tps.code)
        place = (item.contest, item.tps.code, form.id)
        earlier = 1 if item.state == "needs_reader" else 0
        return showing_of(self.web, form, place, version, item.verdict, earlier=earlier).whole

    def _url(self, item: QueueRow) -> str | None:
        if item.upload is not None or not (item.contest and item.tps and item.form):
            return None
        if item.state == "verified":
            return f"/recap/{item.contest}/tps/{item.tps.code}"
        return sheet_url(item.contest, item.tps.code, item.form)
