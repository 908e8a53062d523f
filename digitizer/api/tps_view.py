"""What the page of one TPS shows: every verified number with its proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from digitizer.api.audience import Audience
from digitizer.api.corrected_view import (
    CorrectedNumber,
    CorrectionView,
    correction_view,
    corrections_url,
)
from digitizer.api.names import form_or_none, main_form, pseudonym
from digitizer.api.pages import grouped, local_time
from digitizer.api.proof_view import ProofView, proofs
from digitizer.api.recap_view import Step, path_to, recap_url, signed
from digitizer.api.sheet_parts import picture_url, sheet_url
from digitizer.domain.correction import Corrected, in_force
from digitizer.domain.election import Contest, Tps
from digitizer.domain.tally import Tally
from digitizer.domain.verification import Verification
from digitizer.store.missing import MissingState
from digitizer.store.readings import StoredReading
from digitizer.store.recaps import TpsDetail
from review_ui.i18n import Language, text
from review_ui.wording import field_labels


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
    """The page of one TPS.

    Attributes:
        rounds: in which it votes, each with its address.
        superseded_by: the round that counts instead of this one, if any does.
        missing: why its numbers count nowhere; None where they do.
    """

    contest: Contest
    rounds: tuple[tuple[Contest, str], ...]
    superseded_by: int | None
    missing: MissingState | None
    tps: Tps
    path: tuple[Step, ...]
    form_title: str
    reference_layout: bool
    version: int
    numbers: tuple[ProofView, ...]
    photos: tuple[PhotoLink, ...]
    acknowledged: str
    history: tuple[HistoryView, ...]
    corrections: tuple[CorrectionView, ...]
    review_url: str | None
    correct_url: str | None
    is_public: bool


def tps_view(
    session: Session, detail: TpsDetail, zone: str, lang: Language, looking: Audience
) -> TpsView:
    """The latest tally of a TPS, every number with its proof and what corrects it."""
    contest, tps = detail.contest, detail.tps
    tally = detail.tallies[-1] if detail.tallies else None
    form = form_or_none(tally.form) if tally else main_form(contest)
    labels = field_labels(form, lang, contest.candidates) if form else {}
    resting = {item.id: item for item in detail.verifications}
    behind = [resting[name] for name in tally.verifications if name in resting] if tally else []
    papers = [
        [resting[name] for name in names if name in resting]
        for names in ((tally.beside, tally.decided) if tally else ((), ()))
    ]
    # Those that made a tally, and those about which somebody decided from another paper.
    told = {
        name
        for made in detail.tallies
        for one in made.verifications
        for name in (one, *(resting[one].settles if one in resting else ()))
    }
    open_sheet = detail.sheets[0] if detail.sheets else None
    return TpsView(
        contest=contest,
        rounds=tuple((item, recap_url(item.id, tps.code)) for item in detail.rounds),
        superseded_by=next(
            (item.round for item in detail.rounds[-1:] if item.round > contest.round), None
        ),
        missing=detail.missing,
        tps=tps,
        path=path_to(session, contest.id, tps.code, lang)[:-1],
        form_title=form.title if form and tally else "",
        reference_layout=bool(form and tally and form.reference_layout),
        version=tally.version if tally else 0,
        numbers=beside(
            proofs(
                session, tally, behind, *papers,
                readings=detail.readings, labels=labels, zone=zone,
            ),
            tally, in_force(detail.corrections), lang, looking,
        )
        if tally
        else (),
        photos=photo_links(tally, detail.readings, lang) if tally else (),
        acknowledged=", ".join(
            f"{labels.get(check.fields[0], check.rule)} {grouped(check.left, lang)} ≠ "
            f"{grouped(check.right, lang)}"
            for check in (tally.checks if tally else ())
            if check.outcome == "broken"
            and check.severity == "hard"
            and check.left is not None
            and check.right is not None
        ),
        # A reading that waits for a second one is told nobody, least of all its second reader.
        history=tuple(
            history_line(session, item, labels, zone, named=not looking.is_public)
            for item in detail.verifications
            if item.id in told
        ),
        corrections=tuple(
            correction_view(session, item, labels, zone, looking) for item in detail.corrections
        ),
        review_url=sheet_url(contest.id, tps.code, open_sheet.form)
        if looking.may_review and open_sheet
        else None,
        correct_url=corrections_url(contest.id, tps.code)
        if looking.may_correct and tally
        else None,
        is_public=looking.is_public,
    )  # fmt: skip


def beside(
    numbers: Sequence[ProofView],
    tally: Tally,
    corrected: Mapping[str, Corrected],
    lang: Language,
    looking: Audience,
) -> tuple[ProofView, ...]:
    """Every number with what corrects it; for the public without names and notes.

    None of a tally whose verifications are not here: it has no proof that could be shown.
    """
    if not numbers:
        return ()
    found = []
    for name, item in zip(tally.values, numbers, strict=True):
        said = corrected.get(name)
        instead = None
        if said is not None:
            difference = signed(said.value - (item.value or 0), lang)
            instead = CorrectedNumber(said.value, said.level, difference)
        shown = replace(item, corrected=instead)
        found.append(replace(shown, by="", note="") if looking.is_public else shown)
    return tuple(found)


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
    session: Session,
    item: Verification,
    labels: Mapping[str, str],
    zone: str,
    *,
    named: bool = True,
) -> HistoryView:
    """One verification in one line: who, when, and what the person changed."""
    changes = ", ".join(
        f"{labels.get(name, name)} {confirmed.shown} → {confirmed.as_written}"
        for name, confirmed in item.fields.items()
        if confirmed.shown is not None and confirmed.shown != confirmed.as_written
    )
    by = pseudonym(session, item.reviewer) if named else ""
    return HistoryView(local_time(item.at, zone), by, changes)
