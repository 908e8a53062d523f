"""The recap: totals with coverage, from one TPS up to the whole election."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sql
from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from digitizer.domain.correction import Correction
from digitizer.domain.election import LEVEL_DIGITS, Contest, Tps
from digitizer.domain.recap_sum import numbers, total
from digitizer.domain.tally import Recap, Tally
from digitizer.domain.verification import Verification
from digitizer.errors import NotFound
from digitizer.store.columns import begins_with
from digitizer.store.corrected import corrections_of
from digitizer.store.elections import contests, get_contest, level_below, tps_of, wilayah_names
from digitizer.store.elections import tps as find_tps
from digitizer.store.form_readings import readings_for
from digitizer.store.missing import MissingState, missing_state
from digitizer.store.readings import StoredReading
from digitizer.store.recap_sums import SUMS, KeptSum, kept_sums
from digitizer.store.rounds import counting_contest, rounds_at
from digitizer.store.sheets import Sheet, sheets_of
from digitizer.store.tables import TpsRow
from digitizer.store.tallies import dated_tallies
from digitizer.store.verifications import history


@dataclass(frozen=True, slots=True)
class RecapRow:
    """The recap of one area; `level` as in `domain.election.LEVELS`.

    Attributes:
        contest: of a TPS, the round that counts there; None for a wider area.
    """

    code: str
    name: str
    level: str
    recap: Recap
    contest: Contest | None


@dataclass(frozen=True, slots=True)
class TpsDetail:
    """Everything known of one contest at one TPS.

    Attributes:
        tallies: oldest version first.
        made_at: when each tally was made, in the same order.
        verifications: oldest first.
        sheets, readings: of every form of the contest.
        corrections: of every level, by version, those taken back among them.
        rounds: in which this TPS votes for the office, the first one first; the last one counts.
        missing: why its numbers count nowhere, also where some were confirmed; None where they do.
    """

    contest: Contest
    rounds: tuple[Contest, ...]
    missing: MissingState | None
    tps: Tps
    tallies: tuple[Tally, ...]
    made_at: tuple[datetime, ...]
    verifications: tuple[Verification, ...]
    sheets: tuple[Sheet, ...]
    readings: tuple[StoredReading, ...]
    corrections: tuple[Correction, ...]


def recap_of(session: Session, contest: str, wilayah: str = "", *, alone: bool = False) -> Recap:
    """Totals of the office of a contest over an area ("" for all of it), or of one TPS.

    At every TPS the last round counts in which it votes; with `alone` only this round does.

    Raises:
        NotFound: there is no such contest.
    """
    rounds = _rounds(session, contest, alone=alone)
    rows = kept_sums(session, *_asked(rounds, alone=alone), SUMS.c.wilayah == wilayah)
    if len(wilayah) == LEVEL_DIGITS["tps"]:
        counting = _counting_at(session, rounds, wilayah).get(wilayah)
        return _recap_of_tps(rounds, counting, contest, wilayah, rows)
    return _recap(rounds, contest, wilayah, rows)


def children(
    session: Session,
    contest: str,
    wilayah: str = "",
    *,
    alone: bool = False,
    after: str = "",
    limit: int | None = None,
) -> tuple[RecapRow, ...]:
    """The recaps one level below an area, by code; "" gives the provinces. See `recap_of`.

    With `limit` only so many, those `after` a code.

    Raises:
        NotFound: there is no such contest, or there is nothing below the area.
    """
    rounds = _rounds(session, contest, alone=alone)
    level = level_below(wilayah)
    asked = _asked(rounds, alone=alone)
    counting: Mapping[str, Contest] = {}
    if level == "tps":
        counting = _counting_at(session, rounds, wilayah, after=after, limit=limit)
        codes = tuple(counting)
        names = {code: item.name for code, item in tps_of(session, codes).items()}
    else:
        codes = _voting_areas(session, asked, wilayah, after, limit)
        names = dict(wilayah_names(session, codes))
    by_area: defaultdict[str, list[KeptSum]] = defaultdict(list)
    for row in kept_sums(session, *asked, SUMS.c.wilayah.in_(codes)):
        by_area[row.place.wilayah].append(row)

    def found(code: str) -> Recap:
        if code in counting:
            return _recap_of_tps(rounds, counting[code], contest, code, by_area[code])
        return _recap(rounds, contest, code, by_area[code])

    return tuple(
        RecapRow(code, names.get(code, code), level, found(code), counting.get(code))
        for code in codes
    )


def revision(session: Session, contest: str, wilayah: str = "", *, alone: bool = False) -> str:
    """What is another whenever any number in the recap of an area or below it is.

    Raises:
        NotFound: there is no such contest.
    """
    rounds = _rounds(session, contest, alone=alone)
    rows = kept_sums(session, *_asked(rounds, alone=alone), SUMS.c.wilayah == wilayah)
    return " ".join(sorted(f"{row.place} {row.revision}" for row in rows))


def tps_detail(session: Session, contest: str, tps: str) -> TpsDetail:
    """One contest at one TPS, with every reading and verification.

    Raises:
        NotFound: there is no such contest or TPS.
    """
    found = get_contest(session, contest)
    station = find_tps(session, tps)
    if station is None:
        raise NotFound(f"the election has no TPS {tps!r}", "give a 13-digit code of its list")
    dated = dated_tallies(session, contest, tps)
    return TpsDetail(
        contest=found,
        rounds=rounds_at(session, found, tps),
        missing=missing_state(session, contest, tps),
        tps=station,
        tallies=tuple(tally for tally, _ in dated),
        made_at=tuple(at for _, at in dated),
        verifications=history(session, contest, tps),
        sheets=sheets_of(session, contest, tps),
        readings=tuple(
            reading
            for form in found.form_ids
            for reading in readings_for(session, contest, tps, form)
        ),
        corrections=corrections_of(session, contest, tps),
    )


def _rounds(session: Session, contest: str, *, alone: bool) -> tuple[Contest, ...]:
    known = contests(session)
    found = next((item for item in known if item.id == contest), None)
    if found is None:
        raise NotFound(f"there is no contest {contest!r}", "choose one of the election")
    if alone:
        return (found,)
    rounds = (item for item in known if item.office_id == found.office_id)
    return tuple(sorted(rounds, key=lambda item: item.round))


def _asked(rounds: Sequence[Contest], *, alone: bool) -> tuple[ColumnElement[bool], ...]:
    """Which sums of these rounds: over TPS where they count, or of the one round wherever."""
    among = SUMS.c.contest.in_([item.id for item in rounds])
    return (among,) if alone else (among, SUMS.c.in_force)


def _voting_areas(
    session: Session,
    asked: Sequence[ColumnElement[bool]],
    parent: str,
    after: str,
    limit: int | None,
) -> tuple[str, ...]:
    """Codes of the areas below one in which there are TPS that vote."""
    query = (
        sql.select(SUMS.c.wilayah)
        .where(*asked, SUMS.c.parent == parent, SUMS.c.expected > 0, SUMS.c.wilayah > after)
        .distinct()
        .order_by(SUMS.c.wilayah)
        .limit(limit)
    )
    return tuple(row[0] for row in session.connection().execute(query))


def _counting_at(
    session: Session,
    rounds: Sequence[Contest],
    wilayah: str,
    *,
    after: str = "",
    limit: int | None = None,
) -> Mapping[str, Contest]:
    """The one of these rounds that counts at each TPS of an area, by code, where any does."""
    code = col(TpsRow.code)
    counting = counting_contest(rounds, code)
    query: Any = (
        sql.select(code, counting)
        .where(begins_with(code, wilayah), code > after, counting.is_not(None))
        .order_by(code)
        .limit(limit)
    )
    by_id = {item.id: item for item in rounds}
    return {tps: by_id[last] for tps, last in session.exec(query)}


def _recap(rounds: Sequence[Contest], contest: str, wilayah: str, rows: Sequence[KeptSum]) -> Recap:
    """The recap of an area, from its sums in every round."""
    whole = total(row.sums for row in rows)
    again = total(row.sums for row in rows if row.place.contest != rounds[0].id)
    return Recap(
        contest=contest,
        wilayah=wilayah,
        totals=MappingProxyType(numbers(whole.totals)),
        counted=whole.counted,
        expected=whole.expected,
        with_gaps=whole.with_gaps,
        disputed=whole.disputed,
        revotes=again.expected,
        revotes_counted=again.counted,
        corrected=whole.corrected,
        differences=MappingProxyType(numbers(whole.differences)),
    )


def _recap_of_tps(
    rounds: Sequence[Contest],
    counting: Contest | None,
    contest: str,
    tps: str,
    rows: Sequence[KeptSum],
) -> Recap:
    """The recap of one TPS, at which one of these rounds counts, or none."""
    found = _recap(rounds, contest, tps, rows)
    again = int(counting is not None and counting.id != rounds[0].id)
    return replace(found, expected=int(counting is not None), revotes=again)
