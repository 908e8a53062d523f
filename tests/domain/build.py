"""Small forms and readings for the domain tests; their truth is known because they are made."""

from collections.abc import Mapping

from digitizer.domain.form import FieldSpec, FormSpec, PageSpec, RuleSpec
from digitizer.domain.geometry import Rect, Size
from digitizer.domain.glyph import GlyphScores, glyph_scores
from digitizer.domain.number import spell
from digitizer.domain.reading import Candidate, Evidence, FieldReading, PageReading, Quality

VOTES = ("paslon_1", "paslon_2", "suara_sah", "suara_tidak_sah", "suara_total")
VOTERS = ("pemilih_dpt_l", "pemilih_dpt_p", "pemilih_dpt_j", "ss_diterima")


def field(name: str, row: int) -> FieldSpec:
    """A field of three boxes on its own row."""
    role = "votes" if name.startswith("paslon") else "total"
    if name.startswith("pemilih"):
        role = "voters"
    boxes = tuple(Rect(10 + 20 * column, 10 + 20 * row, 15, 15) for column in range(3))
    return FieldSpec(name, name, role, boxes)  # type: ignore[arg-type]  # made from a str


def form() -> FormSpec:
    """Two pages, nine numbers, six rules."""
    pages = tuple(
        PageSpec(
            number, Size(200, 200), (), None,
            tuple(field(name, row) for row, name in enumerate(names)), (),
        )
        for number, names in ((1, VOTERS), (2, VOTES))
    )  # fmt: skip
    rules = (
        RuleSpec("dpt", ("pemilih_dpt_l", "pemilih_dpt_p"), "equals", "pemilih_dpt_j"),
        RuleSpec("cadangan", ("pemilih_dpt_j",), "equals", "ss_diterima", None, 0.025, "warn"),
        RuleSpec("suara-sah", ("paslon_1", "paslon_2"), "equals", "suara_sah"),
        RuleSpec("suara-total", ("suara_sah", "suara_tidak_sah"), "equals", "suara_total"),
        RuleSpec("total-dalam-surat", ("suara_total",), "at_most", "ss_diterima"),
        RuleSpec("batas-pemilih", ("pemilih_dpt_j",), "at_most", None, 600, None, "warn"),
    )
    return FormSpec("form-uji", "Formulir uji", 2024, "1-test", pages, rules)


def sure(glyph: str, probability: float = 0.9999) -> GlyphScores:
    """Scores that say `glyph`, with the rest on unreadable."""
    other = "?" if glyph != "?" else "_"
    return glyph_scores({glyph: probability, other: 1 - probability})


def read(
    name: str, as_written: str, *, bubbles: str | None = None, p: float = 0.9999
) -> FieldReading:
    """A field read with probability `p` a box."""
    glyphs = tuple(sure(glyph, p) for glyph in as_written)
    evidence = [Evidence("digits", (Candidate(spell(as_written).value, p**3),), as_written)]
    if bubbles is not None:
        evidence.append(Evidence("bubbles", (Candidate(spell(bubbles).value, 0.999),), bubbles))
    return FieldReading(name, as_written, glyphs, tuple(evidence))


def page_reading(
    page: int, fields: Mapping[str, FieldReading], photo: str = "a" * 64
) -> PageReading:
    """A page reading from a good photo."""
    return PageReading(
        photo=photo, form="form-uji", form_version="1-test", page=page, fields=fields,
        quality=Quality(3.0, 45.0, 0.8, 210.0), method="tag_and_corners",
        reprojection_error_mm=0.1, turns=0, model="digits-test",
    )  # fmt: skip


def votes(paslon_1: str, paslon_2: str, sah: str, tidak_sah: str, total: str) -> PageReading:
    """The votes page with these boxes as written."""
    written = dict(zip(VOTES, (paslon_1, paslon_2, sah, tidak_sah, total), strict=True))
    return page_reading(2, {name: read(name, boxes) for name, boxes in written.items()})


def voters(laki: str, perempuan: str, jumlah: str, diterima: str) -> PageReading:
    """The voters page with these boxes as written."""
    written = dict(zip(VOTERS, (laki, perempuan, jumlah, diterima), strict=True))
    return page_reading(1, {name: read(name, boxes) for name, boxes in written.items()}, "b" * 64)


def boxes(values: Mapping[str, int | None]) -> dict[str, str]:
    """What is written where all of these numbers were seen."""
    return {name: "___" if value is None else f"{value:03d}" for name, value in values.items()}
