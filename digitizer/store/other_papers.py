"""What was confirmed of the other papers of a TPS and contest, and which readings are answered."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, exists, select

from digitizer.domain.codec import verification_from_json
from digitizer.domain.other_papers import together
from digitizer.domain.standing import lies_elsewhere
from digitizer.domain.tally import Tally
from digitizer.domain.verification import ALONE, OtherPapers, Verification
from digitizer.store.form_readings import uploaders
from digitizer.store.review_tables import WithdrawalRow
from digitizer.store.tables import TallyRecord, VerificationRow
from digitizer.store.uploads import uploads_of_photos

IN_ORDER: Final = (col(VerificationRow.version), col(VerificationRow.at), col(VerificationRow.id))
"""Verifications, the oldest first."""


class Made(NamedTuple):
    """A verification that stands and decided a tally, and the paper of that."""

    form: str
    verification: Verification


def other_papers(
    session: Session, contest: str, tps: str, form: str, between: Sequence[str]
) -> OtherPapers:
    """What was confirmed of the other papers than this form.

    `between` are the verifications between which somebody decides. A paper of which a photo was
    moved away since lends no numbers, though whoever decides does so against it too.
    """
    made = _made(session, contest, tps)
    latest = {item.form: item.verification for item in made if item.form != form}
    if not latest and not between:
        return ALONE
    lie: defaultdict[str, set[str | None]] = defaultdict(set)
    for sent in uploads_of_photos(session, [p for one in latest.values() for p in one.photos]):
        lie[sent.photo].add(sent.tps)
    beside = tuple(
        item.verification
        for item in made
        if latest.get(item.form) is item.verification
        and not lies_elsewhere(tps, item.verification.photos, lie)
    )
    ids = {item.id for item in beside}
    return OtherPapers(
        beside=beside,
        decided=tuple(
            item.verification
            for item in made
            if item.verification.id not in ids and ids.intersection(item.verification.settles)
        ),
        between=tuple(
            verification_from_json(row.body)
            for row in _given(session, [name for name in between if name not in ids])
            if row.form != form
        ),
    )


def senders_of(session: Session, contest: str, tps: str, others: OtherPapers) -> frozenset[str]:
    """Ids of the accounts that sent a photo of any of these papers: none decides against them.

    Of each paper as it lies there now, and of what was confirmed of it, wherever that was moved.
    """
    if not others.all:
        return frozenset()
    forms = {row.form for row in _given(session, [item.id for item in others.all])}
    sent = uploads_of_photos(session, [photo for item in others.all for photo in item.photos])
    now = (uploaders(session, contest, tps, form) for form in forms)
    return frozenset(item.account for item in sent).union(*now)


def answered(session: Session, contest: str, tps: str, form: str) -> frozenset[str]:
    """Ids of the verifications of a form about which somebody decided from another paper."""
    others = (item for item in _made(session, contest, tps) if item.form != form)
    return frozenset(name for item in others for name in item.verification.settles)


def confirmed_on(session: Session, tally: Tally) -> Mapping[str, Mapping[str, str]]:
    """The glyphs of a tally as they stand on each of its papers, by form and field."""
    if not tally.beside:
        return {tally.form: tally.as_written}
    deciding = (*tally.beside, tally.verifications[-1])
    return {
        row.form: {name: said["as_written"] for name, said in row.body["fields"].items()}
        for row in _given(session, deciding)
    }


def taken_from(session: Session, tally: Tally) -> Mapping[str, str]:
    """The form of the paper from which each number of a tally is taken; empty with one paper."""
    if not tally.beside:
        return {}
    last = tally.verifications[-1]
    rows = {row.id: row for row in _given(session, (last, *tally.beside, *tally.decided))}
    said = {name: verification_from_json(row.body).said for name, row in rows.items()}
    beside = [said[name] for name in tally.beside if name in said]
    decided = [said[name] for name in tally.decided if name in said]
    taken = together(said[last], beside, decided) if last in said else {}
    return {name: rows[item.id].form for name, item in taken.items()}


def places_of_papers(session: Session) -> frozenset[tuple[str, str]]:
    """Contest and TPS of every place of which more than one paper was verified."""
    form = col(VerificationRow.form)
    query = select(VerificationRow.contest, VerificationRow.tps).group_by(
        col(VerificationRow.contest), col(VerificationRow.tps)
    )
    found = session.exec(query.having(func.min(form) < func.max(form)))
    return frozenset((contest, tps) for contest, tps in found)


def _made(session: Session, contest: str, tps: str) -> tuple[Made, ...]:
    """What decided each tally of a place, oldest version first, as `tallies.dated_tallies`."""
    tallies = session.exec(
        select(TallyRecord)
        .where(col(TallyRecord.contest) == contest, col(TallyRecord.tps) == tps)
        .order_by(col(TallyRecord.version), col(TallyRecord.node).desc())
    ).all()
    deciding = [name for row in tallies for name in row.body["verifications"][-1:]]
    given = {row.id: row for row in _given(session, deciding)}
    return tuple(
        Made(given[name].form, verification_from_json(given[name].body))
        for name in deciding
        if name in given
    )


def _given(session: Session, names: Sequence[str]) -> Sequence[VerificationRow]:
    """Of these verifications those that stand, oldest first."""
    if not names:
        return ()
    query = select(VerificationRow).where(
        col(VerificationRow.id).in_(names),
        ~exists().where(col(WithdrawalRow.verification) == col(VerificationRow.id)),
    )
    return session.exec(query.order_by(*IN_ORDER)).all()
