"""Checking a bundle: nothing is believed but hashes, the signature, and the history itself.

The history is replayed, and what comes out of it is held against every list of the bundle, cell by
cell. No database, no settings and no network take part.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from digitizer.export.columns import COLUMNS
from digitizer.history import Count, State, count
from digitizer.proof import chains, layout, lists
from digitizer.proof.archive import UNREADABLE, Archive
from digitizer.proof.faults import Fault, Faults
from digitizer.proof.manifest import Manifest, read_manifest
from digitizer.proof.recounting import grounds_of, recounted, unfounded, unlisted

BROKEN: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What counting a history raises that tells of things it never introduced."""

RESTS_ON: Final = frozenset(
    {"election_created.contests", "tps_listed", "round_ordered.position", "photo_read.blobs"}
)
"""What older histories may lack without which the lists cannot be recounted."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check came to; without faults the bundle holds.

    Attributes:
        faults: the first of `count`.
        signer: fingerprint of the key that signed, None where there is no signature.
        compared: whether it was compared with one that the caller knows.
        notes: what differs from nothing and is to be asked about: events dated before earlier ones.
        head: of the history, "" where there is none.
        tallies: that count.
    """

    faults: tuple[Fault, ...]
    count: int
    signer: str | None = None
    compared: bool = False
    head: str = ""
    events: int = 0
    tallies: int = 0
    photos: int = 0
    simulated: bool = False
    notes: tuple[Fault, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return self.count == 0


def verify_bundle(
    path: Path,
    *,
    key: str | None = None,
    head: str | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> Report:
    """Check a bundle and say everything that differs.

    Args:
        path: the bundle.
        key: fingerprint of the key that must have signed it.
        head: a head noted earlier, which its history must contain.
        progress: is told how many events were checked so far.
    """
    faults = Faults()
    try:
        with zipfile.ZipFile(path) as opened:
            return _verify(Archive(opened, faults), faults, key, head, progress)
    except UNREADABLE as error:
        faults.add(path.name, "it is no ZIP file that can be read", found=str(error))
    return Report(tuple(faults.kept), faults.count)


def _verify(
    archive: Archive,
    faults: Faults,
    key: str | None,
    head: str | None,
    progress: Callable[[int], object],
) -> Report:
    archive.check_names()
    said, signed = archive.small(layout.MANIFEST), archive.small(layout.SIGNATURE)
    manifest = read_manifest(said, signed, faults, key)
    archive.check_digests(manifest)
    history = chains.check(archive, manifest, faults, progress)
    chains.check_head(history, faults, head)
    counted = _counted(history.state, faults)
    if counted is not None:
        _check_lists(archive, manifest, history.state, counted, faults)
    lists.check_photos(archive, history.state, manifest, faults)
    return Report(
        faults=tuple(faults.kept),
        count=faults.count,
        signer=manifest.fingerprint,
        compared=key is not None,
        head=history.head,
        events=history.events,
        tallies=0 if counted is None else sum(1 for _ in counted.rows()),
        photos=sum(name.startswith(layout.PHOTOS) for name in archive.names),
        simulated=counted is not None and counted.election.simulated,
        notes=tuple(history.notes.kept),
    )


def _counted(state: State, faults: Faults) -> Count | None:
    """What the history comes to; None, with the reason noted, where it cannot be counted."""
    if missing := sorted(state.lacks & RESTS_ON):
        faults.add(
            layout.EVENTS, "the history is of an older version and does not tell all it rests on",
            found=f"without {', '.join(missing)}",
        )  # fmt: skip
    try:
        grounds = grounds_of(state)
        for fault in (
            *unlisted(state),
            *unfounded(grounds),
            *recounted(state.rows("tally"), grounds),
        ):
            faults.add(fault.place, fault.what, found=fault.found, needed=fault.needed)
        found = count(state)
        if found is None:
            faults.add(layout.EVENTS, "the history sets up no election")
        else:
            # Whatever it names must exist: told here once, for all that is counted later.
            for _ in found.rows(superseded=True):
                pass
    except BROKEN as error:
        faults.add(
            layout.EVENTS, "the history cannot be counted", found=f"{type(error).__name__}: {error}"
        )
        return None
    return found


def _check_lists(
    archive: Archive, manifest: Manifest, state: State, counted: Count, faults: Faults
) -> None:
    try:
        chosen = (
            counted.contests if manifest.contest is None else counted.rounds(manifest.contest)
        )  # fmt: skip
    except KeyError:
        faults.add(layout.MANIFEST, "the history knows no such contest", found=manifest.contest)
        return
    fields = lists.named_fields(archive, COLUMNS, faults)
    needed = lists.fields_of(counted, chosen)
    known = lists.known_fields(state, chosen)
    if not needed <= set(fields) <= known or len(set(fields)) != len(fields):
        faults.add(f"{layout.TALLIES} line 1", "the numbers of the tallies are not its columns",
                   found=sorted(fields), needed=sorted(needed))  # fmt: skip
        fields = tuple(sorted(needed))
    lists.compare(
        archive, layout.TALLIES, (*COLUMNS, *fields, "notice"),
        lists.tallies(counted.rows(manifest.contest), fields), faults,
    )  # fmt: skip
    lists.compare(
        archive, layout.TOTALS, (*layout.TOTALS_COLUMNS, *fields),
        lists.totals(counted, chosen, fields), faults,
    )  # fmt: skip
    lists.compare(
        archive, layout.READINGS, layout.READINGS_COLUMNS, lists.readings(state), faults
    )  # fmt: skip
