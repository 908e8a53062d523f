"""Five hundred changes of a proof bundle and fifty rewritten histories; writes docs/tamper.md."""

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from rich.progress import track

from digitizer.proof import verify_bundle
from tests.proof.conftest import Told, made
from tests.proof.tampering import (
    TAMPERS,
    is_named,
    own_key,
    packed,
    read_files,
    rewritten,
    tampered,
)  # fmt: skip

CHANGES: Final = 500
REWRITINGS: Final = 50
SEED: Final = 20241127
PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "tamper.md"


def main() -> None:
    """Change, check, write down; ends with 1 when anything was not found."""
    with tempfile.TemporaryDirectory() as name:
        told = made(Path(name))
        changes = found_changes(told, Path(name))
        rewritings = found_rewritings(told, Path(name))
        told.engine.dispose()
    PAGE.write_text(page(changes, rewritings))
    print(PAGE.read_text())
    sys.exit(0 if all(row[0] == row[1] == row[2] for row in changes.values())
             and set(rewritings) == {REWRITINGS} else 1)  # fmt: skip


def found_changes(told: Told, folder: Path) -> dict[str, tuple[int, int, int]]:
    """Of each kind of change: how many were made, found and named."""
    lot = random.Random(SEED)
    whole = told.bundle.read_bytes()
    counts: dict[str, Counter[str]] = {}
    path = folder / "changed.zip"
    for number in track(range(CHANGES), "changing"):
        change = tampered(whole, lot, number)
        path.write_bytes(change.data)
        report = verify_bundle(path, key=told.bundled.signer)
        counts.setdefault(change.what, Counter()).update(
            made=1, found=int(not report.holds), named=int(is_named(report, change))
        )
    return {what: (c["made"], c["found"], c["named"]) for what, c in sorted(counts.items())}


def found_rewritings(told: Told, folder: Path) -> tuple[int, int]:
    """Of histories that the owner of the key rewrote: how many pass with the key alone, and how
    many are found by a head noted before.
    """
    lot = random.Random(SEED)
    files, key = read_files(told.bundle.read_bytes()), own_key(told.folder)
    path = folder / "rewritten.zip"
    passed = found = 0
    for _ in track(range(REWRITINGS), "rewriting"):
        path.write_bytes(packed(rewritten(files, lot, key)))
        passed += verify_bundle(path, key=told.bundled.signer).holds
        report = verify_bundle(path, key=told.bundled.signer, head=told.bundled.head)
        found += not report.holds
    return passed, found


def page(changes: dict[str, tuple[int, int, int]], rewritings: tuple[int, int]) -> str:
    """The report as Markdown."""
    lines = [f"| {what} | {' | '.join(map(str, row))} |" for what, row in changes.items()]
    sums = [sum(column) for column in zip(*changes.values(), strict=True)]
    return "\n".join([
        "# Tampering with a bundle",
        "",
        f"Written by `make tamper` (seed {SEED}, {len(TAMPERS)} kinds in turn): a bundle of an",
        "election in which everything happens was changed, one thing at a time, and verified with",
        "`--key`. *Named*: a difference in the very file that was changed is told; of a byte of",
        "the archive, which may belong to no file, any difference.",
        "",
        "| what was changed | made | found | named |",
        "|---|---|---|---|",
        *lines,
        f"| **all** | {' | '.join(map(str, sums))} |",
        "",
        f"Of {REWRITINGS} histories that the owner of the key rewrote, with every hash and",
        f"signature made anew, {rewritings[0]} pass with `--key` alone, as they must: nothing in a",
        f"bundle can show it. With `--head`, a head noted before, {rewritings[1]} are found.",
        "",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
