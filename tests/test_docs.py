"""What can be set, raised or typed is documented, and what is documented exists."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from digitizer import errors
from digitizer.domain.advice import AdviceCode
from digitizer.domain.verdict import ReasonCode
from digitizer.settings import Settings
from review_ui.wording import names_of
from tests.conftest import ROOT

ERRORS = (ROOT / "docs" / "errors.md").read_text()
DEPLOY = (ROOT / "docs" / "deploy.md").read_text()
README = (ROOT / "README.md").read_text()
CATALOGUE = tomllib.loads((ROOT / "review_ui" / "i18n" / "catalogue.toml").read_text())


def test_every_setting_is_in_the_table() -> None:
    listed = set(re.findall(r"^\| `(DIGITIZER_\w+)` \|", DEPLOY, re.MULTILINE))
    assert listed == {f"DIGITIZER_{name.upper()}" for name in Settings.model_fields}


def test_every_code_is_explained() -> None:
    codes = {*get_args(errors.PhotoProblem), *get_args(ReasonCode), *get_args(AdviceCode)}
    for kind in vars(errors).values():
        named = isinstance(kind, type) and issubclass(kind, errors.DigitizerError)
        if named and "code" in vars(kind) and kind is not errors.DigitizerError:
            codes.add(kind.code)
    codes |= {code for code in CATALOGUE["error"] if not code.endswith("_hint")} - {"error"}
    listed = set(re.findall(r"^\| `(\w+)` \|", ERRORS, re.MULTILINE))
    assert listed == codes


def test_every_variant_of_a_problem_is_listed_with_its_numbers() -> None:
    rows = re.findall(r"^\| `(\w+)` `(\w+)` \| ([\w, ]*?) ?\|", ERRORS, re.MULTILINE)
    listed = {
        f"{code}_{variant}": set(filter(None, names.split(", "))) for code, variant, names in rows
    }
    worded = {name for name in CATALOGUE["problem"] if not name.endswith("_hint")}
    assert set(listed) == worded - set(get_args(errors.PhotoProblem))
    for name, numbers in listed.items():
        assert names_of(f"problem.{name}") <= numbers, name


def test_the_error_tree_draws_every_class() -> None:
    tree = errors.__doc__ or ""
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.DigitizerError):
            assert name in tree, f"{name} is missing from the tree in errors.py"


def test_the_readme_starts_with_the_two_commands() -> None:
    assert README.index("make demo") < README.index("make test") < README.index("## ")


def test_the_figures_of_readme_and_model_card_are_those_measured() -> None:
    rows = {row["name"]: row for row in json.loads((ROOT / "docs/accuracy.json").read_text())}
    card = (ROOT / "digitizer/vision/weights/README.md").read_text()

    def hits(name: str) -> tuple[int, int]:
        return round(rows[name]["value"] * rows[name]["n"]), rows[name]["n"]

    right, digits = hits("glyphs.digits_2024")
    sure, boxes = hits("glyphs.coverage_p999_2024")
    wrong = rows["glyphs.errors_p999_2024"]["value"]
    assert f"{right:,} of {digits:,} right ({right / digits:.2%})" in README
    assert f"{sure:,} of {boxes:,} ({sure / boxes:.1%}), {wrong} of them wrong" in README
    clear, numbers = rows["settle.clear"], rows["settle.wrong_in_clear"]
    assert f"{clear['value']:.0%} of {clear['n']:,} clear" in README
    assert f"{numbers['value']} of their {numbers['n']:,} numbers wrong" in README
    for name in ("digits_2024", "x_2024", "digits_2019", "coverage_p999_2024", "blank_made"):
        right, n = hits(f"glyphs.{name}")
        assert f"({right}) | {n} |" in card, name


@pytest.mark.parametrize(
    "page", sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]), ids=lambda p: p.name
)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]*[/.][^)#:]*)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_product_speaks_of_itself_alone() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    here = f"{ROOT.parent}/".encode()
    for name in filter(None, tracked):
        assert here not in (ROOT / name).read_bytes(), f"{name} names a path of this machine"


def test_every_decision_is_in_the_index_by_its_heading() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"^- \[(.*)\]\((\d{4}-.*\.md)\)$", (folder / "README.md").read_text(), re.M)
    headings = [
        (path.read_text().partition("\n")[0].removeprefix("# "), path.name)
        for path in folder.glob("[0-9]*.md")
    ]
    assert sorted(listed) == sorted(headings)
    assert all(int(name[:4]) == int(heading.partition(".")[0]) for heading, name in headings)
