"""The lists of a bundle, held cell by cell against what the history comes to."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from digitizer.domain.election import Contest, dotted
from digitizer.domain.listing import TallyRow
from digitizer.export.csv import csv_line
from digitizer.history import Count, State
from digitizer.proof import layout
from digitizer.proof.archive import Archive
from digitizer.proof.faults import Faults
from digitizer.proof.manifest import Manifest

Label = tuple[str, ...]
"""What a row is of, such as contest and TPS."""

CAME_AFTER: Final = frozenset({"verified", "new_photo", "remarked"})
"""Whether a photo or a remark came after the tally says the moment of the export, and nothing of
the history: any of these stands for a tally that counts."""

LABELS: Final[Mapping[str, Sequence[str]]] = {
    layout.TALLIES: ("contest", "tps"),
    layout.TOTALS: ("contest", "wilayah"),
    layout.READINGS: ("reading",),
}


def compare(
    archive: Archive,
    name: str,
    columns: Sequence[str],
    expected: Mapping[Label, Sequence[str]],
    faults: Faults,
) -> None:
    """Hold a CSV against the rows it should have, in their order.

    Args:
        archive: where it is.
        name: of the file.
        columns: what its header should be.
        expected: the cells of each row.
        faults: where every cell that differs is noted.
    """
    rows = _rows(archive, name, faults)
    header = next(rows, [])
    if header != list(columns):
        faults.add(f"{name} line 1", "the columns differ", found=header, needed=list(columns))
        return
    places = [columns.index(column) for column in LABELS[name]]
    position = {label: number for number, label in enumerate(expected)}
    seen: set[Label] = set()
    last = -1
    for line, cells in enumerate(rows, 2):
        place = f"{name} line {line}"
        if len(cells) != len(columns):
            faults.add(place, "cells", found=len(cells), needed=len(columns))
            continue
        label = tuple(cells[index] for index in places)
        needed = expected.get(label)
        if needed is None:
            faults.add(place, f"the history has no row for {' '.join(label)}")
            continue
        if label in seen:
            faults.add(place, f"a second row for {' '.join(label)}")
        elif position[label] < last:
            faults.add(place, f"the row for {' '.join(label)} stands out of order")
        seen.add(label)
        last = max(last, position[label])
        for column, found, wanted in zip(columns, cells, needed, strict=True):
            if found != wanted and not (column == "status" and {found, wanted} <= CAME_AFTER):
                faults.add(place, f"{column} of {' '.join(label)}", found=found, needed=wanted)
    for label in expected:
        if label not in seen:
            faults.add(name, f"the row for {' '.join(label)} is missing")


def tallies(rows: Iterable[TallyRow], fields: Sequence[str]) -> dict[Label, Sequence[str]]:
    """The rows of `tallies.csv`."""
    found: dict[Label, Sequence[str]] = {}
    for row in rows:
        (cells,) = csv.reader([csv_line(row, fields)])
        found[row.contest.id, dotted(row.tps)] = cells
    return found


def totals(
    count: Count, chosen: Sequence[Contest], fields: tuple[str, ...]
) -> dict[Label, Sequence[str]]:
    """The rows of `totals.csv`: of each office, level by level."""
    found: dict[Label, Sequence[str]] = {}
    for contest in (item for item in chosen if item.repeats is None):
        for digits, level in layout.TOTALS_LEVELS.items():
            names = _names(count, digits, level)
            for area, recap in sorted(count.recaps(contest.id, digits).items()):
                name = names.get(area, "")
                found[contest.id, area] = layout.totals_row(recap, level, name, fields)
    return found


def readings(state: State) -> dict[Label, Sequence[str]]:
    """The rows of `readings.csv`."""
    return {
        (name,): layout.readings_row(name, row)
        for (name,), row in sorted(state.rows("reading").items())
    }


def fields_of(count: Count, chosen: Sequence[Contest]) -> frozenset[str]:
    """Every field of the tallies that count in these contests, those of earlier rounds too."""
    ids = {item.id for item in chosen}
    places = count.tallies.keys() - count.disputed - count.partial
    return frozenset(
        name
        for place in places
        if place[0] in ids
        for name in count.tallies[place]["body"]["values"]
    )


def known_fields(state: State, chosen: Sequence[Contest]) -> frozenset[str]:
    """Every field that any version of a tally of these contests has.

    Bundles of releases before had a column of each; where nothing counts in it, it is empty.
    """
    ids = {item.id for item in chosen}
    return frozenset(
        name
        for (contest, *_), row in state.rows("tally").items()
        if contest in ids
        for name in row["body"]["values"]
    )


def named_fields(archive: Archive, before: Sequence[str], faults: Faults) -> tuple[str, ...]:
    """The fields that the header of `tallies.csv` names, between the columns before and after."""
    header = next(_rows(archive, layout.TALLIES, faults), [])
    return tuple(header[len(before) : -1]) if header[-1:] == ["notice"] else ()


def check_photos(archive: Archive, state: State, manifest: Manifest, faults: Faults) -> None:
    """Every public copy that a reading names is there, and each is what its name says."""
    named = {
        row["blobs"]["public"]
        for row in state.rows("reading").values()
        if "public" in row.get("blobs", {})
    }
    given = [name for name in archive.names if name.startswith(layout.PHOTOS)]
    for name in given:
        sha256 = name.removeprefix(layout.PHOTOS)
        if sha256 not in named:
            faults.add(name, "no reading names this photo")
        found = archive.digest(name)
        if found is not None and found != sha256:
            faults.add(name, "the photo was changed or swapped", found=found, needed=sha256)
    if manifest.with_photos:
        for sha256 in sorted(named - {name.removeprefix(layout.PHOTOS) for name in given}):
            faults.add(f"{layout.PHOTOS}{sha256}", "the photo is missing")


def _rows(archive: Archive, name: str, faults: Faults) -> Iterator[list[str]]:
    lines = archive.lines(name)
    texts = (line.decode("utf-8-sig" if not number else "utf-8", "replace") + "\n"
             for number, line in enumerate(lines))  # fmt: skip
    try:
        yield from csv.reader(texts, strict=True)
    except csv.Error as error:
        faults.add(name, "it is no CSV", found=str(error))


def _names(count: Count, digits: int, level: str) -> dict[str, str]:
    """What the areas of a level are called; of several names the first, as in the recap."""
    names: dict[str, str] = {}
    for code, station in count.stations.items() if level else ():
        area, name = code[:digits], str(getattr(station, level))
        names[area] = min(name, names.get(area, name))
    return names
