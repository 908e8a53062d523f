"""Writing a bundle: piece by piece, always in the same order, without a clock."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any, Final

from digitizer import __version__
from digitizer.domain.election import Contest, Election
from digitizer.domain.event import Event, Head, canonical, head_of
from digitizer.domain.listing import NOTICE, TallyRow
from digitizer.domain.tally import Recap
from digitizer.export import export_csv
from digitizer.history import Row
from digitizer.proof import layout
from digitizer.proof.archive import write_entry
from digitizer.proof.read_me import READ_ME
from digitizer.proof.signing import Signer

LINES_A_PIECE: Final = 500


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a bundle; everything that may be long comes when it is asked for.

    Attributes:
        contest: of the office of which the lists are, None for all.
        contests: whose tallies are listed.
        fields: every field of the tallies, in order.
        rows: the tallies that count.
        totals: recaps with level and name of their area.
        readings: id and row of every reading.
        chains: the last event of each chain and all events of it, by node.
        keys: the public key of each node.
        photos: sha256 and bytes of public copies, in order; none without.
        with_photos: whether they are meant to be there.
    """

    election: Election
    contest: str | None
    contests: tuple[Contest, ...]
    fields: tuple[str, ...]
    rows: Iterable[TallyRow]
    totals: Iterable[tuple[Recap, str, str]]
    readings: Iterable[tuple[str, Row]]
    chains: Iterable[tuple[Head, Iterable[Event]]]
    keys: Mapping[str, str]
    photos: Iterable[tuple[str, bytes]]
    with_photos: bool


def write_bundle(
    file: IO[bytes],
    contents: Contents,
    signer: Signer,
    made_at: str,
    progress: Callable[[int], object] = lambda _: None,
) -> None:
    """Write a whole bundle; `progress` is told how many events are in so far.

    `made_at` is told in the manifest, in UTC.
    """
    ends: list[Head] = []
    files: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:

        def write(name: str, pieces: Iterable[bytes]) -> None:
            files[name] = write_entry(archive, name, pieces)

        write(layout.README, [READ_ME.encode()])
        write(layout.TALLIES, export_csv(contents.rows, contents.fields))
        write(layout.TOTALS, _totals(contents))
        write(layout.READINGS, _readings(contents))
        done = 0
        for end, events in contents.chains:
            ends.append(end)
            write(layout.events_file(end[0]), _lines(events, done, progress))
            done += end[1]
        for sha256, data in contents.photos:
            write(f"{layout.PHOTOS}{sha256}", [data])
        manifest = canonical(
            {
                "format": layout.FORMAT,
                "product": __version__,
                "made_at": made_at,
                "notice": NOTICE,
                "election": asdict(contents.election),
                "contest": contents.contest,
                "contests": [item.id for item in contents.contests],
                "chains": [list(end) for end in ends],
                "head": head_of(ends),
                "keys": dict(contents.keys),
                "with_photos": contents.with_photos,
                "files": files,
            }
        )
        write_entry(archive, layout.MANIFEST, [manifest])
        write_entry(archive, layout.SIGNATURE, [canonical(signer.signature_of(manifest))])


def _lines(
    events: Iterable[Event], before: int, progress: Callable[[int], object]
) -> Iterator[bytes]:
    for number, event in enumerate(events, start=before + 1):
        yield layout.event_line(event)
        if number % LINES_A_PIECE == 0:
            progress(number)


def _totals(contents: Contents) -> Iterator[bytes]:
    fields = contents.fields
    yield _csv([[*layout.TOTALS_COLUMNS, *fields]])
    for recap, level, name in contents.totals:
        yield _csv([layout.totals_row(recap, level, name, fields)])


def _readings(contents: Contents) -> Iterator[bytes]:
    yield _csv([layout.READINGS_COLUMNS])
    for name, row in contents.readings:
        yield _csv([layout.readings_row(name, row)])


def _csv(lines: Iterable[Iterable[str]]) -> bytes:
    output = io.StringIO(newline="")
    csv.writer(output).writerows(lines)
    return output.getvalue().encode()
