"""What follows from merged events: sheets, disputes, recap, comparison, and photos to be read.

What counts is right with the merge itself. What the machine makes of the photos follows form by
form (`settle_left`), so that nobody waits at the desk until all of a province is settled; whoever
dies on the way leaves it in the line, where a worker finds it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Engine

from digitizer.domain.election import Contest, Place
from digitizer.domain.policy import Policy
from digitizer.jobs import resettle, settle_known, settle_ordered, sheets_of_photo
from digitizer.store.correction_tables import CorrectionRow
from digitizer.store.line import in_line, join_line, rejoin
from digitizer.store.merged_moves import photos_leaving, places_of_moved
from digitizer.store.merged_state import Merging
from digitizer.store.recap_keeping import recount, refresh_recap
from digitizer.store.sheets import refresh_state
from digitizer.store.single_uploads import refresh_singles
from digitizer.store.standings import count_disputes, refresh_dispute
from digitizer.store.tables import ReadingRow, VerificationRow
from digitizer.store.uploads import upload, uploads_of_photo
from digitizer.store.verifications import disputed_sheets

Sheet = tuple[str, str, str]
"""Contest, TPS and form."""


def sheets_before(merging: Merging, policy: Policy) -> frozenset[Sheet]:
    """Sheets that photos belong to which the new events assign elsewhere, or read as another page;
    before they do.
    """
    return frozenset(
        sheet
        for photo in set(photos_leaving(merging))
        for sheet in sheets_of_photo(merging.session, photo, policy)
    )


def settle_merged(
    merging: Merging,
    before: Iterable[Sheet],
    changed: Iterable[Contest],
    policy: Policy,
    now: datetime,
) -> tuple[tuple[str, ...], int]:
    """Bring up to date what new events touch; gives uploads for `settle_left`, and how many places
    are disputed.

    Args:
        merging: what was written into the tables.
        before: sheets that photos left.
        changed: contests that were ordered.
        policy: by which sheets are settled.
        now: when they are.
    """
    session = merging.session
    moved = places_of_moved(merging)
    verified = moved.union(_verified(merging))
    for place in sorted(verified):
        refresh_dispute(session, *place, moved=place in moved)
    # What readers of one installation differ about, its sheets say: else it would count meanwhile.
    disputed = {sheet for sheet in disputed_sheets(session) if sheet[:2] in verified}
    at_once = {*before, *disputed}
    for contest, tps, form in sorted(at_once):
        resettle(session, contest, tps, form, now, policy)
    for photo in sorted(set(_photos(merging))):
        refresh_singles(session, photo)
    left = tuple(sorted(_left(merging, at_once, policy)))
    for name in left:
        join_line(session, name, now)
    for place in sorted(verified):
        refresh_state(session, *place)
    for place in sorted(_corrected(merging)):
        refresh_recap(session, *place)
    _move_rounds(merging, tuple(changed), policy, now)
    rejoin(session)
    return left, count_disputes(session)


def settle_left(
    engine: Engine, uploads: Sequence[str], policy: Policy, progress: Callable[[int], object]
) -> None:
    """Settle what `settle_merged` left in the line, each form in a transaction of its own.

    `progress` is told how many are done.
    """
    for done, name in enumerate(uploads, 1):
        settle_known(engine, name, policy)
        progress(done)


def _left(merging: Merging, done: set[Sheet], policy: Policy) -> Iterator[str]:
    """An upload of every TPS and contest with forms to be settled, unless it is in the line."""
    session = merging.session
    places = {(contest, tps) for contest, tps, _ in done}
    for photo in sorted(set(_photos(merging))):
        touched = {(contest, tps) for contest, tps, _ in sheets_of_photo(session, photo, policy)}
        if touched - places:
            # All papers of a TPS are settled with one of them.
            places |= touched
            name = uploads_of_photo(session, photo)[0].id
            if not in_line(session, name):
                yield name


def _move_rounds(
    merging: Merging, changed: tuple[Contest, ...], policy: Policy, now: datetime
) -> None:
    """Orders are few and touch every TPS of an area: all is counted anew."""
    if not changed:
        return
    for contest in changed:
        if contest.repeats is not None:
            settle_ordered(merging.session, contest, now, policy)
    recount(merging.session)


def _photos(merging: Merging) -> Iterator[str]:
    """Photos that were sent, moved, read, or of which somebody said something or marked a box."""
    new = merging.new
    yield from (row["photo"] for row in new.rows("upload").values())
    yield from (row["photo"] for row in new.rows("reading").values())
    moved = {name for name, _ in new.written("assignment")}
    moved |= {row["upload"] for row in new.rows("remark").values()}
    yield from (upload(merging.session, name).photo for name in moved)
    marked = {reading for reading, *_ in new.written("glyph_mark")}
    yield from (merging.session.get_one(ReadingRow, reading).photo for reading in marked)


def _verified(merging: Merging) -> Iterator[Place]:
    """Places at which somebody verified, took back, or handed on."""
    new = merging.new
    for table in ("verification", "escalation"):
        yield from ((row["contest"], row["tps"]) for row in new.rows(table).values())
    yield from ((contest, tps) for contest, tps, *_ in new.written("tally"))
    for key in new.written("withdrawal"):
        row = merging.session.get_one(VerificationRow, key)
        yield row.contest, row.tps


def _corrected(merging: Merging) -> frozenset[Place]:
    keys = {*merging.new.written("correction"), *merging.new.written("correction_withdrawal")}
    rows = (merging.session.get_one(CorrectionRow, key) for key in keys)
    return frozenset((row.contest, row.tps) for row in rows)
