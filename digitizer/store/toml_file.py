"""Reading TOML that a person wrote: every fault is found, none stops the reading."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from digitizer.errors import SettingsError

SHOWN_FAULTS: Final = 20


@dataclass(slots=True)
class Faults:
    """Everything wrong, so that a person mends a file once and not fault by fault."""

    found: list[str] = field(default_factory=list)

    def add(self, file: str, place: str, cause: str) -> None:
        self.found.append(f"{file}, {place}: {cause}")

    def stop(self) -> None:
        """End the reading if anything is wrong.

        Raises:
            SettingsError: with every fault found.
        """
        if not self.found:
            return
        shown = self.found[:SHOWN_FAULTS]
        if len(self.found) > SHOWN_FAULTS:
            shown.append(f"and {len(self.found) - SHOWN_FAULTS} more")
        raise SettingsError("\n".join(shown), "correct the file and load it again")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a TOML file; asking for a key it lacks is a fault, not an error."""

    data: Mapping[str, Any]
    file: str
    faults: Faults
    prefix: str = ""

    def text(self, key: str) -> str:
        value = self.data.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self.fault(key, "a text that is not empty")
        return ""

    def flag(self, key: str) -> bool:
        value = self.data.get(key)
        if isinstance(value, bool):
            return value
        self.fault(key, "true or false")
        return False

    def positive(self, key: str) -> int:
        value = self.data.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self.fault(key, "a whole number from 1")
        return 1

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key)
        if isinstance(value, list) and value and all(isinstance(x, str) and x for x in value):
            return tuple(value)
        self.fault(key, "a list of texts")
        return ()

    def tables(self, key: str) -> Iterator["Table"]:
        value = self.data.get(key)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fault(key, f"at least one [[{key}]]")
            return
        for number, item in enumerate(value, start=1):
            yield Table(item, self.file, self.faults, f"{key} {number}: ")

    def only(self, *keys: str) -> None:
        """Every other key is a fault: one that is misspelt would pass for one left out."""
        for key in self.data.keys() - set(keys):
            self.wrong(key, f"unknown key; known are {', '.join(keys)}")

    def fault(self, key: str, needed: str) -> None:
        found = f"found {self.data[key]!r}" if key in self.data else "it is missing"
        self.wrong(key, f"{found}, needed {needed}")

    def wrong(self, key: str, cause: str) -> None:
        self.faults.add(self.file, self.prefix + key, cause)


def read_toml(path: Path, needed: str) -> dict[str, Any]:
    """A TOML file as a mapping; `needed` says which file was to be given.

    Raises:
        SettingsError: it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error})", f"give {needed}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path.name} is not TOML: {error}", "correct the line") from None
