"""Seeds of what is drawn by lot: recorded, so that every draw can be checked afterwards."""

import hashlib
import secrets
from datetime import datetime
from typing import Final

from sqlmodel import Session

from digitizer.store.events import append_event, lock_chain
from digitizer.store.review_tables import LotRow

BLIND_FORMS: Final = "blind-forms"
"""The lot by which forms arrive with every number empty."""


SEEDED_CHECKS: Final = "seeded-checks"
"""The lot by which verified forms are shown once more with one number changed."""


def ensure_lot(session: Session, name: str, now: datetime) -> str:
    """The seed of a lot; the first call draws it.

    The history holds its sha256 from the start: whoever knows the seed knows the draws to come, and
    when it is told later it can be held against that.
    """
    lock_chain(session)
    if (row := session.get(LotRow, name)) is not None:
        return row.seed
    seed = secrets.token_hex(16)
    session.add(LotRow(name=name, seed=seed, at=now))
    session.flush()
    sealed = hashlib.sha256(seed.encode()).hexdigest()
    append_event(session, "lot_drawn", {"lot": name, "seed_sha256": sealed}, "system", now)
    return seed
