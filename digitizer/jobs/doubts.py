"""Doubts that lie in a whole sheet and in what is known beside it, not in the ink of one photo."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlmodel import Session

from digitizer.domain.election import Contest
from digitizer.domain.papers import compare_papers
from digitizer.domain.policy import Policy
from digitizer.domain.settle import Digitization
from digitizer.domain.verdict import Clear, Doubtful, Reason, Verdict
from digitizer.jobs.elsewhere import reasons_elsewhere
from digitizer.store.glyph_marks import marks_on
from digitizer.store.readings import StoredReading
from digitizer.store.remarks import objections, reasons_of
from digitizer.store.rounds import rounds_at, voting_rounds
from digitizer.store.uploads import uploads_for_tps


def sheet_doubts(
    session: Session,
    contest: Contest,
    code: str,
    stored: Sequence[StoredReading],
    settled: Digitization,
    others: Sequence[Digitization],
    policy: Policy,
) -> Iterator[Reason]:
    """Every such doubt of one form of a TPS.

    Args:
        session: where the photos, marks and rounds are.
        contest: of the form.
        code: of the TPS.
        stored: the readings that the form was settled from.
        settled: what they came to.
        others: the other papers of the TPS and contest, settled.
        policy: says which photos are so much alike that they may show one paper.
    """
    yield from _between_papers(settled, others)
    for page in settled.reading.missing_pages:
        yield Reason("page_missing", numbers={"page": page})
    for mark in marks_on(session, stored):
        yield Reason("marked_box", mark.field, numbers={"box": mark.box + 1, "glyph": mark.glyph})
    for said in objections(session, code, {item.photo for item in stored}):
        yield from reasons_of(said)
    yield from reasons_elsewhere(session, stored, code, policy)
    yield from _round_unsure(session, contest, stored, code)


def _between_papers(settled: Digitization, others: Sequence[Digitization]) -> Iterator[Reason]:
    for other in others:
        yield from compare_papers(settled.reconciliation, other.reconciliation, other.reading.form)


def _round_unsure(
    session: Session, contest: Contest, stored: Sequence[StoredReading], code: str
) -> Iterator[Reason]:
    """A doubt where a TPS votes more than once, and the round of a photo is but likely.

    Nobody is asked of what was sent before any later round: it can be of the first alone.
    """
    if len(voting_rounds(session, contest.id, code)) < 2:
        return
    rounds = rounds_at(session, contest, code)
    named: dict[str, set[str | None]] = {}
    for item in uploads_for_tps(session, code):
        named.setdefault(item.photo, set()).add(item.contest)
    others = {item.id for item in rounds} - {contest.id}
    later = contest.id != rounds[0].id
    for said in (named.get(item.photo, set()) for item in stored):
        if said & others or (later and contest.id not in said):
            yield Reason("round_unsure", numbers={"round": contest.round})
            return


def doubted(verdict: Verdict, reasons: tuple[Reason, ...]) -> Verdict:
    """The verdict with reasons that lie in the whole sheet, not in what was read."""
    match verdict:
        case Clear() if reasons:
            return Doubtful(reasons)
        case Doubtful():
            return replace(verdict, reasons=verdict.reasons + reasons)
        case _:
            return verdict
