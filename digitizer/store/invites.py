"""Invitations: a link that binds one phone to one TPS, once.

The link is a random token of which only the sha256 is kept, so that whoever reads the database can
not use it; that it is used once and may run out the store must know anyway (decision 0015).
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from digitizer.errors import Conflict, NotFound
from digitizer.store.account_tables import InviteRow
from digitizer.store.accounts import Account, add_account, random_letters, random_password
from digitizer.store.events import append_event, lock_chain
from digitizer.store.tables import TpsRow

LASTS: Final = timedelta(days=14)
TOKEN_LETTERS: Final = 24
"""119 random bits, which a person can type from paper."""

NAME_LENGTH: Final = 16
MOST_LABEL: Final = 60


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation that can be used.

    Attributes:
        name: tells it from others in the history; no secret.
    """

    name: str
    tps: str
    until: datetime


def make_invite(session: Session, tps: str, *, actor: str, now: datetime) -> str:
    """The token of a new invitation to a TPS; it is told this once.

    Raises:
        NotFound: there is no such TPS.
    """
    if session.get(TpsRow, tps) is None:
        raise NotFound(f"no TPS has code {tps}", "give a code of the election's list")
    token = random_letters(TOKEN_LETTERS)
    row = InviteRow(token_sha256=_sha256(token), tps=tps, created_at=now, expires_at=now + LASTS)
    session.add(row)
    session.flush()
    payload = {"invite": _invite(row).name, "tps": tps, "until": row.expires_at.isoformat()}
    append_event(session, "invite_made", payload, actor, now)
    return token


def open_invite(session: Session, token: str, now: datetime) -> Invite:
    """The invitation of a token.

    Raises:
        NotFound: there is none.
        Conflict: it was used, or has run out.
    """
    return _invite(_usable(session, token, now))


def use_invite(session: Session, token: str, label: str, now: datetime) -> Account:
    """A witness bound to the TPS of the invitation, which is used up by it.

    The account's password is known to nobody: its phone stays signed in, and an admin gives it
    another one when that is lost. The label, which may be empty, is what reviewers see.

    Raises:
        NotFound: there is no such invitation.
        Conflict: it was used, or has run out.
    """
    lock_chain(session)
    row = _usable(session, token, now)
    account = add_account(
        session, f"saksi-{row.tps}-{secrets.token_hex(3)}", "witness", random_password(),
        label=label.strip()[:MOST_LABEL], tps=row.tps, now=now,
    )  # fmt: skip
    row.used_at, row.account = now, account.id
    session.add(row)
    session.flush()
    append_event(session, "invite_used", {"invite": _invite(row).name}, account.id, now)
    return account


def _usable(session: Session, token: str, now: datetime) -> InviteRow:
    row = session.get(InviteRow, _sha256(token))
    if row is None:
        raise NotFound("there is no such invitation", "ask for a new link", code="no_invite")
    if row.used_at is not None:
        raise Conflict(
            "this invitation was used", "open it on one phone only; ask for a new link",
            code="invite_used",
        )  # fmt: skip
    if row.expires_at <= now:
        raise Conflict(
            f"this invitation ran out at {row.expires_at.isoformat()}", "ask for a new link",
            code="invite_expired",
        )  # fmt: skip
    return row


def _invite(row: InviteRow) -> Invite:
    return Invite(row.token_sha256[:NAME_LENGTH], row.tps, row.expires_at)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
