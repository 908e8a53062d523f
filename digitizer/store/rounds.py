"""The rounds of an office: of which a photo is, and which one counts at a TPS.

The form is evidence and never a key: the same form serves a round and the re-vote after it. So of
which contest a photo is follows from its form and its TPS and, where anybody said so, the contest
it was sent or assigned for; where nobody did it is the latest round that photos were expected for
when this one was first sent. An order changes nothing of photos that were sent before.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sql
from sqlalchemy import ColumnElement, ScalarSelect, Select, SQLColumnExpression, Subquery
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from digitizer.domain.election import NATIONAL, Contest
from digitizer.store.columns import UtcDateTime, asked_for, asked_for_all, by_code_point
from digitizer.store.elections import contests, get_contest
from digitizer.store.tables import (
    AssignmentRow,
    ContestFormRow,
    ContestRow,
    ContestTpsRow,
    UploadRow,
)
from digitizer.store.uploads import latest_assignment

Text = SQLColumnExpression[Any]
"""A column of texts, or one text as `sqlalchemy.literal`."""


def rounds_of(session: Session, contest: Contest) -> tuple[Contest, ...]:
    """Every round of the office of a contest, the first one first."""
    found = [item for item in contests(session) if item.office_id == contest.office_id]
    return tuple(sorted(found, key=lambda item: item.round))


def rounds_at(session: Session, contest: Contest, tps: str) -> tuple[Contest, ...]:
    """The rounds of the office of a contest in which a TPS votes; the last one counts."""
    return _voting_at(session, rounds_of(session, contest), tps)


def contests_at(session: Session, tps: str) -> tuple[Contest, ...]:
    """Every contest in which a TPS votes, in the order of `contests`."""
    return _voting_at(session, contests(session), tps)


def _voting_at(session: Session, chosen: Sequence[Contest], tps: str) -> tuple[Contest, ...]:
    query: Any = sql.select(*(voting(item, sql.literal(tps)) for item in chosen))
    votes = session.exec(query).one() if chosen else ()
    return tuple(item for item, has_vote in zip(chosen, votes, strict=True) if has_vote)


def voting_rounds(session: Session, contest: str, tps: str) -> tuple[str, ...]:
    """Ids of the rounds of the office of a contest in which a TPS votes; the last one counts.

    As `rounds_at`, in one query made once: it is asked whenever a tally changes.
    """
    found = session.connection().execute(_VOTING_ROUNDS, {"contest": contest, "tps": tps})
    return tuple(row[0] for row in found)


def voting(contest: Contest, code: Text) -> ColumnElement[bool]:
    """Whether the TPS of a row votes in this contest."""
    within = sql.true() if contest.area == NATIONAL else code.startswith(contest.area)
    if not contest.limited:
        return within
    return within & _listed(
        col(ContestTpsRow.contest) == contest.id, col(ContestTpsRow.tps) == code
    )


def counting_contest(rounds: Sequence[Contest], code: Text) -> ColumnElement[Any]:
    """Id of the one of these rounds that counts at the TPS of a row, NULL where none does.

    That is the last in which the TPS votes, whether or not its form is in.
    """
    return sql.case(
        *((voting(item, code), item.id) for item in reversed(rounds)),
        else_=sql.null(),
    )


def placed_uploads(*where: ColumnElement[bool]) -> Subquery:
    """Uploads with where they belong by their latest assignment.

    Columns: `id`, `photo`, `account`, `at`, `tps`, `said` (the contest that sender or reviewer
    named) and `first_at` (when the same photo was first sent by anyone).
    """
    assigned = col(AssignmentRow.upload).is_not(None)
    same = aliased(UploadRow)
    first_at = (
        sql.select(sql.func.min(col(same.at)))
        .where(col(same.photo) == col(UploadRow.photo))
        .scalar_subquery()
    )
    return (
        sql.select(
            col(UploadRow.id),
            col(UploadRow.photo),
            col(UploadRow.account),
            col(UploadRow.at),
            sql.case((assigned, AssignmentRow.tps), else_=UploadRow.tps).label("tps"),
            sql.case((assigned, AssignmentRow.contest), else_=UploadRow.contest).label("said"),
            first_at.label("first_at"),
        )
        .select_from(UploadRow)
        .join(AssignmentRow, latest_assignment(), isouter=True)
        .where(*where)
        .subquery()
    )


def written_on(form: Text, tps: Text, said: Text, first_at: Text) -> ScalarSelect[Any]:
    """Id of the contest that a photo is of; NULL when it is of none.

    Args:
        form: id of the form that the photo shows.
        tps: code of its TPS.
        said: id of the contest somebody named, or NULL.
        first_at: when the photo was first sent.
    """
    contest, written = aliased(ContestRow), aliased(ContestFormRow)
    own = col(ContestTpsRow.contest) == col(contest.id)
    limited, listed = _listed(own), _listed(own, col(ContestTpsRow.tps) == tps)
    expected = said.is_(None) & (col(contest.since).is_(None) | (col(contest.since) <= first_at))
    return (
        sql.select(col(contest.id))
        .join(written, col(written.contest) == col(contest.id))
        .where(
            col(written.form) == form,
            (col(contest.area) == NATIONAL) | tps.startswith(col(contest.area)),
            ~limited | listed,
            (col(contest.id) == said) | expected,
        )
        # Of two that nodes ordered apart the one that `rounds_of` has last.
        .order_by(*(item.desc() for item in _in_order(contest)))
        .limit(1)
        .correlate_except(contest, written)
        .scalar_subquery()
    )


def _listed(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a row of the TPS of limited rounds satisfies `where`."""
    # Said outright, since by itself a subquery knows the rows of the query around it alone: two
    # levels down `tps` would be any TPS of anybody's upload.
    return sql.exists().where(*where).correlate_except(ContestTpsRow)


