"""Tallies that rest on a photo which counts as another page by now count no longer.

Until now a photo that was read again as another form, or another page, left its sheet behind, and
what was confirmed of it. Such a tally is disputed until somebody confirms the form anew, as where
another installation confirmed it meanwhile; such a sheet is settled again by the next worker; the
recap is counted once more when the installation is opened next.
"""

from collections.abc import Collection, Iterator, Mapping

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

READING = sa.table("reading", *map(sa.column, ("id", "photo", "form", "page", "at")))
UPLOAD = sa.table("upload", sa.column("id"), sa.column("photo"), sa.column("tps"))
ASSIGNMENT = sa.table("assignment", sa.column("upload"), sa.column("tps"))
CONTEST = sa.table("contest", sa.column("id"))
TALLY = sa.table(
    "tally", *map(sa.column, ("contest", "tps", "version", "node", "form")),
    sa.column("body", sa.JSON()),
)  # fmt: skip
VERIFICATION = sa.table("verification", sa.column("id"), sa.column("body", sa.JSON()))
SHEET = sa.table(
    "sheet", *map(sa.column, ("contest", "tps", "form", "state", "policy")),
    sa.column("photos", sa.JSON()),
)  # fmt: skip
DISPUTE = sa.table(
    "node_dispute", sa.column("contest"), sa.column("tps"),
    sa.column("verifications", sa.JSON()),
)  # fmt: skip
AT_ONCE = 500

Page = tuple[str, int]


def upgrade() -> None:
    bind = op.get_bind()
    seen, counts = _read_as_several(bind)
    codes = _places(bind, counts)
    known = set(bind.execute(sa.select(DISPUTE.c.contest, DISPUTE.c.tps)).tuples())
    found = []
    for start in range(0, len(codes), AT_ONCE):
        some = codes[start : start + AT_ONCE]
        for contest, tps, form, named in _latest(bind, some):
            behind = [seen[name] for name in _behind(bind, named) if name in seen]
            if (contest, tps) not in known and any(counts[p] != page for p, page in behind):
                found.append((contest, tps, form, named[-1:]))
        _settle_again(bind, some, counts)
    for contest, tps, form, verifications in found:
        row = {"contest": contest, "tps": tps, "verifications": verifications}
        bind.execute(sa.insert(DISPUTE).values(row))
        at = (SHEET.c.contest == contest, SHEET.c.tps == tps, SHEET.c.form == form)
        bind.execute(sa.update(SHEET).where(*at).values(state="disputed"))
    if found:
        bind.execute(sa.delete(sa.table("recap_sum")))


def _read_as_several(bind: sa.Connection) -> tuple[dict[str, tuple[str, Page]], dict[str, Page]]:
    """Of photos that were read as more than one page: photo and page by reading, and the page that
    counts by photo.
    """
    was_read = READING.c.form.is_not(None)
    several = (
        sa.select(READING.c.photo)
        .where(was_read)
        .group_by(READING.c.photo)
        .having(
            (sa.func.min(READING.c.form) < sa.func.max(READING.c.form))
            | (sa.func.min(READING.c.page) < sa.func.max(READING.c.page))
        )
    )
    query = (
        sa.select(READING.c.id, READING.c.photo, READING.c.form, READING.c.page)
        .where(was_read, READING.c.photo.in_(several))
        .order_by(READING.c.at, READING.c.id)
    )
    rows = bind.execute(query).all()
    seen = {name: (photo, (form, page)) for name, photo, form, page in rows}
    return seen, {photo: (form, page) for _, photo, form, page in rows}


def _places(bind: sa.Connection, photos: Collection[str]) -> list[str]:
    """Every TPS to which any upload of these photos ever belonged."""
    codes: set[str | None] = set()
    listed = sorted(photos)
    for start in range(0, len(listed), AT_ONCE):
        of_photo = UPLOAD.c.photo.in_(listed[start : start + AT_ONCE])
        codes.update(bind.execute(sa.select(UPLOAD.c.tps).where(of_photo)).scalars())
        sent = sa.select(UPLOAD.c.id).where(of_photo)
        moved = sa.select(ASSIGNMENT.c.tps).where(ASSIGNMENT.c.upload.in_(sent))
        codes.update(bind.execute(moved).scalars())
    return sorted(code for code in codes if code is not None)


def _latest(bind: sa.Connection, codes: list[str]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Contest, TPS, form and verifications of the latest tally of every contest at these TPS."""
    query = (
        sa.select(TALLY.c.contest, TALLY.c.tps, TALLY.c.form, TALLY.c.body)
        .where(TALLY.c.contest.in_(sa.select(CONTEST.c.id)), TALLY.c.tps.in_(codes))
        .order_by(TALLY.c.version, TALLY.c.node.desc())
    )
    last = {(contest, tps): (form, body) for contest, tps, form, body in bind.execute(query)}
    for (contest, tps), (form, body) in last.items():
        yield contest, tps, form, body.get("verifications", [])


def _behind(bind: sa.Connection, named: list[str]) -> Iterator[str]:
    """Readings that whoever gave these verifications had before them, as a tally rests on them."""
    query = sa.select(VERIFICATION.c.id, VERIFICATION.c.body).where(VERIFICATION.c.id.in_(named))
    bodies = {name: body for name, body in bind.execute(query)}
    given = [bodies[name] for name in named if name in bodies]
    for body in given[-1:] if any(item.get("settles") for item in given[-1:]) else given:
        yield from body.get("readings", [])


def _settle_again(bind: sa.Connection, codes: list[str], counts: Mapping[str, Page]) -> None:
    """Mark the sheets at these TPS that hold a photo which shows another form by now."""
    query = sa.select(SHEET.c.contest, SHEET.c.tps, SHEET.c.form, SHEET.c.photos)
    for contest, tps, form, photos in bind.execute(query.where(SHEET.c.tps.in_(codes))).all():
        if any(counts[photo][0] != form for photo in photos if photo in counts):
            at = (SHEET.c.contest == contest, SHEET.c.tps == tps, SHEET.c.form == form)
            bind.execute(sa.update(SHEET).where(*at).values(policy=""))


def downgrade() -> None:
    """A dispute that was found stays one: nothing before 0022 would have seen it."""
