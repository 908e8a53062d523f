"""Whether one key may confirm a form, or a person must look closer, and exactly why."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Final, Literal

from digitizer.domain.form import FieldSpec
from digitizer.domain.gather import FormReading
from digitizer.domain.glyph import UNREADABLE
from digitizer.domain.number import spell
from digitizer.domain.policy import Policy
from digitizer.domain.reading import FieldQuality, FieldReading, PageReading, Source
from digitizer.domain.reconcile import Reconciliation
from digitizer.domain.rules import LIMIT_RULE, RuleCheck
from digitizer.errors import NO_NUMBERS, Numbers

ReasonCode = Literal[
    "unsure_box",
    "unreadable_box",
    "mark_after_digit",
    "mark_and_blank",
    "blank",
    "bubbles_disagree",
    "tally_disagrees",
    "row_sums_disagree",
    "rule_broken",
    "over_limit",
    "photos_disagree",
    "coarse_photo",
    "blurred_photo",
    "loose_fit",
    "locations_disagree",
    "form_unsure",
    "cut_off",
    "glare_on_field",
    "shadow_on_field",
    "bent_field",
    "page_missing",
    "duplicate_elsewhere",
]

PHOTO_REASONS: Final[frozenset[ReasonCode]] = frozenset(
    {
        "coarse_photo",
        "blurred_photo",
        "loose_fit",
        "locations_disagree",
        "form_unsure",
        "cut_off",
        "glare_on_field",
        "shadow_on_field",
        "bent_field",
    }
)
"""Reasons that lie in the photo and not in the ink: a better photo would mend them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for doubt. `numbers` holds what was found and needed; wording.py words it."""

    code: ReasonCode
    field: str | None = None
    rule: str | None = None
    numbers: Numbers = dataclass_field(default_factory=lambda: NO_NUMBERS)


@dataclass(frozen=True, slots=True)
class Clear:
    """One key confirms the whole form. It never means accepted by itself."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A person must look at what the reasons name."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No number could be read from the photo: the stable code, what was found, what to do.

    `numbers` are those of `PhotoError`; a problem kept before they were has none.
    """

    problem: str
    message: str
    hint: str
    numbers: Numbers = dataclass_field(default_factory=lambda: NO_NUMBERS)


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
            for page in reading.pages.values()
            for name, quality in page.field_quality.items()
            if name in reading.form.fields and reading.form.fields[name].counted
            for reason in _view_doubts(reading.form.fields[name], page.page, quality, policy)
        ),
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
    if page.rivals:
        said = {"page": page.page, "method": page.method, "rivals": ", ".join(page.rivals)}
        yield Reason("locations_disagree", numbers=said)
    if page.identity == "layout":
        yield Reason("form_unsure", numbers={"page": page.page})


def _view_doubts(
    field: FieldSpec, page: int, quality: FieldQuality, policy: Policy
) -> Iterator[Reason]:
    """Why the photo does not show a field well enough, whatever was read there."""

    def doubt(code: ReasonCode, found: float, needed: float) -> Reason:
        return Reason(code, field.id, numbers={"page": page, "found": found, "needed": needed})

    if not quality.whole:
        yield Reason("cut_off", field.id, numbers={"page": page})
    if quality.glare > policy.max_glare:
        boxes = len(field.digit_boxes)
        yield doubt("glare_on_field", round(quality.glare * boxes), int(policy.max_glare * boxes))
    if quality.shade > policy.max_shade:
        left = int(100 * (1 - quality.shade))
        yield doubt("shadow_on_field", left, round(100 * (1 - policy.max_shade)))
    side = min(min(box.width, box.height) for box in field.digit_boxes)
    limit = policy.max_residual_boxes * side
    if quality.residual_mm is not None and quality.residual_mm > limit:
        yield doubt("bent_field", round(quality.residual_mm, 1), round(limit, 1))


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
    yield from _witness_doubts(item, number.value, policy)


def _witness_doubts(item: FieldReading, value: int | None, policy: Policy) -> Iterator[Reason]:
    """Where another witness surely says another number than the digits."""
    witnesses: tuple[tuple[Source, ReasonCode, float], ...] = (
        ("bubbles", "bubbles_disagree", policy.min_bubble_probability),
        ("tally", "tally_disagrees", policy.min_tally_probability),
        ("rowsums", "row_sums_disagree", policy.min_tally_probability),
    )
    for source, code, needed in witnesses:
        evidence = item.by(source)
        top = evidence.top if evidence is not None else None
        if top is None or top.value is None or value is None:
            continue
        if top.value != value and top.probability >= needed:
            said: dict[str, int | float | str] = {
                "digits": item.as_written,
                source: top.value,
                "probability": round(top.probability, 4),
            }
            yield Reason(code, item.field, numbers=said)


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
