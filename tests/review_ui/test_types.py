"""The modules of the screens are typed in their comments, and TypeScript checks them."""

import json
import re
import subprocess
from pathlib import Path

from digitizer.forms import load_form
from review_ui import STATIC
from tests.api.conftest import World, make_world, seeded, world
from tests.conftest import ROOT, require_tool
from tests.facts import CONTEST, KWK, NOW, PAGE_1, PAGE_2, STATION, page_reading
from tests.review_ui.conftest import INK_ALONE
from tests.review_ui.drawing import draw_sheet

__all__ = ["make_world", "seeded", "world"]

CONFIG = ROOT / "review_ui" / "jsconfig.json"


def check(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [require_tool("tsc"), "-p", config], capture_output=True, text=True, check=False
    )


def test_every_module_passes_the_checker_in_strict_mode() -> None:
    done = check(CONFIG)
    assert done.returncode == 0, done.stdout + done.stderr


def literal(tmp_path: Path, kind: str, value: str) -> subprocess.CompletedProcess[str]:
    """Hold a literal against its type in both directions: nothing missing, nothing more."""
    (tmp_path / "value.js").write_text(
        f'/** @type {{import("{STATIC}/types.js").{kind}}} */\nexport const value = {value};\n'
    )
    (tmp_path / "jsconfig.json").write_text(
        json.dumps({"extends": str(CONFIG), "include": ["value.js"]})
    )
    return check(tmp_path / "jsconfig.json")


def test_what_the_server_gives_the_desk_is_what_its_type_says(tmp_path: Path) -> None:
    readings = [page_reading("a" * 64, 1, PAGE_1), page_reading("b" * 64, 2, PAGE_2)]
    page = draw_sheet(
        load_form(KWK), CONTEST, STATION, readings=readings, now=NOW, policy=INK_ALONE
    )
    found = re.search(r'id="sheet">(.*?)</script>', page)
    assert found is not None
    done = literal(tmp_path, "Sheet", found[1])
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_server_tells_a_phone_is_what_its_type_says(world: World, tmp_path: Path) -> None:
    world.read(1, PAGE_1, sender="saksi-tps")
    told = world.client("saksi-tps").get("/phone/photos").text
    done = literal(tmp_path, "ServerList", told)
    assert done.returncode == 0, done.stdout + done.stderr
