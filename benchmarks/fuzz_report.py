"""`docs/fuzz.md`: what the fuzzers found in their last full runs, a part for each."""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "fuzz.md"
INTRO: Final = """# Hostile files and requests

Written by `make fuzz`, which ends with an error when anything below is not as it should be.
"""


def machine() -> str:
    """The machine in words, so that figures can be compared."""
    cores = len(os.sched_getaffinity(0))
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python " + (
        platform.python_version()
    )


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def write_part(name: str, body: str, page: Path = PAGE, intro: str = INTRO) -> None:
    """Put one part in the place of what it said before; the others stay."""
    old = page.read_text("utf-8") if page.exists() else ""
    parts = dict(
        re.findall(r"<!-- part: ([\w-]+) -->\n(.*?)\n<!-- end: \1 -->", old, flags=re.DOTALL)
    )
    page.write_text(intro + _joined({**parts, name: body}), "utf-8")


def _joined(parts: Mapping[str, str]) -> str:
    return "".join(
        f"\n<!-- part: {name} -->\n{body}\n<!-- end: {name} -->\n"
        for name, body in sorted(parts.items(), reverse=True)
    )
