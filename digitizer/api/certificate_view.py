"""The certificate of digitisation as its page shows it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session

from digitizer.api.names import main_form
from digitizer.api.pages import grouped, local_time
from digitizer.api.recap_view import recap_url
from digitizer.domain.certificate import Certificate, Lead
from digitizer.domain.election import Contest
from digitizer.domain.sampling import needed_sample, risk_of
from digitizer.store.certificates import certificate_of
from digitizer.store.elections import get_contest
from digitizer.store.nodes import own_node
from digitizer.store.sample_keying import Item, items
from digitizer.store.samples import Sample, samples_of, verified_count
from review_ui.i18n import Language, text
from review_ui.wording import field_labels

SHARES: Final = (0.002, 0.005, 0.01, 0.02)
"""Shares of wrong stations for which the page says how large a sample must be."""


@dataclass(frozen=True, slots=True)
class LeadView:
    """Two candidates: by how much the first leads, and how much of it digitisation can have made.

    Attributes:
        share: of `votes` what can have moved, at most 1, for the bar.
    """

    first: str
    second: str
    votes: str
    most_moved: str
    share: float
    safe: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    """One station of the sample; `state` is a word of the catalogue."""

    position: int
    tps: str
    url: str
    state: str
    wrong: str
    settle_url: str | None


@dataclass(frozen=True, slots=True)
class CertificateView:
    """The page of one sample.

    Attributes:
        here: whether this installation announced it; no other draws, keys and settles it.
        statement: what the sample says, in sentences; empty until all of it is settled.
        keyed, settled: stations of the sample so far.
    """

    sample: Sample
    here: bool
    contest: Contest
    url: str
    announced_at: str
    drawn_at: str
    confidence: str
    certificate: Certificate | None
    statement: tuple[str, ...]
    keyed: int
    settled: int
    leads: tuple[LeadView, ...]
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class OfficeView:
    """The samples of one office, and how large another one would have to be.

    Attributes:
        open: whether this installation announced one that is not drawn yet.
        sizes: pairs of a share of wrong stations and the sample that rules out more.
    """

    contest: Contest
    verified: int
    samples: tuple[Sample, ...]
    open: bool
    sizes: tuple[tuple[str, int], ...]


def certificate_url(sample: str) -> str:
    """Address of the page of a sample."""
    return f"/certificates/{sample}"


def office_view(session: Session, contest: Contest, lang: Language, now: datetime) -> OfficeView:
    """The samples of an office."""
    known, here = samples_of(session, contest.id), own_node(session)
    verified = verified_count(session, contest.id, now)
    risk = risk_of(len(known) + 1)
    sizes = {share: needed_sample(verified, int(share * verified), risk) for share in SHARES}
    return OfficeView(
        contest=contest,
        verified=verified,
        samples=known,
        open=any(item.seed is None and item.node == here for item in known),
        sizes=tuple((per_cent(share, lang), size) for share, size in sizes.items() if verified),
    )


def certificate_view(
    session: Session, sample: Sample, zone: str, lang: Language, *, may_settle: bool
) -> CertificateView:
    """What a sample says, and how far each of its stations has come."""
    contest = get_contest(session, sample.contest)
    drawn = items(session, sample.id)
    found = certificate_of(session, sample.id) if drawn else None
    form = main_form(contest)
    labels = field_labels(form, lang, contest.candidates) if form else {}
    here = sample.node == own_node(session)
    return CertificateView(
        sample=sample,
        here=here,
        contest=contest,
        url=certificate_url(sample.id),
        announced_at=local_time(sample.at, zone),
        drawn_at=local_time(sample.drawn_at, zone) if sample.drawn_at else "",
        confidence=confidence(found.risk, lang) if found else "",
        certificate=found,
        statement=statement(found, lang) if found is not None and found.open == 0 else (),
        keyed=sum(item.keyed is not None for item in drawn),
        settled=len(drawn) - found.open if found else 0,
        leads=tuple(_lead(item, labels, lang) for item in found.leads) if found else (),
        items=tuple(_item(item, labels, may_settle=may_settle and here) for item in drawn),
    )


def statement(found: Certificate, lang: Language) -> tuple[str, ...]:
    """What follows from a sample that is settled, in sentences that can be quoted."""
    said = [
        text(
            "certificate.found",
            lang,
            wrong=grouped(found.wrong_numbers, lang),
            numbers=grouped(found.numbers, lang),
            stations=grouped(found.sample, lang),
        ),
        text(
            "certificate.bound",
            lang,
            confidence=confidence(found.risk, lang),
            most=grouped(found.most_wrong_stations, lang),
            population=grouped(found.population, lang),
            share=per_cent(found.most_wrong_share, lang),
        ),
    ]
    key = "certificate.safe" if all(item.safe for item in found.leads) else "certificate.unsafe"
    return (*said, text(key, lang)) if found.leads else tuple(said)


def per_cent(share: float, lang: Language) -> str:
    """A share in per cent, never rounded to less than it is.

    >>> per_cent(0.00551, "id")
    '0,56 %'
    >>> per_cent(0.95, "en")
    '95 %'
    """
    return _hundredths(math.ceil(round(share * 10_000, 6)), lang)


def confidence(risk: float, lang: Language) -> str:
    """How sure a bound is, in per cent, never rounded to more than it is.

    >>> confidence(0.05 / 3, "en")
    '98.33 %'
    """
    return _hundredths(math.floor(round((1 - risk) * 10_000, 6)), lang)


def _hundredths(hundredths: int, lang: Language) -> str:
    shown = f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")
    return f"{shown.replace('.', ',') if lang == 'id' else shown} %"


def _lead(item: Lead, labels: Mapping[str, str], lang: Language) -> LeadView:
    return LeadView(
        first=labels.get(item.first, item.first),
        second=labels.get(item.second, item.second),
        votes=grouped(item.votes, lang),
        most_moved=grouped(item.most_moved, lang),
        share=min(1.0, item.most_moved / item.votes) if item.votes else 1.0,
        safe=item.safe,
    )


def _item(item: Item, labels: Mapping[str, str], *, may_settle: bool) -> ItemView:
    if item.keyed is None:
        state = "waiting"
    elif item.unsettled:
        state = "differs"
    else:
        state = "wrong" if item.known.wrong else "right"
    # While it is open nobody is told what differs, least of all who may still be asked.
    wrong = item.known.wrong if state == "wrong" else ()
    return ItemView(
        position=item.position,
        tps=item.tps,
        url=recap_url(item.contest, item.tps),
        state=state,
        wrong=", ".join(labels.get(name, name) for name in wrong),
        settle_url=f"{certificate_url(item.sample)}/tps/{item.tps}/settle"
        if may_settle and item.unsettled
        else None,
    )
