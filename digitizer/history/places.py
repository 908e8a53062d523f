"""What each place comes to by the events alone: which tally counts there, and whether any does."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from operator import itemgetter

from digitizer.domain.election import Place
from digitizer.domain.standing import (
    NodeReading,
    NodeTally,
    Standing,
    lies_elsewhere,
    readings_behind,
    shows_otherwise,
    standing,
)
from digitizer.history.state import Row, State


def standings(state: State) -> Iterator[tuple[Place, Standing, Row | None]]:
    """What each place comes to, and the row of the tally that is shown there."""
    tallies: dict[Place, list[NodeTally]] = defaultdict(list)
    rows: dict[tuple[Place, str, int], Row] = {}
    lie, counts = _where_photos_lie(state), _pages_of_photos(state)
    given, read = state.rows("verification"), state.rows("reading")
    for (contest, tps, version, node, _), row in state.rows("tally").items():
        body = row["body"]
        own, others = (
            [given[name,]["body"] for name in body.get(key, ()) if (name,) in given]
            for key in ("verifications", "beside")
        )
        names = (*readings_behind(own), *(name for item in others for name in item["readings"]))
        seen = [read[name,] for name in names if (name,) in read]
        moved = lies_elsewhere(tps, body["photos"], lie) or shows_otherwise(
            map(_page, seen), counts
        )
        made = NodeTally(
            node,
            version,
            body.get("seen", {}),
            body["values"],
            body["as_written"],
            tuple(body["verifications"]),
            moved,
            row["form"],
            tuple(body.get("beside", ())),
            tuple(own[-1].get("settles", ())) if own else (),
        )
        tallies[contest, tps].append(made)
        rows[(contest, tps), node, version] = {**row, "version": version}
    readings = _readings(state)
    for place in sorted({*tallies, *readings}):
        found = standing(tallies.get(place, ()), readings.get(place, ()))
        shown = found.latest
        yield place, found, None if shown is None else rows[place, shown.node, shown.version]


def _where_photos_lie(state: State) -> Mapping[str, set[str | None]]:
    """For each photo that was sent the TPS to which its uploads belong."""
    belong = {name: row["tps"] for (name,), row in state.rows("upload").items()}
    for (name, _), row in sorted(state.rows("assignment").items()):
        belong[name] = row["tps"]
    lie: dict[str, set[str | None]] = defaultdict(set)
    for (name,), row in state.rows("upload").items():
        lie[row["photo"]].add(belong[name])
    return lie


def _pages_of_photos(state: State) -> Mapping[str, tuple[str, int]]:
    """The page that each photo counts as, as its latest reading has it."""
    read = [(row["at"], name, row) for (name,), row in state.rows("reading").items()
            if row["sha256"] is not None]  # fmt: skip
    return dict(_page(row) for *_, row in sorted(read, key=itemgetter(0, 1)))


def _page(reading: Row) -> tuple[str, tuple[str, int]]:
    """The photo of a reading, and the page that it says the photo shows."""
    return reading["photo"], (reading["form"], reading["page"])


def _readings(state: State) -> Mapping[Place, list[NodeReading]]:
    """The verifications of each place that were not taken back."""
    withdrawn = state.rows("withdrawal")
    found: dict[Place, list[NodeReading]] = defaultdict(list)
    for (name,), row in state.rows("verification").items():
        if (name,) not in withdrawn:
            fields = row["body"]["fields"]
            written = {field: said["as_written"] for field, said in fields.items()}
            found[row["contest"], row["tps"]].append(
                NodeReading(
                    name,
                    row["node"],
                    row["version"],
                    row["form"],
                    row["outcome"],
                    written,
                )
            )
    return found
