"""How often a page is found, how exactly its boxes lie, and what is taken for a form wrongly.

Generated photos in three tiers, photos of the official print, negatives and the development photos,
each apart. `make accuracy` runs it; alone, `python -m benchmarks.locate_accuracy` prints the same.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from benchmarks.dev_locate import dev_section
from benchmarks.locating import Located, Plan, Refused, locate_all, refuse
from benchmarks.processes import over
from benchmarks.rows import Row, count, share, wilson
from benchmarks.worst import draw_worst
from digitizer.settings import Settings
from tests.negatives import COUNTS
from tests.official import planned_official
from tests.synth import TIERS, Defect, planned_defaced, planned_set

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = "pictures/worst-located.jpg"
SALINAN: Final = ("c-hasil-salinan-ppwp-2024", "c-hasil-salinan-kwk-gubernur-2024-2p")
COVERED: Final[dict[Defect, str]] = {
    "no_tag": "covered_tag",
    "no_tag_no_marks": "covered_tag_and_marks",
}
"""What is painted out so that a method further down the chain must place the page."""

Section = tuple[str, list[Row], list[str]]
"""A title, its rows, and what went wrong in words."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many photos of each set are measured."""

    tier: int = 100
    defaced: int = 40
    official: int = 60
    negatives: int = 500


def sections(dev_data: Path | None, picture: Path, sizes: Sizes = Sizes()) -> list[Section]:
    """Measure everything; the picture of the worst cases is written to `picture`."""
    by_tier = {
        tier: _progress(planned_set(tier, sizes.tier), f"locating, {tier} tier") for tier in TIERS
    }
    everything = [result for results in by_tier.values() for result in results]
    report: list[Section] = [
        (f"Located, generated, {tier} tier", tier_rows(tier, results), lines(results))
        for tier, results in by_tier.items()
    ]
    easier = [*by_tier["easy"], *by_tier["medium"]]
    report.append(("Located, generated, overall", overall_rows(everything, easier), []))
    for defect, name in COVERED.items():
        results = _progress(planned_defaced(defect, sizes.defaced), f"locating, {name}")
        title = f"Located, generated, {name.replace('_', ' ')} (easy and medium)"
        report.append((title, tier_rows(name, results), lines(results)))
    if dev_data is not None:
        results = _progress(planned_official(sizes.official), "locating, official print", dev_data)
        title = "Located, official print filled and photographed by program (easy and medium)"
        report.append((title, tier_rows("official", results), lines(results)))
    refused = list(
        track(over(refuse, range(sizes.negatives)), "refusing negatives", sizes.negatives)
    )
    report.append(("Negatives", negative_rows(refused), negative_lines(refused)))
    if dev_data is not None:
        report.append(dev_section(dev_data))
    draw_worst(everything, picture)
    return report


def _progress(
    plans: Sequence[Plan], description: str, dev_data: Path | None = None
) -> list[Located]:
    return list(track(locate_all(plans, dev_data), description, len(plans)))


def overall_rows(everything: Sequence[Located], easier: Sequence[Located]) -> list[Row]:
    """SALINAN, which have no marks, on easy and medium; boxes of all tiers, and of each form."""
    unmarked = [r for r in easier if r.plan.form in SALINAN]
    rows = [share("locate.salinan.located", sum(r.located for r in unmarked), len(unmarked))]
    rows += box_rows("all", everything)
    for form in sorted({r.plan.form for r in everything}):
        rows += box_rows(form, [r for r in everything if r.plan.form == form])
    return rows


