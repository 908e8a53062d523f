"""An election as a file: TOML for the election and its contests, CSV for its TPS."""

import csv
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digitizer.domain.election import Contest, Election, Tps
from digitizer.errors import SettingsError

COLUMNS: Final = ("code", "name", "desa", "kecamatan", "kabkota", "provinsi", "registered")
SHOWN_FAULTS: Final = 20


@dataclass(frozen=True, slots=True)
class ElectionFile:
    """An election as its file describes it."""

    election: Election
    contests: tuple[Contest, ...]
    tps: tuple[Tps, ...]


def read_election_file(path: Path) -> ElectionFile:
    """Read an election from a TOML file and the CSV of TPS it names.

    Raises:
        SettingsError: with every fault found: file, key or line, and cause.
    """
    faults = _Faults()
    table = _Table(_toml(path), path.name, faults)
    election = Election(
        table.text("id"), table.text("title"), table.text("zone"), table.flag("simulated")
    )
    if election.zone and not _is_zone(election.zone):
        faults.add(path.name, "zone", f"{election.zone!r} is no IANA time zone")
    contests = tuple(_contests(table, election.id))
    for key, ids in (
        ("id", [contest.id for contest in contests]),
        ("form_ids", [form for contest in contests for form in contest.form_ids]),
    ):
        for repeated, times in Counter(ids).items():
            if times > 1:
                faults.add(path.name, f"contest.{key}", f"{repeated!r} is given {times} times")
    list_name = table.text("tps")
    stations = _stations(path.parent / list_name, faults) if list_name else ()
    faults.stop()
    return ElectionFile(election, contests, stations)


@dataclass(slots=True)
class _Faults:
    """Everything wrong, so that a person mends a file once and not fault by fault."""

    found: list[str] = field(default_factory=list)

    def add(self, file: str, place: str, cause: str) -> None:
        self.found.append(f"{file}, {place}: {cause}")

    def stop(self) -> None:
        if not self.found:
            return
        shown = self.found[:SHOWN_FAULTS]
        if len(self.found) > SHOWN_FAULTS:
            shown.append(f"and {len(self.found) - SHOWN_FAULTS} more")
        raise SettingsError("\n".join(shown), "correct the file and load it again")


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of a TOML file; asking for a key it lacks is a fault, not an error."""

    data: Mapping[str, Any]
    file: str
    faults: _Faults
    prefix: str = ""

    def text(self, key: str) -> str:
        value = self.data.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self._fault(key, "a text that is not empty")
        return ""

    def flag(self, key: str) -> bool:
        value = self.data.get(key)
        if isinstance(value, bool):
            return value
        self._fault(key, "true or false")
        return False

    def positive(self, key: str) -> int:
        value = self.data.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self._fault(key, "a whole number from 1")
        return 1

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key)
        if isinstance(value, list) and value and all(isinstance(x, str) and x for x in value):
            return tuple(value)
        self._fault(key, "a list of texts")
        return ()

    def tables(self, key: str) -> Iterator["_Table"]:
        value = self.data.get(key)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._fault(key, f"at least one [[{key}]]")
            return
        for number, item in enumerate(value, start=1):
            yield _Table(item, self.file, self.faults, f"{key} {number}: ")

    def _fault(self, key: str, needed: str) -> None:
        found = f"found {self.data[key]!r}" if key in self.data else "it is missing"
        self.faults.add(self.file, self.prefix + key, f"{found}, needed {needed}")


def _contests(table: _Table, election: str) -> Iterator[Contest]:
    for item in table.tables("contest"):
        office = item.text("office")
        area = item.text("area")
        if not area.isascii() or not area.isdigit() or len(area) > 10:
            table.faults.add(table.file, f"{item.prefix}area", f"{area!r} is no wilayah code")
        yield Contest(
            id=item.text("id"),
            election=election,
            round=item.positive("round"),
            office=office,
            title=item.text("title") if "title" in item.data else office,
            area=area,
            candidates=item.texts("candidates"),
            form_ids=item.texts("form_ids"),
        )


def _stations(path: Path, faults: _Faults) -> tuple[Tps, ...]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        faults.add(path.name, "file", f"it cannot be read ({error})")
        return ()
    rows = csv.DictReader(text.splitlines())
    if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
        faults.add(path.name, "line 1", f"columns {', '.join(missing)} are missing")
        return ()
    stations: dict[str, Tps] = {}
    for row in rows:
        place = f"line {rows.line_num}"
        try:
            station = _station(row)
        except ValueError as error:
            faults.add(path.name, place, str(error))
            continue
        if station.code in stations:
            faults.add(path.name, place, f"TPS {station.code} comes twice")
        stations[station.code] = station
    if not stations:
        faults.add(path.name, "file", "it names no TPS that can be used")
    return tuple(stations.values())


def _station(row: Mapping[str, str | None]) -> Tps:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if empty := [name for name in COLUMNS if not cells[name]]:
        raise ValueError(f"{', '.join(empty)} is empty")
    registered = cells.pop("registered")
    if not registered.isascii() or not registered.isdigit():
        raise ValueError(f"registered is {registered!r}, needed a whole number")
    return Tps(**cells, registered=int(registered))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error})", "give election.toml") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path.name} is not TOML: {error}", "correct the line") from None


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
