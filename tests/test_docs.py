"""What can be set, raised or typed is documented, and what is documented exists."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import get_args

import pytest
import typer
from typer.core import TyperGroup

from digitizer import errors
from digitizer.cli import app
from digitizer.commands.digits import NOT_OPENED
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
    codes.add(NOT_OPENED)
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


def test_every_command_is_listed() -> None:
    block = (ROOT / "docs" / "commands.md").read_text().split("```")[1]
    listed: set[str] = set()
    for words in re.findall(r"^digitizer (\w+(?: \| \w+)*)", block, re.MULTILINE):
        listed.update(words.split(" | "))
    command = typer.main.get_command(app)
    assert isinstance(command, TyperGroup)
    assert listed == set(command.commands)


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


def test_the_figures_of_sizing_are_those_measured() -> None:
    files = ("latest.json", "rehearsal.json")
    rows = [row for name in files for row in json.loads((ROOT / "benchmarks" / name).read_text())]
    value = {row["name"]: row["value"] for row in rows}
    sizing = DEPLOY[DEPLOY.index("## Sizing") : DEPLOY.index("## Upgrading")]
    page = value["worker.page_processor_ms"] / 1000
    more = value["worker.page_processor_beside_another"] - 1
    two, alone = value["worker.two_cores"], value["worker.read_page_two_cores"]
    kept, sent = value["rehearsal.photo_mib"], 3.5
    assert f"{page:.2f} s of processor time for a photo" in sizing
    assert f"{value['rehearsal.photo_cpu_s']:.2f} s in " in sizing
    assert f"2.5e6 * {page:.2f} / 86,400 = {2.5e6 * round(page, 2) / 86_400:.1f} cores" in sizing
    assert f"a second one costs {more:.0%}".replace("%", " %") in sizing
    assert f"read {two:.2f} times what one does ({alone:.2f} times" in sizing
    # What a core of two gives, without and with a tenth in reserve.
    fewest = 2.5e6 * page / 86_400 / (two / 2)
    assert f"plan for {fewest:.0f} to {1.1 * fewest:.0f} cores" in sizing
    assert f"{kept:.1f} MiB for a photo of {sent} MiB" in sizing
    assert round(sent / (kept - sent)) == 6, "a sixth"
    assert f"take {3 * 823_236 * kept * 2**20 / 1e12:.1f} TB" in sizing
    # The web's time for a photo, as load.md has it: without cuts, and with them.
    load = (ROOT / "docs" / "load.md").read_text()
    whole, cut = re.findall(r"\| (\d+) ms \| \d+ MiB \|$", load, re.MULTILINE)
    assert f"{whole} ms of processor time for a photo sent in pieces, {cut} ms where" in sizing
    assert f"2.5e6 * {int(cut) / 1000:.3f} / 86,400 = 4 cores" in sizing


def test_the_card_of_words_has_the_figures_measured() -> None:
    value = {
        row["name"]: row["value"]
        for row in json.loads((ROOT / "benchmarks" / "latest.json").read_text())
    }
    rows = {row["name"]: row for row in json.loads((ROOT / "docs/accuracy.json").read_text())}
    card = (ROOT / "digitizer/vision/weights/words.md").read_text()
    median, worst = value["words.page_ms"], value["words.page_ms_max"]
    assert f"{median:.0f} ms for a page in the median, {worst:.0f} for one with six" in card
    answered = rows["words.real_2019.answered"]
    right = round(answered["value"] * answered["n"])
    assert f"{right} of {answered['n']} areas answered" in card


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
