"""The queue: every upload is in it, as part of a sheet or alone, with its state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast, get_args

import sqlalchemy as sql
from sqlmodel import Session, col

from digitizer.domain.codec import verdict_from_json
from digitizer.domain.election import Tps
from digitizer.domain.verdict import Verdict
from digitizer.store.elections import contests, tps_of
from digitizer.store.queue_lines import ALL, OF_UPLOADS, Wanted, counts_of, lines_of
from digitizer.store.readings import StoredReading, readings_of
from digitizer.store.rounds import fits
from digitizer.store.tables import SheetRow, UploadRow
from digitizer.store.uploads import Upload, select_uploads

State = Literal[
    "unreadable",
    "unassigned",
    "disputed",
    "escalated",
    "doubtful",
    "new_photo",
    "remarked",
    "needs_reader",
    "clear",
    "waiting",
    "verified",
]
"""In the order of the queue: first what can be mended while the paper is still at hand. Single
uploads: unreadable, unassigned (no TPS, or no contest has its form), waiting (not read yet).
Sheets: disputed, escalated (handed on to a supervisor), doubtful, new_photo (a photo came after the
verification), remarked (its sender objects, which nobody who confirmed it knew), needs_reader
(another person must read it), clear, verified."""

STATES: Final[tuple[State, ...]] = get_args(State)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: a sheet, or an upload that belongs to no sheet (yet).

    Attributes:
        upload, photo: of a single upload, None for a sheet.
        verdict: of a sheet, or `Unreadable`; None while waiting.
        note: why an upload is unassigned, in English.
        keyable: whether a person may try to read what the machine could not.
        at: since when it waits (a sheet: its oldest photo).
    """

    state: State
    at: datetime
    contest: str | None
    tps: Tps | None
    form: str | None
    upload: str | None
    photo: str | None
    file_name: str
    verdict: Verdict | None
    note: str
    keyable: bool = False


def queue(
    session: Session,
    *,
    state: State | None = None,
    wanted: Wanted = ALL,
    limit: int = 50,
    offset: int = 0,
) -> tuple[QueueRow, ...]:
    """What was uploaded, in the order of `State`; then by doubt times votes at stake, then age."""
    if state is None:
        return _of_all_states(session, wanted, limit, offset)
    query: Any = lines_of(state, wanted).limit(limit).offset(offset)
    lines = session.exec(query).all()
    if not lines:
        return ()
    if state in OF_UPLOADS:
        return _upload_rows(session, state, [sent for sent, *_ in lines])
    return _sheet_rows(session, [(contest, code, form) for _, contest, code, form in lines])


def queue_counts(session: Session, wanted: Wanted = ALL) -> Mapping[State, int]:
    """How many rows the queue has of each state; every state is a key."""
    query: Any = counts_of(wanted)
    found = dict(session.exec(query).all())
    return {state: found.get(state, 0) for state in STATES}


def _of_all_states(
    session: Session, wanted: Wanted, limit: int, offset: int
) -> tuple[QueueRow, ...]:
    rows: list[QueueRow] = []
    for state, count in queue_counts(session, wanted).items():
        if offset < count and len(rows) < limit:
            most = limit - len(rows)
            rows += queue(session, state=state, wanted=wanted, limit=most, offset=offset)
        offset = max(0, offset - count)
    return tuple(rows)


def _sheet_rows(session: Session, places: Sequence[tuple[str, str, str]]) -> tuple[QueueRow, ...]:
    row = SheetRow
    key = (col(row.contest), col(row.tps), col(row.form))
    asked: Any = sql.select(*key, col(row.state), col(row.oldest_at), col(row.verdict)).where(
        # Column by column and not as triples, for which SQLite goes through all sheets.
        col(row.contest).in_({contest for contest, _, _ in places}),
        col(row.tps).in_({code for _, code, _ in places}),
    )
    rows = {tuple(found[:3]): found for found in session.exec(asked)}
    stations = tps_of(session, [code for _, code, _ in places])
    return tuple(
        QueueRow(
            state=cast("State", rows[place].state),
            at=rows[place].oldest_at,
            contest=place[0],
            tps=stations.get(place[1]),
            form=place[2],
            upload=None,
            photo=None,
            file_name="",
            verdict=verdict_from_json(rows[place].verdict),
            note="",
        )
        for place in places
    )


def _upload_rows(session: Session, state: State, ids: Sequence[str]) -> tuple[QueueRow, ...]:
    sent = {item.id: item for item in select_uploads(session, col(UploadRow.id).in_(ids))}
    readings = readings_of(session, {item.photo for item in sent.values()})
    stations = tps_of(session, [item.tps for item in sent.values() if item.tps is not None])
    return tuple(
        _upload_row(session, state, sent[name], readings.get(sent[name].photo), stations)
        for name in ids
    )


def _upload_row(
    session: Session,
    state: State,
    sent: Upload,
    stored: StoredReading | None,
    stations: Mapping[str, Tps],
) -> QueueRow:
    reading = stored.reading if stored is not None else None
    form = reading.form if reading is not None else None
    return QueueRow(
        state=state,
        at=sent.at,
        contest=sent.contest,
        tps=stations.get(sent.tps or ""),
        form=form,
        upload=sent.id,
        photo=sent.photo,
        file_name=sent.file_name,
        verdict=stored.problem if stored is not None else None,
        note=_why_unassigned(session, sent, form) if state == "unassigned" and form else "",
        keyable=stored is not None and stored.reading is None and "whole" in stored.blobs,
    )


def _why_unassigned(session: Session, sent: Upload, form: str) -> str:
    written = [item.id for item in contests(session) if form in item.form_ids]
    if not written:
        return f"no contest of this election is written on form {form}"
    tps = sent.tps
    if tps is None:
        return "no TPS is known for this photo"
    here = [contest for contest in written if fits(session, form, tps, contest)]
    if not here:
        return f"form {form} is of contest {' or '.join(written)}, in which this TPS has no vote"
    return f"sent for contest {sent.contest}, and form {form} is of contest {' or '.join(here)}"
