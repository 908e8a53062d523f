"""What people confirmed, and the only way from there to a tally."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from digitizer.domain.form import FormSpec
from digitizer.domain.number import Number, spell
from digitizer.domain.rules import RuleCheck, check_limits, check_rules
from digitizer.domain.tally import Tally
from digitizer.errors import VerificationRefused

Origin = Literal["read", "keyed"]
"""`read`: the machine's reading was shown and confirmed; `keyed`: typed from the photo alone."""

KEYED_READERS: Final = 2
"""People who must agree on what no machine has read."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One field as one person confirmed it.

    Attributes:
        as_written: the glyphs the person sees in the boxes, in the alphabet of `domain.glyph`.
        shown: what the machine's reading showed before, or None when the field arrived empty.
        blind: whether the field arrived empty on purpose.
        touched: whether the person typed in it (a field may be confirmed without).
        note: why, when the person said so.
    """

    as_written: str
    shown: str | None
    blind: bool = False
    touched: bool = False
    note: str = ""

    @property
    def number(self) -> Number:
        """What the confirmed glyphs spell."""
        return spell(self.as_written)


@dataclass(frozen=True, slots=True)
class Verification:
    """One person's reading of one form against the ink. Kept for ever, never changed.

    Attributes:
        id: of this verification; events and tallies name it.
        readings: ids of the readings that were shown.
        photos: sha256 of the photos that were shown.
        reviewer: random account id.
        acknowledged: rules of which the person says that the paper itself breaks them.
        settles: ids of the verifications between which a supervisor decides by this one.
    """

    id: str
    readings: tuple[str, ...]
    photos: tuple[str, ...]
    reviewer: str
    at: datetime
    fields: Mapping[str, Confirmed]
    acknowledged: tuple[str, ...] = ()
    seconds: float = 0.0
    origin: Origin = "read"
    settles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedsReader:
    """Another person must read these fields, blind, before there can be a tally."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dispute:
    """People read these fields differently; a supervisor settles it."""

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
) -> Tally | NeedsReader | Dispute:
    """Turn the verifications of one version of a form into a tally, or say what is missing.

    Args:
        form: the form that was shown.
        verifications: of this version only, by different people, at least one, oldest first.
        pages: numbers of the pages that were shown; every counted number on them must be confirmed.
        tps: code of the TPS; with the contest it is the key of the tally, the form never is.
        contest: id of the contest.
        version: 1 for the first tally of the TPS and contest, then counting up.
        registered: voters in the DPT of the TPS, when known.
        readers: how many people must agree, from `review.readers_needed`.

    Raises:
        VerificationRefused: the last verification leaves out a field that was shown or spells a
            field with the wrong number of boxes, or one breaks a hard rule without saying that the
            paper does.
    """
    first, last = verifications[0], verifications[-1]
    if len({item.reviewer for item in verifications}) != len(verifications):
        raise VerificationRefused(
            "the same person confirmed this form twice", "let another person read it"
        )
    # Those before it confirmed what was shown to them, here or on another installation.
    _check_complete(form, last, pages)
    for item in verifications:
        _check_rules(form, item, registered)
    keyed = any(item.origin == "keyed" for item in verifications)
    # Whoever settles a dispute decides by what lies there now; others may have had a photo before
    # them that was moved to another TPS since.
    seen = (last,) if last.settles else verifications
    if last.settles:
        _check_settles(last, verifications[:-1])
    elif differing := differences(verifications):
        return Dispute(differing)
    elif len(verifications) < max(readers, KEYED_READERS if keyed else 1):
        return NeedsReader(tuple(first.fields))
    return Tally(
        tps=tps,
        contest=contest,
        version=version,
        form=form.id,
        values=MappingProxyType(_values(form, last)),
        as_written=MappingProxyType({name: c.as_written for name, c in last.fields.items()}),
        verifications=tuple(item.id for item in verifications),
        photos=tuple(dict.fromkeys(photo for item in seen for photo in item.photos)),
        checks=checks_of(form, last.fields, registered),
        origin="keyed" if keyed else "read",
    )


def differences(verifications: Sequence[Verification]) -> tuple[str, ...]:
    """Fields of which these verifications say different numbers, or some of them nothing."""
    names = dict.fromkeys(name for item in verifications for name in item.fields)
    return tuple(name for name in names if len(_numbers(name, verifications)) > 1)


def _numbers(name: str, verifications: Sequence[Verification]) -> set[Number | None]:
    """What is said of one field; None by whom it was not shown."""
    said = (item.fields.get(name) for item in verifications)
    return {None if confirmed is None else confirmed.number for confirmed in said}


def _values(form: FormSpec, item: Verification) -> dict[str, int | None]:
    """Every number of the tally; one on a page that nobody saw is a gap, never left out."""
    confirmed = {name: field.number.value for name, field in item.fields.items()}
    return {name: confirmed.get(name) for name, spec in form.fields.items() if spec.counted}


def checks_of(
    form: FormSpec, fields: Mapping[str, Confirmed], registered: int | None
) -> tuple[RuleCheck, ...]:
    """Every rule and limit on confirmed values."""
    values = {name: confirmed.number.value for name, confirmed in fields.items()}
    return check_rules(form, values) + check_limits(form, values, registered)


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
    if set(last.settles) != {item.id for item in others}:
        raise VerificationRefused(
            "this decides between other readings than those that differ now",
            "open the form again and decide anew",
        )


def _check_rules(form: FormSpec, item: Verification, registered: int | None) -> None:
    for check in checks_of(form, item.fields, registered):
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
