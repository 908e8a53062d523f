"""The nation rehearsed: what is read is what stands on the paper, and what is amiss is named."""

from pathlib import Path

import pytest
from rich.progress import Progress

from benchmarks.rehearsal.checking import faults
from benchmarks.rehearsal.country import (
    beyond_limits,
    broken_at,
    codes_of,
    pages,
    photo_of,
    shown_in,
    values_at,
    written_at,
)
from benchmarks.rehearsal.reading import WithoutPixels
from benchmarks.rehearsal.report import Found, described, rows_of
from benchmarks.rehearsal.reviewing import Reviewed
from benchmarks.rehearsal.steps import Pixels, Quarter, Rehearsal
from digitizer.jobs import run_pending
from digitizer.settings import Settings

CODES = codes_of(0.01)[:2]


def test_a_photo_says_whose_it_is_and_is_read_as_its_paper_mostly_says() -> None:
    right = boxes = 0
    for code in codes_of(0.01)[:20]:
        for page in pages():
            data = photo_of(code, page)
            assert shown_in(data) == (code, page)
            reading = WithoutPixels().digest(data).reading
            assert reading is not None
            assert reading.page == page
            for name, item in reading.fields.items():
                written = written_at(code).written[name]
                right += sum(map(str.__eq__, item.as_written, written))
                boxes += len(written)
    assert right / boxes > 0.97


def test_papers_that_break_a_rule_are_among_them() -> None:
    broken = [code for code in codes_of(0.01)[:100] if broken_at(code)]
    assert 1 <= len(broken) <= 25
    # More ballots than its register of voters allows: a rule of no form, but of every TPS.
    assert "surat-suara-tps" in broken_at("1110321004001")
    assert beyond_limits("1110321004001")
    assert beyond_limits(broken[0]) <= set(values_at(broken[0]))


def test_what_is_amiss_is_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with Progress(disable=True) as progress:
        world = Rehearsal(settings, CODES, progress)
        world.set_up()
        quarter = world.send(CODES)
    assert (quarter.tps, quarter.photos) == (2, 2 * len(pages()))
    assert f"{quarter.photos} are waiting" in faults(world.installation.engine, CODES)
    run_pending(settings, sandbox=WithoutPixels())  # type: ignore[arg-type]
    found = faults(world.installation.engine, CODES)
    assert not any("waiting" in fault or "chain" in fault for fault in found)
    assert "the recap counts 0 TPS, needed 2" in found
    sah = sum(values_at(code)["suara_sah"] or 0 for code in CODES)
    assert f"suara_sah is None in the recap, {sah} on paper" in found
    world.installation.engine.dispose()


@pytest.mark.parametrize("amiss", [(), ("3 are clear",)])
def test_the_report_says_what_the_country_would_need(amiss: tuple[str, ...]) -> None:
    quarters = [
        Quarter(
            tps=1000, photos=3000, accept_ms=[10.0, 20.0], accept_s=30.0, read_s=60.0,
            review_s=100.0, reviewed=Reviewed([50.0], [80.0]), recap_ms=[20.0, 40.0],
            database=(2 + place) * (100 << 20),
        )
        for place in range(4)
    ]  # fmt: skip
    pixels = Pixels(
        photos=100, seconds=50, cpu_s=60.0, sent=300_000_000, stored=400_000_000,
        reviewed=Reviewed([30.0], [70.0]),
    )  # fmt: skip
    found = Found(0.01, 12.0, quarters, pixels, amiss)
    text = described(found)
    assert ("Nothing was amiss" in text, "**Amiss: 3 are clear.**" in text) == (
        not amiss, bool(amiss),
    )  # fmt: skip
    # 2,469,708 photos of 0.6 s are 17 days of one core.
    assert "| photos to look at | 2,469,708 |" in text
    assert "| cores that do nothing else, for 24 hours | 17 |" in text
    assert "| photos and pictures | 9.9 TB |" in text
    rows = {row["name"]: row["value"] for row in rows_of(found)}
    assert rows["rehearsal.accepted_per_s"] == 100
    assert rows["rehearsal.confirm_beside_workers_p95_ms"] == 70
    assert rows["rehearsal.tps_kib"] == pytest.approx(102.4)
