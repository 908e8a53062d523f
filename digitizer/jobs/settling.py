"""Settling the sheets that a photo touches, from all the readings that are kept.

A sheet is settled while the chain is locked, since its state rests on facts that others add. What
costs most of it rests on the readings alone and can be done before (`foresee`), so that many
workers on many machines do not wait for each other's arithmetic.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from digitizer.domain.codec import settled_to_json
from digitizer.domain.election import Contest
from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.settle import Digitization, settle
from digitizer.forms import load_form
from digitizer.jobs.doubts import doubted, sheet_doubts
from digitizer.jobs.elsewhere import photos_alike
from digitizer.store import elections
from digitizer.store.form_readings import Dated, dated_readings, readings_foreseen
from digitizer.store.rounds import photos_since, places_of, places_of_all, rounds_of
from digitizer.store.sheets import drop_sheet, save_sheet
from digitizer.store.shown_pages import form_of
from digitizer.store.single_uploads import photos_without_place, refresh_singles

Sheet = tuple[str, str, str]
"""Contest, TPS and form."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a form comes to when it has these readings, and the TPS so many voters."""

    readings: tuple[PageReading, ...]
    registered: int | None
    settled: Digitization


def foresee(session: Session, coming: PageReading | None, policy: Policy) -> tuple[Foreseen, ...]:
    """Settle the forms that a reading will belong to once it is kept; nothing is kept here."""
    if coming is None:
        return ()
    found: list[Foreseen] = []
    for contest, code in sorted(places_of(session, coming.photo, coming.form)):
        registered = _registered(session, code)
        for name in _forms(elections.get_contest(session, contest), coming.form):
            if readings := readings_foreseen(session, contest, code, name, coming):
                settled = settle(readings, load_form(name), policy, registered)
                found.append(Foreseen(readings, registered, settled))
    return tuple(found)


def settle_photo(
    session: Session,
    photo: str,
    now: datetime,
    policy: Policy,
    foreseen: Sequence[Foreseen] = (),
    *,
    left: Collection[Sheet] = (),
) -> None:
    """Settle every sheet to which a photo, or another one of the same paper, belongs.

    A paper sent for two TPS belongs to two sheets, and both become doubtful; the caller commits.
    What was `foreseen` is taken where it has come true. Sheets that the photo may have `left`, as
    it was read again, are settled too.
    """
    for place in sorted({*left, *sheets_of_photo(session, photo, policy)}):
        resettle(session, *place, now, policy, foreseen)


def sheets_of_photo(session: Session, photo: str, policy: Policy) -> frozenset[Sheet]:
    """Contest, TPS and form of every sheet to which a photo, or one of the same paper, belongs."""
    form = form_of(session, photo)
    if form is None:
        return frozenset()
    return frozenset((*place, form) for place in touched(session, photo, form, policy))


def touched(session: Session, photo: str, form: str, policy: Policy) -> frozenset[tuple[str, str]]:
    """Contest and TPS of every sheet whose verdict a photo has a part in."""
    return places_of_all(session, (photo, *photos_alike(session, photo, policy)), form)


def settle_ordered(session: Session, contest: Contest, now: datetime, policy: Policy) -> None:
    """Settle what an order moves: photos sent since then are of this round now, and perhaps those
    that were of none; the caller commits.
    """
    rounds = rounds_of(session, contest)
    since = photos_since(session, contest, contest.since or now)
    for photo in sorted({*since, *photos_without_place(session)}):
        refresh_singles(session, photo)
        form = form_of(session, photo)
        if form is None:
            continue
        codes = {code for _, code in places_of(session, photo, form)}
        for code in sorted(codes):
            for item in rounds:
                if form in item.form_ids:
                    resettle(session, item.id, code, form, now, policy)


def resettle(
    session: Session,
    contest: str,
    code: str,
    form: str,
    now: datetime,
    policy: Policy,
    foreseen: Sequence[Foreseen] = (),
) -> None:
    """Settle one form of one TPS from the readings that belong to it now; the caller commits.

    The other papers of the TPS and contest are settled with it, since each may contradict another.
    """
    round_ = elections.get_contest(session, contest)
    registered = _registered(session, code)
    papers: dict[str, tuple[Sequence[Dated], Digitization]] = {}
    for name in _forms(round_, form):
        dated: Sequence[Dated] = dated_readings(session, contest, code, name)
        if dated:
            readings = tuple(item.reading for _, item in dated if item.reading is not None)
            papers[name] = dated, _settled(readings, name, policy, registered, foreseen)
    if form not in papers:
        drop_sheet(session, contest, code, form)
    for name, (dated, settled) in papers.items():
        others = [item for other, (_, item) in papers.items() if other != name]
        stored = [item for _, item in dated]
        reasons = sheet_doubts(session, round_, code, stored, settled, others, policy)
        verdict = doubted(settled.verdict, tuple(reasons))
        values = settled_to_json(settled)
        save_sheet(session, contest, code, name, verdict, values, now, policy.key, dated)


def _settled(
    readings: tuple[PageReading, ...],
    form: str,
    policy: Policy,
    registered: int | None,
    foreseen: Sequence[Foreseen],
) -> Digitization:
    for item in foreseen:
        if (item.readings, item.registered, item.settled.policy) == (readings, registered, policy):
            return item.settled
    return settle(readings, load_form(form), policy, registered)


def _forms(contest: Contest, form: str) -> Sequence[str]:
    """A form, and the others of its contest."""
    return tuple(dict.fromkeys((form, *contest.form_ids)))


def _registered(session: Session, code: str) -> int | None:
    station = elections.tps(session, code)
    return None if station is None else station.registered
