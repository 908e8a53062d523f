"""Samples of other nodes. What a certificate says follows from them, so none of it is believed: not
the list, not what was drawn of it, and not that all of its numbers were keyed.
"""

from collections.abc import Mapping
from typing import Any, Never

from sqlmodel import col, select

from digitizer.domain.sampling import lot
from digitizer.errors import DigitizerError, MergeRefused
from digitizer.history import Row
from digitizer.store import sample_tables as samples
from digitizer.store.elections import get_contest
from digitizer.store.listed_tallies import tally_listed, unproven
from digitizer.store.merged_state import Key, Merging, insert, replace_rows, sealed, text_sha256
from digitizer.store.rounds import rounds_of
from digitizer.store.sample_keying import check_glyphs, item_of
from digitizer.store.samples import listed


def write_samples(merging: Merging) -> None:
    """Bring samples up to date.

    Raises:
        MergeRefused: a list is not of tallies that were made, others were drawn of it than its seed
            draws, or numbers were keyed otherwise than the form has them.
    """
    _write_announced(merging)
    _write_drawn(merging)
    place = ("sample", "tps")
    keyed, settled = merging.rows("sample_keying"), merging.rows("sample_ruling")
    replace_rows(merging.session, samples.SampleKeyingRow, place, keyed)
    # Before what was settled stands, since what differs is asked of what was keyed.
    _check_read(merging, keyed, settles=False)
    _check_read(merging, settled, settles=True)
    replace_rows(merging.session, samples.SampleRulingRow, place, settled)


def _write_announced(merging: Merging) -> None:
    session = merging.session
    announced = merging.rows("sample")
    insert(session, samples.SampleRow, ({**row, "id": name} for (name,), row in announced.items()))
    told = (line for line in merging.lines("sample_station") if (line["sample"],) in announced)
    insert(session, samples.SampleStationRow, told)
    for (name,), row in announced.items():
        text = listed(session, name)
        sealed(text_sha256(text), row["population_sha256"], f"the list of sample {name}")
        lines = text.count("\n")
        if not 0 < row["size"] <= row["population"] == lines:
            _refuse(
                f"sample {name} draws {row['size']} of {row['population']} stations, and its list "
                f"has {lines}"
            )
        rounds = rounds_of(session, get_contest(session, row["contest"]))
        if rounds[0].id != row["contest"]:
            _refuse(f"sample {name} is of {row['contest']}, needed {rounds[0].id}")
        try:
            found = unproven(session, name, rounds)
        except (TypeError, AttributeError) as error:
            _refuse(f"the list of sample {name} cannot be counted: {error}")
        if found is not None:
            _refuse(f"the list of sample {name} has numbers of TPS {found} that no tally has")


def _write_drawn(merging: Merging) -> None:
    session = merging.session
    draws, items = merging.rows("sample_draw"), merging.rows("sample_item")
    replace_rows(session, samples.SampleDrawRow, ("sample",), draws)
    for (name,), row in draws.items():
        _check_drawn(merging, name, row["seed"], items)
    drawn: dict[Key, Row] = {}
    for (sample, tps), row in items.items():
        tally = tally_listed(session, sample, tps)
        said = {
            "as_written": dict(tally.as_written),
            "photos": list(tally.photos),
            "verifications": list(tally.verifications),
        }
        drawn[sample, tps] = {**row, "form": tally.form, "tally": said}
    replace_rows(session, samples.SampleItemRow, ("sample", "tps"), drawn)


def _check_drawn(merging: Merging, sample: str, seed: str, items: Mapping[Key, Row]) -> None:
    """The stations that were drawn are those that the seed draws from the list, in this order."""
    session = merging.session
    row = session.get_one(samples.SampleRow, sample)
    station = samples.SampleStationRow
    query = select(station.tps, station.contest, station.version)
    rows = {
        tps: (tps, *rest) for tps, *rest in session.exec(query.where(col(station.sample) == sample))
    }
    needed = [rows[code] for code in lot(seed, rows, row.size)]
    told = sorted(
        (item["position"], tps, item) for (name, tps), item in items.items() if name == sample
    )
    found = [(tps, item["contest"], item["version"]) for _, tps, item in told]
    if found != needed:
        _refuse(
            f"sample {sample} is not what its seed draws: found {_few(found)}, "
            f"needed {_few(needed)}"
        )


def _few(stations: list[tuple[Any, ...]]) -> str:
    shown = ", ".join(str(code) for code, *_ in stations[:3])
    return f"{shown} and others, {len(stations)} in all" if len(stations) > 3 else shown


def _check_read(merging: Merging, rows: Mapping[Key, Row], *, settles: bool) -> None:
    """What was read from the ink has every number that was asked, with its boxes."""
    for (sample, tps), row in rows.items():
        try:
            item = item_of(merging.session, sample, tps)
            asked = item.differing if settles else item.verified
            check_glyphs({name: item.verified[name] for name in asked}, row["as_written"])
        except (DigitizerError, TypeError, AttributeError) as error:
            _refuse(f"TPS {tps} of sample {sample} was keyed otherwise than it can be: {error}")


def _refuse(what: str) -> Never:
    raise MergeRefused(
        what, "tell whoever keeps the installation that announced the sample; nothing was merged"
    )
