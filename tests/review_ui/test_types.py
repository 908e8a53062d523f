"""The modules of the screens are typed in their comments, and TypeScript checks them."""

import json
import re
import subprocess
from pathlib import Path

from digitizer.forms import load_form
from review_ui import STATIC
from tests.conftest import ROOT, require_tool
from tests.facts import CONTEST, KWK, NOW, PAGE_1, PAGE_2, STATION, page_reading
from tests.review_ui.conftest import INK_ALONE
from tests.review_ui.drawing import draw_sheet

CONFIG = ROOT / "review_ui" / "jsconfig.json"


def check(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [require_tool("tsc"), "-p", config], capture_output=True, text=True, check=False
    )


def test_every_module_passes_the_checker_in_strict_mode() -> None:
    done = check(CONFIG)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_server_gives_the_desk_is_what_its_type_says(tmp_path: Path) -> None:
    readings = [page_reading("a" * 64, 1, PAGE_1), page_reading("b" * 64, 2, PAGE_2)]
    page = draw_sheet(
        load_form(KWK), CONTEST, STATION, readings=readings, now=NOW, policy=INK_ALONE
    )
    found = re.search(r'id="sheet">(.*?)</script>', page)
    assert found is not None
    # A literal is held against its type in both directions: nothing missing, nothing more.
    (tmp_path / "sheet.js").write_text(
        f'/** @type {{import("{STATIC}/types.js").Sheet}} */\nexport const sheet = {found[1]};\n'
    )
    (tmp_path / "jsconfig.json").write_text(
        json.dumps({"extends": str(CONFIG), "include": ["sheet.js"]})
    )
    done = check(tmp_path / "jsconfig.json")
    assert done.returncode == 0, done.stdout + done.stderr
