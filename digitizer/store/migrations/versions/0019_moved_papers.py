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
TALLY = sa.table(
    "tally", sa.column("contest"), sa.column("tps"), sa.column("version"), sa.column("node"),
    sa.column("body", sa.JSON()),
)  # fmt: skip
DISPUTE = sa.table(
    "node_dispute", sa.column("contest"), sa.column("tps"),
    sa.column("verifications", sa.JSON()),
)  # fmt: skip


def upgrade() -> None:
    bind = op.get_bind()
    moved = _moved(bind)
    if not moved:
        return
    latest: dict[tuple[str, str], tuple[int, str, dict[str, list[str]]]] = {}
    for contest, tps, version, node, body in bind.execute(sa.select(*TALLY.columns)):
        known = latest.get((contest, tps))
        if known is None or (-version, node) < (-known[0], known[1]):
            latest[contest, tps] = version, node, body
    known_disputes = set(bind.execute(sa.select(DISPUTE.c.contest, DISPUTE.c.tps)).tuples())
    found = [
        {"contest": contest, "tps": tps, "verifications": body["verifications"][-1:]}
        for (contest, tps), (_, _, body) in sorted(latest.items())
        if (contest, tps) not in known_disputes
        and any(photo in moved and tps not in moved[photo] for photo in body.get("photos", ()))
    ]
    if found:
        bind.execute(sa.insert(DISPUTE), found)
        bind.execute(sa.delete(sa.table("recap_sum")))


def _moved(bind: sa.Connection) -> dict[str, set[str | None]]:
    """For each photo of which an upload was ever assigned, the TPS to which its uploads belong."""
    assigned: dict[str, str | None] = {}
    for name, tps in bind.execute(
        sa.select(ASSIGNMENT.c.upload, ASSIGNMENT.c.tps).order_by(ASSIGNMENT.c.number)
    ):
        assigned[name] = tps
    if not assigned:
        return {}
    lie: defaultdict[str, set[str | None]] = defaultdict(set)
    touched = set()
    for name, photo, tps in bind.execute(sa.select(*UPLOAD.columns)):
        lie[photo].add(assigned.get(name, tps))
        if name in assigned:
            touched.add(photo)
    return {photo: lie[photo] for photo in touched}


def downgrade() -> None:
    """A dispute that was found stays one: nothing before 0019 would have seen it."""
