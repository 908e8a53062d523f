"""From what people confirmed to a tally: the only way there is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from digitizer.domain.confirmed import ALONE, Confirmed, Origin, OtherPapers, Verification
from digitizer.domain.form import FormSpec
from digitizer.domain.number import Number, spell
from digitizer.domain.other_papers import contradictions, together
from digitizer.domain.rules import RuleCheck, check_limits, check_rules
from digitizer.domain.tally import Tally
from digitizer.errors import VerificationRefused

__all__ = [
    "ALONE",
    "Confirmed",
    "Dispute",
    "NeedsReader",
    "Origin",
    "OtherPapers",
    "Verification",
    "differences",
    "verify",
]

KEYED_READERS: Final = 2
"""People who must agree on what no machine has read."""


@dataclass(frozen=True, slots=True)
class NeedsReader:
    """Another person must read these fields, blind, before there can be a tally."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dispute:
    """People read these fields differently, or two papers do; a supervisor settles it."""

    fields: tuple[str, ...]


def verify(
    form: FormSpec,
    verifications: Sequence[Verification],
    *,
    pages: Collection[int],
    tps: str,
    contest: str,
    version: int,
    registered: int | None = None,
    readers: int,
    others: OtherPapers = ALONE,
) -> Tally | NeedsReader | Dispute:
    """Turn the verifications of one version of a form into a tally, or say what is missing.

    A number of another paper stays where this one shows none; where both have one and they differ
    nobody knows which is right, until somebody decides.

    Args:
        form: the form that was shown.
        verifications: of this version only, by different people, at least one, oldest first.
        pages: numbers of the pages that were shown; every counted number on them must be confirmed.
        tps: code of the TPS; with the contest it is the key of the tally, the form never is.
        contest: id of the contest.
        version: 1 for the first tally of the TPS and contest, then counting up.
        registered: voters in the DPT of the TPS, when known.
        readers: how many people must agree, from `review.readers_needed`.
        others: what was confirmed of the other papers of the TPS and contest.

    Raises:
        VerificationRefused: the last verification leaves out a field that was shown or spells a
            field with the wrong number of boxes, or breaks a hard rule without saying that the
            paper does; or somebody decides about what they read themselves.
    """
    first, last = verifications[0], verifications[-1]
    _check_readers(verifications)
    # Those before it confirmed what was shown to them, here or on another installation.
    _check_complete(form, last, pages)
    _check_rules(form, last, registered)
    keyed = any(item.origin == "keyed" for item in verifications)
    # Whoever settles a dispute decides by what lies there now; others may have had a photo before
    # them that was moved to another TPS since.
    seen = (last,) if last.settles else verifications
    if last.settles:
        _check_settles(last, (*verifications[:-1], *others.all))
    elif differing := differences(verifications):
        return Dispute(differing)
    elif len(verifications) < max(readers, KEYED_READERS if keyed else 1):
        return NeedsReader(tuple(first.fields))
    beside = [item.said for item in others.beside]
    decided = [item.said for item in others.decided]
    if differing := contradictions(last.said, beside, decided):
        return Dispute(differing)
    taken = together(last.said, beside, decided)
    written = {name: item.as_written[name] for name, item in taken.items()}
    return Tally(
        tps=tps,
        contest=contest,
        version=version,
        form=form.id,
        values=MappingProxyType(_values(form, written)),
        as_written=MappingProxyType(written),
        verifications=tuple(item.id for item in verifications),
        photos=tuple(
            dict.fromkeys(photo for item in (*others.beside, *seen) for photo in item.photos)
        ),
        checks=checks_of(form, written, registered),
        origin="keyed" if keyed else "read",
        beside=tuple(item.id for item in others.beside),
        decided=tuple(item.id for item in others.decided),
    )


def differences(verifications: Sequence[Verification]) -> tuple[str, ...]:
    """Fields of which these verifications say different numbers, or some of them nothing."""
    names = dict.fromkeys(name for item in verifications for name in item.fields)
    return tuple(name for name in names if len(_numbers(name, verifications)) > 1)


def _numbers(name: str, verifications: Sequence[Verification]) -> set[Number | None]:
    """What is said of one field; None by whom it was not shown."""
    said = (item.fields.get(name) for item in verifications)
    return {None if confirmed is None else confirmed.number for confirmed in said}


def _values(form: FormSpec, written: Mapping[str, str]) -> dict[str, int | None]:
    """Every number of the tally; one on a page that nobody saw is a gap, never left out."""
    confirmed = {name: spell(boxes).value for name, boxes in written.items()}
    counted = {name: confirmed.get(name) for name, spec in form.fields.items() if spec.counted}
    others = {name: value for name, value in confirmed.items() if name not in form.fields}
    return {**counted, **others}


def checks_of(
    form: FormSpec, written: Mapping[str, str], registered: int | None
) -> tuple[RuleCheck, ...]:
    """Every rule and limit on confirmed glyphs."""
    values = {name: spell(boxes).value for name, boxes in written.items()}
    return check_rules(form, values) + check_limits(form, values, registered)


def _check_readers(verifications: Sequence[Verification]) -> None:
    """Whoever decides is none of those between whom they do, who may have read more than once."""
    *before, last = (item.reviewer for item in verifications)
    if last in before or (not verifications[-1].settles and len(set(before)) != len(before)):
        raise VerificationRefused(
            "the same person confirmed this form twice", "let another person read it"
        )


def _check_complete(form: FormSpec, item: Verification, pages: Collection[int]) -> None:
    needed = {name for name, spec in form.fields.items()
              if spec.counted and form.page_of[name] in pages}  # fmt: skip
    if missing := sorted(needed - set(item.fields)):
        raise VerificationRefused(
            f"{len(missing)} fields are not confirmed: {', '.join(missing)}",
            "confirm every number of the pages shown, or mark it unreadable with ?",
        )
    for name, confirmed in item.fields.items():
        spec = form.fields.get(name)
        if spec is None:
            raise VerificationRefused(
                f"form {form.id} has no field {name}", "open the form again and confirm its fields"
            )
        if len(confirmed.as_written) != len(spec.digit_boxes):
            raise VerificationRefused(
                f"{name} is {confirmed.as_written!r}, needed {len(spec.digit_boxes)} boxes",
                "write one glyph a box; _ stands for an empty box",
            )


def _check_settles(last: Verification, others: Sequence[Verification]) -> None:
    if last.reviewer in {item.reviewer for item in others}:
        raise VerificationRefused(
            "the same person read one of the papers between which they decide",
            "let another supervisor decide",
        )
    if set(last.settles) != {item.id for item in others}:
        raise VerificationRefused(
            "this decides between other readings than those that differ now",
            "open the form again and decide anew",
        )


def _check_rules(form: FormSpec, item: Verification, registered: int | None) -> None:
    for check in checks_of(form, item.said.as_written, registered):
        broken = check.outcome == "broken" and check.severity == "hard"
        if broken and check.rule not in item.acknowledged:
            raise VerificationRefused(
                f"rule {check.rule} is broken: {check.left} against {check.right}",
                "correct the number, or say that the paper itself is wrong",
            )
        said = any(item.fields[name].note for name in check.fields if name in item.fields)
        if broken and check.is_limit and not said:
            raise VerificationRefused(
                f"{check.fields[0]} is {check.right}, more than the {check.left} of {check.rule}, "
                "and nobody said why",
                "write the reason in the note of the number",
            )