def _voting_rounds() -> Select[str]:
    asked, contest = aliased(ContestRow), aliased(ContestRow)
    tps = asked_for("tps")
    own = col(ContestTpsRow.contest) == col(contest.id)
    limited, listed = _listed(own), _listed(own, col(ContestTpsRow.tps) == tps)
    office = (
        sql.select(sql.func.coalesce(col(asked.repeats), col(asked.id)))
        .where(col(asked.id) == asked_for("contest"))
        .scalar_subquery()
    )
    return (
        sql.select(col(contest.id))
        .where(
            sql.func.coalesce(col(contest.repeats), col(contest.id)) == office,
            (col(contest.area) == NATIONAL) | tps.startswith(col(contest.area)),
            ~limited | listed,
        )
        .order_by(*_in_order(contest))
    )


def _in_order(contest: type[ContestRow]) -> tuple[SQLColumnExpression[Any], ...]:
    return (col(contest.round), col(contest.position), by_code_point(col(contest.id)))


_VOTING_ROUNDS = _voting_rounds()


def contest_of(session: Session, upload: str, form: str) -> Contest | None:
    """The contest that the photo of an upload is of, given the form that it shows."""
    asked = {"upload": upload, "form": form}
    found = session.connection().execute(_contest_of_upload(), asked).one_or_none()
    return get_contest(session, found[0]) if found is not None and found[0] is not None else None


@cache
def _contest_of_upload() -> Any:  # noqa: ANN401  # columns chosen at run time
    sent = placed_uploads(col(UploadRow.id) == asked_for("upload"))
    return _written(sent, asked_for("form"))


def places_of(session: Session, photo: str, form: str) -> frozenset[tuple[str, str]]:
    """Contest and TPS of every upload of a photo that shows this form and has both."""
    return places_of_all(session, (photo,), form)


def places_of_all(
    session: Session, photos: Collection[str], form: str
) -> frozenset[tuple[str, str]]:
    """The same of many photos that show this form."""
    asked = {"photos": photos, "form": form}
    rows = session.connection().execute(_places_of_photos(), asked)
    return frozenset((contest, tps) for contest, tps in rows if contest and tps)


@cache
def _places_of_photos() -> Any:  # noqa: ANN401  # columns chosen at run time
    photos, form = asked_for_all("photos"), asked_for("form")
    return _written(placed_uploads(col(UploadRow.photo).in_(photos)), form)


def fits(session: Session, form: str, tps: str, contest: str) -> bool:
    """Whether a form of a TPS can be of this contest."""
    written = written_on(
        sql.literal(form), sql.literal(tps), sql.literal(contest), sql.literal(None, UtcDateTime())
    )
    query: Any = sql.select(written)
    return bool(session.exec(query).one()[0] == contest)


def photos_since(session: Session, contest: Contest, moment: datetime) -> tuple[str, ...]:
    """Photos sent from a moment on for a TPS that votes in a contest, by sha256."""
    sent = placed_uploads(col(UploadRow.at) >= moment)
    query = select(sent.c.photo).where(sent.c.tps.is_not(None), voting(contest, sent.c.tps))
    return tuple(sorted(set(session.exec(query))))


def _written(sent: Subquery, form: Text) -> Any:  # noqa: ANN401  # columns chosen at run time
    written = written_on(form, sent.c.tps, sent.c.said, sent.c.first_at)
    return sql.select(written, sent.c.tps)
