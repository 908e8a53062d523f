"""The files that the phone keeps so that its page opens without a network: one version, whole.

They are read once when the server starts and named by their content, so that a page never runs
modules of two versions, whatever is installed meanwhile.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from review_ui import STATIC

ENTRANCES: Final = (
    "phone.js",
    "phone_worker.js",
    "sign_out.js",
    "style.css",
    "phone.css",
    "icon.svg",
    "icon-192.png",
)
"""What the page names itself; the modules that these import come by themselves."""

KINDS: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_IMPORT: Final = re.compile(r'^(?:import|export) [^;]*?"\./([\w.]+)";', re.MULTILINE)
PREFIX: Final = "/phone/shell"


@dataclass(frozen=True, slots=True)
class ShellFile:
    """One file: its type, its bytes and the same packed with gzip."""

    kind: str
    body: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class Shell:
    """The files of one version, by name."""

    version: str
    files: Mapping[str, ShellFile]

    @property
    def folder(self) -> str:
        """Where this version is served."""
        return f"{PREFIX}/{self.version}"

    @property
    def urls(self) -> list[str]:
        """The address of every file."""
        return [f"{self.folder}/{name}" for name in self.files]


@cache
def shell() -> Shell:
    """The shell of this server."""
    return read_shell(STATIC)


def read_shell(folder: Path) -> Shell:
    """The entrances and all that they import, named by a hash of the whole."""
    found: dict[str, bytes] = {}
    wanted = list(ENTRANCES)
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        found[name] = (folder / name).read_bytes()
        if name.endswith(".js"):
            wanted += _IMPORT.findall(found[name].decode())
    names = sorted(found)
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name} {len(found[name])}\n".encode() + found[name])
    files = {
        name: ShellFile(KINDS[Path(name).suffix], found[name], gzip.compress(found[name], mtime=0))
        for name in names
    }
    return Shell(digest.hexdigest()[:16], MappingProxyType(files))
