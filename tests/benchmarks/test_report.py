"""A report in parts: what is measured is rewritten, the rest stays, and strays are refused."""

import json
from pathlib import Path

import pytest

from benchmarks.report import Part, Section, part_text, write_report
from benchmarks.rows import Row, share

INTRO = "# Accuracy\n"


def part(name: str, *weights: Path) -> Part:
    return Part(name, (f"{name}.",), weights, lambda _: [])


PARTS = (part("glyphs"), part("turus"))


def write(docs: Path, name: str, row: Row) -> None:
    text = part_text(PARTS[0], [Section(f"About {name}", [row])], without_data=False)
    write_report(docs, INTRO, PARTS, {name: text}, {name: [row]})


def test_a_part_is_rewritten_and_the_others_stay(tmp_path: Path) -> None:
    write(tmp_path, "turus", share("turus.right", 9, 10))
    write(tmp_path, "glyphs", share("glyphs.right", 1, 2))
    write(tmp_path, "glyphs", share("glyphs.right", 2, 2))
    text = (tmp_path / "accuracy.md").read_text()
    assert text.count("About glyphs") == text.count("About turus") == 1
    assert "| `glyphs.right` | 1 | 2 |" in text
    assert "| `turus.right` | 0.9 | 10 |" in text
    rows = json.loads((tmp_path / "accuracy.json").read_text())
    assert [(row["name"], row["value"]) for row in rows] == [
        ("glyphs.right", 1.0),
        ("turus.right", 0.9),
    ]


def test_a_part_never_measured_says_how_to(tmp_path: Path) -> None:
    write(tmp_path, "glyphs", share("glyphs.right", 1, 2))
    assert "python -m benchmarks.accuracy turus" in (tmp_path / "accuracy.md").read_text()


def test_a_row_of_another_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"turus\.right in part glyphs"):
        write(tmp_path, "glyphs", share("turus.right", 1, 2))


def test_a_part_names_its_weights(tmp_path: Path) -> None:
    weights = tmp_path / "digits.onnx"
    weights.write_bytes(b"")
    text = part_text(part("glyphs", weights), [], without_data=True)
    # The sha256 of nothing.
    assert "`digits.onnx` (sha256 `e3b0c44298fc`)" in text
    assert "without the development data" in text
