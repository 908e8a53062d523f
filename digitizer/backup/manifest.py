"""What a backup says of itself. Without it a folder is no backup, however much lies in it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from digitizer.domain.event import Head
from digitizer.errors import BackupError
from digitizer.store.durable import replace_file

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
PHOTOS: Final = "photos"
BLOBS: Final = "blobs.txt.gz"
"""The sha256 of every blob of the backup, one a line, beside its rows."""

Step = Literal["rows", "photos", "history", "checking"]
Progress = Callable[[Step, int, int | None], object]
"""Is told what is being done, how much of it is done and how much there is, where that is known."""


def silent(_step: Step, _done: int, _total: int | None) -> None:
    """A progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One file of rows: how many, its size and its sha256 as it lies in the backup."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup.

    Attributes:
        version, revision: of the product and of the tables that made it.
        database: that it was made of; it may be put back into the other.
        node, public_key: whose history it is.
        taken_at: what stood then is in it, nothing later.
        head: of the history at that moment, and `chains` it is the hash of.
        rows: folder of the files, which are `files` by name.
        blobs, blob_bytes: photos and pictures.
        lacking: blobs that rows name and the store did not have, or had with other bytes.
        key: whether `node.key` lies in it.
    """

    version: str
    revision: str
    database: str
    node: str
    public_key: str
    taken_at: datetime
    finished_at: datetime
    head: str
    chains: tuple[Head, ...]
    rows: str
    files: Mapping[str, Sealed]
    blobs: int
    blob_bytes: int
    lacking: tuple[str, ...]
    key: bool


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make the backup whole: from now on `folder` holds this one, and until now the one before."""
    facts = {"format": FORMAT, **asdict(manifest)}
    replace_file(folder / MANIFEST, orjson.dumps(facts, option=orjson.OPT_INDENT_2))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        BackupError: the folder holds no whole backup, or one of a format that is not known here.
    """
    path = folder / MANIFEST
    try:
        facts: dict[str, Any] = orjson.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise BackupError(
            f"{folder} holds no whole backup: {MANIFEST} is missing",
            "name the folder that `digitizer backup` wrote; one that was cut off is no backup",
        ) from None
    except orjson.JSONDecodeError:
        raise _damaged(path, "is no JSON") from None
    except OSError as error:
        raise _damaged(path, f"cannot be read: {error.strerror}") from error
    try:
        found = facts.pop("format")
        if found != FORMAT:
            raise BackupError(
                f"{path} has format {found!r}, needed {FORMAT}",
                "restore it with the release that made it: see `version` in it",
            )
        return Manifest(
            **{
                **facts,
                "taken_at": datetime.fromisoformat(facts["taken_at"]),
                "finished_at": datetime.fromisoformat(facts["finished_at"]),
                "chains": tuple((node, seq, hash_) for node, seq, hash_ in facts["chains"]),
                "files": {name: Sealed(**item) for name, item in facts["files"].items()},
                "lacking": tuple(facts["lacking"]),
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, f"is not as it was written ({type(error).__name__})") from None


def _damaged(path: Path, what: str) -> BackupError:
    return BackupError(f"{path} {what}", "use another backup; this one was damaged")
