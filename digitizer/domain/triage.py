"""Whether one key may confirm a form, or a person must look closer, and exactly why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from types import MappingProxyType
from typing import Literal

from digitizer.domain.gather import FormReading
from digitizer.domain.glyph import UNREADABLE
from digitizer.domain.number import spell
from digitizer.domain.policy import Policy
from digitizer.domain.reading import FieldReading, PageReading
from digitizer.domain.reconcile import Reconciliation
from digitizer.domain.rules import LIMIT_RULE, RuleCheck

ReasonCode = Literal[
    "unsure_box",
    "unreadable_box",
    "mark_after_digit",
    "mark_and_blank",
    "blank",
    "bubbles_disagree",
    "rule_broken",
    "over_limit",
    "photos_disagree",
    "coarse_photo",
    "blurred_photo",
    "loose_fit",
    "page_missing",
    "duplicate_elsewhere",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for doubt. `numbers` holds what was found and needed; wording.py words it."""

    code: ReasonCode
    field: str | None = None
    rule: str | None = None
    numbers: Mapping[str, int | float | str] = dataclass_field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True)
class Clear:
    """One key confirms the whole form. It never means accepted by itself."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A person must look at what the reasons name."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No number could be read from the photo: the stable code, what was found, what to do."""

    problem: str
    message: str
    hint: str


Verdict = Clear | Doubtful | Unreadable


def triage(
    reading: FormReading, reconciliation: Reconciliation, policy: Policy
) -> Clear | Doubtful:
    """Collect every reason for doubt; a form without any is clear.

    Missing pages and rules that stay unknown are no doubt about what was read.
    """
    fields = [item for item in reading.fields.values() if reading.form.fields[item.field].counted]
    reasons = (
        *(reason for page in reading.pages.values() for reason in _page_doubts(page, policy)),
        *(
            reason
            for item in fields
            for reason in _field_doubts(item, reconciliation.values[item.field].as_written, policy)
        ),
        *(Reason("photos_disagree", name) for name in reading.disputed),
        *(
            _rule_doubt(check)
            for check in reconciliation.checks
            if check.outcome == "broken" and check.severity == "hard"
        ),
    )
    return Doubtful(reasons) if reasons else Clear()


def _page_doubts(page: PageReading, policy: Policy) -> Iterator[Reason]:
    def doubt(code: ReasonCode, found: float, needed: float) -> Reason:
        return Reason(code, numbers={"page": page.page, "found": round(found, 3), "needed": needed})

    quality = page.quality
    if quality.box_pixels < policy.min_box_pixels:
        yield doubt("coarse_photo", quality.box_pixels, policy.min_box_pixels)
    if quality.sharpness < policy.min_sharpness:
        yield doubt("blurred_photo", quality.sharpness, policy.min_sharpness)
    if page.reprojection_error_mm > policy.max_reprojection_error_mm:
        yield doubt("loose_fit", page.reprojection_error_mm, policy.max_reprojection_error_mm)


def _field_doubts(item: FieldReading, as_written: str, policy: Policy) -> Iterator[Reason]:
    number = spell(as_written)
    unsure = [
        box
        for box, scores in enumerate(item.glyphs)
        if scores.top != UNREADABLE and scores.probability < policy.min_glyph_probability
    ]
    problem = item.number.problem or (number.problem if not unsure else None)
    if problem is not None:
        yield Reason(problem, item.field, numbers={"as_written": as_written})
    if unsure:
        worst = min(unsure, key=lambda box: item.glyphs[box].probability)
        found: dict[str, int | float | str] = {
            "box": worst + 1,
            "glyph": item.glyphs[worst].top,
            "probability": round(item.glyphs[worst].probability, 4),
            "needed": policy.min_glyph_probability,
        }
        yield Reason("unsure_box", item.field, numbers=found)
    bubbles = item.by("bubbles")
    top = bubbles.top if bubbles is not None else None
    if (
        top is not None
        and top.value is not None
        and number.value is not None
        and top.value != number.value
        and top.probability >= policy.min_bubble_probability
    ):
        disagreement: dict[str, int | float | str] = {
            "digits": item.as_written,
            "bubbles": top.value,
            "probability": round(top.probability, 4),
        }
        yield Reason("bubbles_disagree", item.field, numbers=disagreement)


def _rule_doubt(check: RuleCheck) -> Reason:
    limit = check.rule == LIMIT_RULE
    terms = check.fields[-len(check.parts) :]
    target = check.fields[0] if len(check.fields) > len(check.parts) else ""
    return Reason(
        "over_limit" if limit else "rule_broken",
        terms[0] if limit else None,
        check.rule,
        numbers={
            "target": target,
            "terms": " + ".join(terms),
            "left": check.left if check.left is not None else "",
            "right": check.right if check.right is not None else "",
            "sum": " + ".join(str(part) for part in check.parts),
            "relation": check.relation,
        },
    )
