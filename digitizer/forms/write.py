"""A form as the text of its file, the same form always as the same text, so that changes show.

What `load.parse_form` reads of it is the form again, but for its version, which hashes the text.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from digitizer.domain.form import (
    Fiducial,
    FieldSpec,
    FormSpec,
    PageSpec,
    PrintedCircle,
    PrintedLine,
    PrintedText,
    RuleSpec,
    TagSpec,
)
from digitizer.domain.geometry import Point, Rect, bounding_rect


def form_text(form: FormSpec) -> str:
    """The file of a form: a rule, a page and a field a table, a place a line."""
    return "\n".join(_lines(form)) + "\n"


def _lines(form: FormSpec) -> Iterator[str]:
    yield f"id = {_text(form.id)}"
    yield f"title = {_text(form.title)}"
    yield f"year = {form.year}"
    yield f"version = {form.version.partition('-')[0]}"
    if form.reference_layout:
        yield "reference_layout = true"
    for rule in form.rules:
        yield from _rule(rule)
    for page in form.pages:
        yield from _page(page)


def _rule(rule: RuleSpec) -> Iterator[str]:
    right = rule.target if rule.target is not None else rule.constant
    yield ""
    yield "[[rule]]"
    yield f"id = {_text(rule.id)}"
    yield f"sum = [{', '.join(map(_text, rule.terms))}]"
    if rule.reserve_rate is not None:
        yield f"reserve_rate = {_number(rule.reserve_rate, 6)}"
    yield f"{rule.relation} = {_text(right) if isinstance(right, str) else right}"
    if rule.severity != "hard":
        yield f"severity = {_text(rule.severity)}"


def _page(page: PageSpec) -> Iterator[str]:
    yield ""
    yield "[[page]]"
    yield f"number = {page.number}"
    yield f"size_mm = {_numbers((page.size.width, page.size.height))}"
    if page.header is not None:
        yield f"header = {_rect(page.header)}"
    yield from _list("titles", map(_rect, page.titles))
    yield from _list("private", map(_rect, page.private))
    if page.tag is not None:
        yield f"tag = {_tag(page.tag)}"
    if page.fiducials:
        yield from _fiducials(page.fiducials)
    for field in page.fields:
        yield from _field(field)
    yield from _print(page)


def _tag(tag: TagSpec) -> str:
    turns = f", turns = {tag.turns}" if tag.turns else ""
    name = _text(tag.dictionary)
    return f"{{ dictionary = {name}, id = {tag.id}, rect = {_rect(tag.rect)}{turns} }}"


def _fiducials(marks: Sequence[Fiducial]) -> Iterator[str]:
    yield ""
    yield "[page.fiducials]"
    if marks[0].shape != "saddle":
        yield f"shape = {_text(marks[0].shape)}"
    yield f"square_side = {_number(marks[0].square_side)}"
    for mark in marks:
        yield f"{mark.corner} = {_numbers((mark.point.x, mark.point.y))}"


def _field(field: FieldSpec) -> Iterator[str]:
    yield ""
    yield "[[page.field]]"
    yield f"id = {_text(field.id)}"
    yield f"label = {_text(field.label)}"
    yield f"role = {_text(field.role)}"
    yield f"digit_boxes = [{', '.join(map(_rect, field.digit_boxes))}]"
    if field.box_stroke != 1.058:
        yield f"box_stroke = {_number(field.box_stroke)}"
    if field.box_grey:
        yield f"box_grey = {_number(field.box_grey)}"
    if field.guides:
        yield "guides = true"
    if field.bubbles:
        xs = [column[0].centre.x for column in field.bubbles]
        ys = [bubble.centre.y for bubble in field.bubbles[0]]
        diameter = _number(field.bubbles[0][0].width)
        yield f"bubbles = {{ diameter = {diameter}, x = {_numbers(xs)}, y = {_numbers(ys)} }}"
    if field.tally:
        yield f"tally = {_grid(field.tally)}"
    if field.row_sums:
        yield f"row_sums = {_grid(field.row_sums)}"
    if field.words is not None:
        yield f"words = {_rect(field.words)}"


def _grid(cells: Sequence[Sequence[Rect]]) -> str:
    area = _rect(bounding_rect(cell for row in cells for cell in row))
    return f"{{ area = {area}, rows = {len(cells)}, columns = {len(cells[0])} }}"


def _print(page: PageSpec) -> Iterator[str]:
    if not (page.lines or page.circles or page.polygons or page.texts):
        return
    yield ""
    yield "[page.print]"
    yield from _list("lines", (_line(line) for line in page.lines if line.pitch is None))
    yield from _list("dots", (_line(line) for line in page.lines if line.pitch is not None))
    yield from _list("circles", map(_circle, page.circles))
    yield from _list("polygons", map(_polygon, page.polygons))
    yield from _list("texts", map(_printed, page.texts))


def _line(line: PrintedLine) -> str:
    ends = (line.start.x, line.start.y, line.end.x, line.end.y)
    pitch = () if line.pitch is None else (line.pitch,)
    return _numbers((*ends, line.width, line.grey, *pitch))


def _circle(circle: PrintedCircle) -> str:
    centre = circle.centre
    return _numbers((centre.x, centre.y, circle.diameter, circle.width, circle.grey))


def _polygon(points: Sequence[Point]) -> str:
    return _numbers([number for point in points for number in (point.x, point.y)])


def _printed(text: PrintedText) -> str:
    parts = [f"at = {_numbers((text.at.x, text.at.y))}", f"size = {_number(text.size)}"]
    if text.width is not None:
        parts.append(f"width = {_number(text.width)}")
    parts.append(f"text = {_text(text.text)}")
    parts += [f"{name} = true" for name in ("bold", "italic") if getattr(text, name)]
    if text.align != "left":
        parts.append(f"align = {_text(text.align)}")
    if text.turns:
        parts.append(f"turns = {text.turns}")
    if text.grey:
        parts.append(f"grey = {_number(text.grey)}")
    return f"{{ {', '.join(parts)} }}"


def _list(key: str, items: Iterable[str]) -> Iterator[str]:
    """A list with an entry a line, so that a change of one place is a change of one line."""
    entries = list(items)
    if entries:
        yield f"{key} = ["
        yield from (f"  {entry}," for entry in entries)
        yield "]"


def _rect(rect: Rect) -> str:
    return _numbers((rect.x, rect.y, rect.width, rect.height))


def _numbers(values: Iterable[float]) -> str:
    return f"[{', '.join(map(_number, values))}]"


def _number(value: float, digits: int = 3) -> str:
    """A number in millimetres to a thousandth, without zeros that say nothing."""
    text = f"{value:.{digits}f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def _text(value: str) -> str:
    # A basic string of TOML is one of JSON, if nothing but what JSON must escape is escaped.
    return json.dumps(value, ensure_ascii=False)