def tier_rows(name: str, results: Sequence[Located]) -> list[Row]:
    """Shares located, overall and by form, what was taken for something else, methods, boxes."""
    n = len(results)
    rows = [
        share(f"locate.{name}.located", sum(r.located for r in results), n),
        count(f"locate.{name}.taken_for_another", sum(r.taken_for is not None for r in results), n),
    ]
    for form in sorted({r.plan.form for r in results}):
        of_form = [r for r in results if r.plan.form == form]
        hits = sum(r.located for r in of_form)
        rows.append(share(f"locate.{name}.{form}.located", hits, len(of_form)))
    for identity in ("title", "layout"):
        named = sum(r.identity == identity for r in results if r.located)
        rows.append(share(f"locate.{name}.named_by_{identity}", named, n))
    methods = Counter(r.method for r in results if r.located)
    for method in sorted(method for method in methods if method):
        rows.append(share(f"locate.{name}.by_{method}", methods[method], n))
        rows += box_rows(f"{name}.by_{method}", [r for r in results if r.method == method])[:2]
    return rows + box_rows(name, results)


def box_rows(name: str, results: Iterable[Located]) -> list[Row]:
    """Median and 99th percentile of the box errors with their 95 % intervals; boxes not found."""
    located = [r for r in results if r.located]
    errors = np.array([error for r in located for error in r.errors])
    if not len(errors):
        return []
    return [
        quantile(f"boxes.{name}.error_median", errors, 0.5),
        quantile(f"boxes.{name}.error_p99", errors, 0.99),
        share(f"boxes.{name}.not_found", sum(r.unfound for r in located), len(errors)),
    ]


def quantile(name: str, values: NDArray[np.float64], at: float) -> Row:
    """A quantile with the interval of order statistics that a share's interval gives.

    Boxes of one photo err alike, so the true interval is wider.
    """
    low, high = wilson(round(at * len(values)), len(values))
    value, below, above = (float(np.quantile(values, q)) for q in (at, low, high))
    return {"name": name, "value": value, "unit": "box widths",
            "n": len(values), "low": below, "high": above}  # fmt: skip


def lines(results: Iterable[Located]) -> list[str]:
    """Each photo that was not located, or wrongly, in words."""
    return [
        f"{r.plan.name}: "
        + (
            f"taken for {r.taken_for} by {r.method}, {r.identity}"
            if r.taken_for
            else f"{r.problem}: {r.message}"
        )
        for r in results
        if not r.located
    ]


def negative_rows(results: Sequence[Refused]) -> list[Row]:
    """How many were located as a form they are not, overall and by kind; halves taken as whole."""
    rows = [count("negatives.located", sum(r.wrongly for r in results), len(results))]
    for kind in COUNTS:
        of_kind = [r for r in results if r.kind == kind]
        rows.append(
            count(f"negatives.{kind}.located", sum(r.wrongly for r in of_kind), len(of_kind))
        )
    halves = [r for r in results if r.kind == "half_page"]
    own = sum(r.taken_for is not None and not r.wrongly for r in halves)
    rows.append(count("negatives.half_page.read_as_whole", own, len(halves)))
    incomplete = sum(r.problem == "page_incomplete" for r in halves)
    rows.append(share("negatives.half_page.page_incomplete", incomplete, len(halves)))
    return rows


def negative_lines(results: Iterable[Refused]) -> list[str]:
    """Each negative that was located, and how the others were refused."""
    results = list(results)
    taken = [f"{r.name}: taken for {r.taken_for}" for r in results if r.taken_for is not None]
    problems = Counter(r.problem for r in results if r.problem is not None)
    said = ", ".join(f"{problem} {number}" for problem, number in problems.most_common())
    return [*taken, f"refusals: {said}"]


def main() -> None:
    """Measure and print, without writing the report."""
    folder = (ROOT / Settings().dev_data).resolve()
    found = sections(folder if folder.is_dir() else None, ROOT / "docs" / PICTURE)
    console = Console()
    for title, rows, said in found:
        console.print(title, style="bold")
        for item in rows:
            console.print(f"  {item['name']:60} {item['value']:.4g}  n={item['n']}")
        for line in said:
            console.print(f"    - {line}", markup=False)


if __name__ == "__main__":
    main()
