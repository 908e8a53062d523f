"""Whether one key may confirm a form, or a person must look closer, and exactly why."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from digitizer.domain.form import FieldSpec
from digitizer.domain.gather import FormReading
from digitizer.domain.glyph import UNREADABLE
from digitizer.domain.number import NumberProblem, spell
from digitizer.domain.policy import Policy
from digitizer.domain.reading import FieldReading, PageReading, Source
from digitizer.domain.reconcile import FieldValue, Reconciliation
from digitizer.domain.rules import RuleCheck
from digitizer.domain.verdict import Clear, Doubtful, Reason, ReasonCode

UNREADABLE_BOX: Final[NumberProblem] = "unreadable_box"


def triage(
    reading: FormReading, reconciliation: Reconciliation, policy: Policy
) -> Clear | Doubtful:
    """Collect every reason for doubt; a form without any is clear.

    Missing pages and rules that stay unknown are no doubt about what was read.
    """
    form = reading.form
    counted = [name for name in reading.fields if form.fields[name].counted]
    in_broken_sum = {
        name
        for check in broken_sums(reconciliation)
        if check.relation == "equals"
        for name in check.fields
    }
    moved = [value for value in reconciliation.values.values() if value.moved_by is not None]
    reasons = (
        *(_moved(value, reconciliation) for value in moved if value.field in counted),
        *(doubt for page in _sources(reading, counted) for doubt in _page_doubts(page, policy)),
        *(
            doubt
            for name in counted
            for doubt in _view_doubts(form.fields[name], reading.taken_from[name], policy)
        ),
        *(
            doubt
            for name in counted
            for doubt in _field_doubts(
                reading.fields[name], reconciliation.values[name], name in in_broken_sum, policy
            )
        ),
        *(
            Reason("photos_disagree", name)
            for name in counted
            if _contradicted(reconciliation.values[name], reading.others.get(name, ()), policy)
        ),
        *_rule_doubts(reconciliation),
    )
    return Doubtful(reasons) if reasons else Clear()


def _sources(reading: FormReading, counted: Iterable[str]) -> Iterable[PageReading]:
    """Every photo that a page or a number is taken from, once, by page.

    A number may be from another photo than most of its page; what is doubtful about that photo is
    doubtful about the number.
    """
    taken = (reading.taken_from[name] for name in counted)
    found = {id(item): item for item in (*reading.pages.values(), *taken)}
    return sorted(found.values(), key=lambda item: item.page)


def _moved(value: FieldValue, reconciliation: Reconciliation) -> Reason:
    rule = [check for check in reconciliation.checks if check.rule == value.moved_by]
    said: dict[str, int | float | str] = {
        "as_written": value.as_written,
        "top": "?" if value.top is None else value.top,
        "value": "?" if value.value is None else value.value,
        "probability": round(value.probability, 4),
        "target": rule[0].fields[0] if rule else "",
    }
    return Reason("moved", value.field, value.moved_by, numbers=said)


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


def _view_doubts(field: FieldSpec, reading: PageReading, policy: Policy) -> Iterator[Reason]:
    """Why the photo does not show a field well enough, whatever was read there."""
    quality, page = reading.field_quality.get(field.id), reading.page
    if quality is None:
        return

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


def _field_doubts(
    item: FieldReading, value: FieldValue, in_broken_sum: bool, policy: Policy
) -> Iterator[Reason]:
    problem = item.number.problem
    if problem is not None:
        yield Reason(problem, item.field, numbers={"as_written": value.as_written})
    if value.moved_by is None and value.probability < policy.min_field_probability:
        worst = min(range(len(item.glyphs)), key=lambda box: item.glyphs[box].probability)
        box = item.glyphs[worst]
        if box.top != UNREADABLE and box.probability < policy.min_glyph_probability:
            yield _unsure_box(item, worst, policy)
        elif problem is None and not (in_broken_sum and value.value is not None):
            # A broken sum makes all its numbers unsure; it is named itself.
            yield _unsure_number(value, policy)
    yield from _witness_doubts(item, value.value, policy)


def _unsure_box(item: FieldReading, box: int, policy: Policy) -> Reason:
    found: dict[str, int | float | str] = {
        "box": box + 1,
        "glyph": item.glyphs[box].top,
        "probability": round(item.glyphs[box].probability, 4),
        "needed": policy.min_glyph_probability,
    }
    return Reason("unsure_box", item.field, numbers=found)


def _unsure_number(value: FieldValue, policy: Policy) -> Reason:
    """The boxes are clear one by one, but all of them together, or the other numbers, say less."""
    found: dict[str, int | float | str] = {
        "as_written": value.as_written,
        "probability": round(value.probability, 4),
        "needed": policy.min_field_probability,
    }
    return Reason("unsure_number", value.field, numbers=found)


def _contradicted(value: FieldValue, others: Iterable[FieldReading], policy: Policy) -> bool:
    """Whether another photo surely shows another number."""
    said = [spell(other.spelled(policy.min_photo_probability)) for other in others]
    mine = spell(value.as_written)
    return any(
        number != mine and UNREADABLE_BOX not in (number.problem, mine.problem) for number in said
    )


def _witness_doubts(item: FieldReading, value: int | None, policy: Policy) -> Iterator[Reason]:
    """Where another witness surely says another number than the digits."""
    witnesses: tuple[tuple[Source, ReasonCode, float], ...] = (
        ("bubbles", "bubbles_disagree", policy.min_bubble_probability),
        ("tally", "tally_disagrees", policy.min_tally_probability),
        ("rowsums", "row_sums_disagree", policy.min_tally_probability),
        ("words", "words_disagree", policy.min_words_probability),
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


def broken_sums(reconciliation: Reconciliation) -> list[RuleCheck]:
    """The hard rules between numbers that do not hold."""
    return [
        check
        for check in reconciliation.checks
        if check.outcome == "broken" and check.severity == "hard" and not check.is_limit
    ]


def _rule_doubts(reconciliation: Reconciliation) -> Iterator[Reason]:
    if not reconciliation.decided:
        yield Reason("undecided")
    broken = [check for check in reconciliation.checks if check.outcome == "broken"]
    limits = [check for check in broken if check.is_limit]
    sums = broken_sums(reconciliation)
    yield from (_rule_doubt(check, "over_limit") for check in limits)
    yield from (_rule_doubt(check, "rule_broken") for check in sums)
    if sums and reconciliation.inconsistent > 0.5:
        yield Reason(
            "paper_inconsistent", numbers={"probability": round(reconciliation.inconsistent, 4)}
        )


def _rule_doubt(check: RuleCheck, code: Literal["over_limit", "rule_broken"]) -> Reason:
    terms = check.fields[-len(check.parts) :]
    target = check.fields[0] if len(check.fields) > len(check.parts) else ""
    return Reason(
        code,
        terms[0] if code == "over_limit" else None,
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
