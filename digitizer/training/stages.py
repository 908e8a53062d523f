"""What a training keeps in its folder between two runs, and that all of it is of that training."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

RECORD: Final = "stages.json"
"""Says of what the stages beside it are made."""


class OtherTrainingError(ValueError):
    """A folder holds stages of another training than the one that is to go on in it."""


def begin(folder: Path, facts: Mapping[str, Any]) -> None:
    """Note of what the stages of a folder are made, or see that those in it are of the same.

    A pool with boxes without a licence must never become part of a model called open, nor weights
    of one recipe be judged as those of another.

    Args:
        folder: made when it is not there.
        facts: everything that the stages follow from, as JSON knows it.

    Raises:
        OtherTrainingError: the folder holds stages of something else, or of nobody knows what.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / RECORD
    wanted = json.loads(json.dumps(facts))
    if record.is_file():
        kept = json.loads(record.read_text(encoding="utf-8"))
        for name in sorted({*kept, *wanted}):
            if kept.get(name) != wanted.get(name):
                raise OtherTrainingError(
                    f"{folder} holds stages with {name} {kept.get(name)!r}, this training has "
                    f"{wanted.get(name)!r}: name another --out, or empty it"
                )
        return
    found = sorted(path.name for path in folder.rglob("*") if path.suffix in {".npz", ".pt"})
    if found:
        raise OtherTrainingError(
            f"{folder} holds {found[0]}, and no {RECORD} that says what it was made of: "
            "name another --out, or empty it"
        )
    text = json.dumps(wanted, indent=2, ensure_ascii=False) + "\n"
    keep(record, lambda file: file.write(text.encode()))


def keep(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file that is whole or not there, whenever the run is broken off."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def fingerprint(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
