"""Facts for tests of the screens and the web: forms filled in, readings of them, crops."""

import struct
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from digitizer.domain.election import Contest, Tps
from digitizer.domain.form import FormSpec
from digitizer.domain.glyph import GlyphScores, glyph_scores
from digitizer.domain.reading import Candidate, Evidence, FieldReading, PageReading, Quality
from digitizer.forms import load_form

KWK = "c-hasil-kwk-gubernur-2024-2p"
NOW = datetime(2024, 11, 27, 9, 30, tzinfo=UTC)

STATION = Tps("6411032001001", "TPS 001", "LAHAM", "LAHAM", "MAHAKAM ULU", "KALIMANTAN TIMUR", 160)
CONTEST = Contest(
    "gubernur", "simulasi", 1, "Gubernur dan Wakil Gubernur", "Gubernur dan Wakil Gubernur", "64",
    ("Paslon 1", "Paslon 2"), (KWK,),
)  # fmt: skip

VOTERS = {
    "pemilih_dpt": ("X96", "X64", "160"),
    "pengguna_dpt": ("X59", "X48", "107"),
    "pengguna_dpph": ("XX3", "XX1", "XX4"),
    "pengguna_dptb": ("XX2", "XX4", "XX6"),
    "pengguna_total": ("X64", "X53", "117"),
    "disabilitas": ("XX1", "XX0", "XX1"),
}
PAGE_1 = {
    **{f"{base}_{c}": v for base, row in VOTERS.items() for c, v in zip("lpj", row, strict=True)},
    "ss_diterima": "164", "ss_digunakan": "117", "ss_rusak": "XX1", "ss_sisa": "X46",
}  # fmt: skip
PAGE_2 = {
    "paslon_1": "X61", "paslon_2": "X52",
    "suara_sah": "113", "suara_tidak_sah": "XX4", "suara_total": "117",
}  # fmt: skip
"""What is written on a form of STATION on which every rule holds."""


def sure(glyph: str) -> GlyphScores:
    return glyph_scores({glyph: 0.9995, "?": 0.0005})


def unsure(glyph: str, other: str, probability: float = 0.93) -> GlyphScores:
    return glyph_scores({glyph: probability, other: 1 - probability})


def page_reading(
    photo: str,
    page: int,
    written: Mapping[str, str],
    boxes: Mapping[tuple[str, int], GlyphScores] | None = None,
    form: FormSpec | None = None,
) -> PageReading:
    """A reading in which every box is sure, but for those given by field and index."""
    form = form or load_form(KWK)
    fields = {}
    for spec in form.page(page).fields:
        as_written = written.get(spec.id, "_" * len(spec.digit_boxes))
        glyphs = tuple(
            (boxes or {}).get((spec.id, index), sure(glyph))
            for index, glyph in enumerate(as_written)
        )
        tops = "".join(scores.top for scores in glyphs)
        evidence = (Evidence("digits", (Candidate(None, 1.0),), tops),)
        fields[spec.id] = FieldReading(spec.id, tops, glyphs, evidence)
    return PageReading(
        photo=photo, form=form.id, form_version=form.version, page=page,
        fields=MappingProxyType(fields),
        quality=Quality(pixels_per_mm=4.0, box_pixels=60.0, sharpness=0.6, brightness=200.0),
        method="tag_and_corners", reprojection_error_mm=0.3, turns=0, model="test",
    )  # fmt: skip


def png(width: int, height: int, grey: int = 235) -> bytes:
    """A plain grey PNG."""
    rows = b"".join(b"\0" + bytes([grey]) * width for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    )
