"""`docs/accuracy.md` and `.json`, kept in parts that can be measured anew one by one.

A part stands in the Markdown between two comments that name it, and owns the rows of the JSON whose
names begin with its prefixes. What is not measured in a run is left as it was, with the weights it
was measured with.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rows import Row, as_any


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the report.

    Attributes:
        lines: what went wrong, in words.
        before, after: Markdown around the table.
    """

    title: str
    rows: Sequence[Row]
    lines: Sequence[str] = ()
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What is measured in one go.

    Attributes:
        name: what one types to measure it, and its name in the report.
        prefixes: how the names of its rows begin.
        weights: the files it was measured with; their sha256 is in the report.
        measure: does it; given the development data folder, or None where that is absent.
    """

    name: str
    prefixes: tuple[str, ...]
    weights: tuple[Path, ...]
    measure: Callable[[Path | None], list[Section]]


def part_text(part: Part, sections: Sequence[Section], *, without_data: bool) -> str:
    """The Markdown of a part."""
    held = [f"`{path.name}` (sha256 `{_sha256(path)[:12]}`)" for path in part.weights]
    said = f"Part `{part.name}`, measured with {', '.join(held) or 'no trained weights'}"
    if without_data:
        said += ", without the development data: real pictures were not looked at"
    return f"\n*{said}.*\n" + "".join(section_text(section) for section in sections)


def section_text(section: Section) -> str:
    """A title, the rows as a table, and what went wrong in words."""
    lines = [f"\n## {section.title}"]
    if section.before:
        lines.append(section.before.rstrip())
    if section.rows:
        lines += ["", "| name | value | n | 95 % interval |", "|---|---|---|---|"]
    for item in as_any(section.rows):
        value, low, high = item["value"], item["low"], item["high"]
        interval = "-" if low is None else f"{low:.5g} to {high:.5g}"
        lines.append(f"| `{item['name']}` | {value:g} | {item['n']} | {interval} |")
    if section.lines:
        lines += ["", "In words:", "", *(f"- {line}" for line in section.lines)]
    if section.after:
        lines.append(section.after.rstrip())
    return "\n".join(lines) + "\n"


def merge_text(intro: str, parts: Sequence[Part], old: str, new: Mapping[str, str]) -> str:
    """The whole report: parts measured now, and the others as they stood in the old one."""
    text = intro
    for part in parts:
        body = new.get(part.name) or _kept(part, old)
        text += f"\n<!-- part: {part.name} -->\n{body}\n<!-- end: {part.name} -->\n"
    return text


def merge_rows(
    parts: Sequence[Part], old: Sequence[Row], new: Mapping[str, list[Row]]
) -> list[Row]:
    """The rows of every part in order; those of a part not measured now are the old ones.

    Raises:
        ValueError: a part made a row that does not begin with one of its prefixes.
    """
    rows: list[Row] = []
    for part in parts:
        made = new.get(part.name)
        if made is None:
            rows += [row for row in old if row["name"].startswith(part.prefixes)]
            continue
        for row in made:
            if not row["name"].startswith(part.prefixes):
                raise ValueError(f"found row {row['name']} in part {part.name}")
        rows += made
    return rows


def write_report(
    docs: Path,
    intro: str,
    parts: Sequence[Part],
    made: Mapping[str, str],
    rows: Mapping[str, list[Row]],
) -> None:
    """Rewrite the measured parts of `accuracy.md` and `accuracy.json`."""
    page, table = docs / "accuracy.md", docs / "accuracy.json"
    old_text = page.read_text("utf-8") if page.exists() else ""
    old_rows = json.loads(table.read_text("utf-8")) if table.exists() else []
    page.write_text(merge_text(intro, parts, old_text, made), "utf-8")
    merged = as_any(merge_rows(parts, old_rows, rows))
    table.write_text(json.dumps(merged, indent=1) + "\n", "utf-8")


def _kept(part: Part, old: str) -> str:
    name = re.escape(part.name)
    found = re.search(rf"<!-- part: {name} -->\n(.*?)\n<!-- end: {name} -->", old, re.DOTALL)
    if found is not None:
        return found.group(1)
    return (
        f"\n*Part `{part.name}` was not measured: `python -m benchmarks.accuracy {part.name}`.*\n"
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
