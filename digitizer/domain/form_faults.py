"""Where the parts of a form contradict each other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeVar

from digitizer.domain.geometry import Rect
from digitizer.domain.page import PageSpec
from digitizer.domain.rule_spec import RuleSpec

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class FormFault:
    """One contradiction.

    Attributes:
        code: for screens, which tell it in words of their own.
        page: number of the page it is on, None where it is on no page alone.
        places: what to look at there.
        names: ids of the fields and rules that it is about.
    """

    code: str
    message: str
    page: int | None = None
    places: tuple[Rect, ...] = ()
    names: tuple[str, ...] = ()


def form_faults(
    form: str, pages: Sequence[PageSpec], rules: Sequence[RuleSpec]
) -> Iterator[FormFault]:
    """Every contradiction between the parts of a form; `domain.form.FormSpec` has none."""
    numbers = [page.number for page in pages]
    if not numbers or numbers[0] < 1 or any(b <= a for a, b in pairwise(numbers)):
        yield FormFault("pages", f"form {form} has pages {numbers}, needed rising numbers from 1")
    counts = Counter(field.id for page in pages for field in page.fields)
    if doubled := _more_than_once(counts):
        message = f"form {form} has fields more than once: {', '.join(doubled)}"
        yield FormFault("field_twice", message, names=doubled)
    for page in pages:
        yield from _page_faults(page)
    tags = Counter((page.tag.dictionary, page.tag.id) for page in pages if page.tag)
    if twice := [str(number) for _, number in _more_than_once(tags)]:
        yield FormFault(
            "tag_twice", f"form {form} has tags on more than one page: {', '.join(twice)}"
        )
    for rule in rules:
        if unknown := [name for name in rule.fields if name not in counts]:
            message = f"rule {rule.id} speaks of unknown fields: {', '.join(unknown)}"
            yield FormFault("rule_unknown", message, names=(rule.id, *unknown))
        if (target := rule.target) is not None and target in rule.terms:
            # What is on both sides says nothing of itself, and no bound of the inference holds.
            message = (
                f"rule {rule.id} has {target} on both sides, needed it on one; take it out of sum, "
                "or name another field in equals or at_most"
            )
            yield FormFault("rule_both_sides", message, names=(rule.id, target))
    if doubled := _more_than_once(Counter(rule.id for rule in rules)):
        yield FormFault("rule_twice", f"form {form} has rules more than once: {', '.join(doubled)}",
                        names=doubled)  # fmt: skip


def _more_than_once(counts: Counter[Item]) -> tuple[Item, ...]:
    return tuple(item for item, count in counts.items() if count > 1)


def _page_faults(page: PageSpec) -> Iterator[FormFault]:
    number = page.number
    for strip, texts in zip(page.titles, page.printed_titles, strict=True):
        if not texts:
            message = f"no printed text starts in title {strip} of page {number}"
            yield FormFault("title_empty", message, number, (strip,))
    places = [(field.id, rect) for field in page.fields for rect in field.rects()]
    for name, rect in places:
        if not rect.inside(page.size):
            message = f"field {name} leaves page {number}: {rect}"
            yield FormFault("leaves_page", message, number, (rect,), (name,))
    for rect in page.private:
        if not rect.inside(page.size):
            message = f"a private cell leaves page {number}: {rect}"
            yield FormFault("private_leaves_page", message, number, (rect,))
        covered = [place for place in places if rect.overlaps(place[1], tolerance=0.5)]
        for name, place in covered[:1]:
            message = f"a private cell covers {name} on page {number}: {rect}"
            yield FormFault("private_covers", message, number, (rect, place), (name,))
    yield from _overlaps(page, places)


def _overlaps(page: PageSpec, places: Sequence[tuple[str, Rect]]) -> Iterator[FormFault]:
    """Fields that lie over each other, each pair once, and boxes of one field that do."""
    told: set[tuple[str, str]] = set()
    for (name, rect), (other_name, other) in combinations(places, 2):
        pair = (name, other_name)
        if name != other_name and pair not in told and rect.overlaps(other, tolerance=0.5):
            told.add(pair)
            message = f"{name} and {other_name} overlap on page {page.number}: {rect}"
            yield FormFault("overlap", message, page.number, (rect, other), pair)
    for field in page.fields:
        for box, other in combinations(field.digit_boxes, 2):
            if box.overlaps(other, tolerance=0.5):
                message = f"digit boxes of {field.id} overlap on page {page.number}: {box}"
                yield FormFault("boxes_overlap", message, page.number, (box, other), (field.id,))
                break
