"""Tallies that rest on a photo which was moved to another TPS since count no longer.

Until now one photo of several could be moved away without taking back what was confirmed with it.
Such a place is disputed until somebody confirms it anew, as where another installation confirmed it
meanwhile; the recap is counted once more when the installation is opened next.
"""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

UPLOAD = sa.table("upload", sa.column("id"), sa.column("photo"), sa.column("tps"))
ASSIGNMENT = sa.table("assignment", sa.column("upload"), sa.column("number"), sa.column("tps"))
CONTEST = sa.table("contest", sa.column("id"))
TALLY = sa.table(
    "tally", sa.column("contest"), sa.column("tps"), sa.column("version"), sa.column("node"),
    sa.column("form"), sa.column("body", sa.JSON()),
)  # fmt: skip
SHEET = sa.table(
    "sheet", sa.column("contest"), sa.column("tps"), sa.column("form"), sa.column("state")
)
DISPUTE = sa.table(
    "node_dispute", sa.column("contest"), sa.column("tps"),
    sa.column("verifications", sa.JSON()),
)  # fmt: skip
AT_ONCE = 500


def upgrade() -> None:
    bind = op.get_bind()
    lie, codes = _moved(bind)
    known = set(bind.execute(sa.select(DISPUTE.c.contest, DISPUTE.c.tps)).tuples())
    found = []
    for start in range(0, len(codes), AT_ONCE):
        for (contest, tps), (form, body) in _latest(bind, codes[start : start + AT_ONCE]).items():
            gone = any(p in lie and tps not in lie[p] for p in body.get("photos", ()))
            if gone and (contest, tps) not in known:
                found.append((contest, tps, form, body["verifications"][-1:]))
    for contest, tps, form, verifications in found:
        row = {"contest": contest, "tps": tps, "verifications": verifications}
        bind.execute(sa.insert(DISPUTE).values(row))
        at = (SHEET.c.contest == contest, SHEET.c.tps == tps, SHEET.c.form == form)
        bind.execute(sa.update(SHEET).where(*at).values(state="disputed"))
    if found:
        bind.execute(sa.delete(sa.table("recap_sum")))


def _moved(bind: sa.Connection) -> tuple[dict[str, set[str | None]], list[str]]:
    """For each photo of which an upload was ever assigned the TPS to which its uploads belong, and
    every TPS to which they ever did.
    """
    last: dict[str, str | None] = {}
    codes: set[str | None] = set()
    query = sa.select(ASSIGNMENT.c.upload, ASSIGNMENT.c.tps).order_by(ASSIGNMENT.c.number)
    for name, tps in bind.execute(query):
        last[name] = tps
        codes.add(tps)
    assigned = sa.select(ASSIGNMENT.c.upload)
    photos = sa.select(UPLOAD.c.photo).where(UPLOAD.c.id.in_(assigned))
    lie: defaultdict[str, set[str | None]] = defaultdict(set)
    for name, photo, tps in bind.execute(
        sa.select(*UPLOAD.columns).where(UPLOAD.c.photo.in_(photos))
    ):
        lie[photo].add(last.get(name, tps))
        codes.add(tps)
    return lie, sorted(code for code in codes if code is not None)


def _latest(
    bind: sa.Connection, codes: list[str]
) -> dict[tuple[str, str], tuple[str, dict[str, list[str]]]]:
    """Form and body of the latest tally of every contest at these TPS."""
    query = (
        sa.select(TALLY.c.contest, TALLY.c.tps, TALLY.c.form, TALLY.c.body)
        .where(TALLY.c.contest.in_(sa.select(CONTEST.c.id)), TALLY.c.tps.in_(codes))
        .order_by(TALLY.c.version, TALLY.c.node.desc())
    )
    return {(contest, tps): (form, body) for contest, tps, form, body in bind.execute(query)}


def downgrade() -> None:
    """A dispute that was found stays one: nothing before 0019 would have seen it."""
