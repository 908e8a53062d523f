"""Invitations: a link that binds one phone to one TPS, once.

The link is a random token of which only the sha256 is kept, so that whoever reads the database can
not use it; that it is used once and may run out the store must know anyway (decision 0015). The
answer may be lost on the way: a browser shows a random word of its own, and for a while the same
word opens another login for the account that was made.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from digitizer.errors import Conflict, NotFound
from digitizer.store.account_tables import InviteRow
from digitizer.store.accounts import (
    Account,
    add_account,
    get_account,
    random_letters,
    random_password,
)
from digitizer.store.events import append_event, lock_chain
from digitizer.store.tables import TpsRow

LASTS: Final = timedelta(days=14)
AGAIN: Final = timedelta(minutes=30)
"""So long after it was used the browser that used an invitation may do so again."""

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


def open_invite(session: Session, token: str, nonce: str, now: datetime) -> Invite:
    """The invitation of a token, for the browser of a nonce.

    Raises:
        NotFound: there is none.
        Conflict: it was used by another browser, or some time ago, or has run out.
    """
    row = _known(session, token)
    if _account_again(session, row, nonce, now) is None:
        _refuse_unusable(row, now)
    return _invite(row)


def use_invite(session: Session, token: str, nonce: str, label: str, now: datetime) -> Account:
    """A witness bound to the TPS of the invitation, which is used up by it.

    The account's password is known to nobody: its phone stays signed in, and an admin gives it
    another one when that is lost. The label, which may be empty, is what reviewers see. The browser
    of the same nonce, which may be empty and is then that of no browser, gets the same account
    again for `AGAIN`: what it was told may not have reached it.

    Raises:
        NotFound: there is no such invitation.
        Conflict: it was used by another browser, or some time ago, or has run out.
    """
    lock_chain(session)
    row = _known(session, token)
    if (known := _account_again(session, row, nonce, now)) is not None:
        return known
    _refuse_unusable(row, now)
    account = add_account(
        session, f"saksi-{row.tps}-{secrets.token_hex(3)}", "witness", random_password(),
        label=label.strip()[:MOST_LABEL], tps=row.tps, now=now,
    )  # fmt: skip
    row.used_at, row.account = now, account.id
    row.nonce_sha256 = _sha256(nonce) if nonce else None
    session.add(row)
    session.flush()
    append_event(session, "invite_used", {"invite": _invite(row).name}, account.id, now)
    return account


def _known(session: Session, token: str) -> InviteRow:
    row = session.get(InviteRow, _sha256(token))
    if row is None:
        raise NotFound("there is no such invitation", "ask for a new link", code="no_invite")
    return row


def _account_again(session: Session, row: InviteRow, nonce: str, now: datetime) -> Account | None:
    """The account that the browser of this nonce made by this invitation a moment ago."""
    if row.used_at is None or row.account is None or now - row.used_at > AGAIN:
        return None
    if not nonce or row.nonce_sha256 != _sha256(nonce):
        return None
    account = get_account(session, row.account)
    return None if account is None or account.disabled else account


def _refuse_unusable(row: InviteRow, now: datetime) -> None:
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


def _invite(row: InviteRow) -> Invite:
    return Invite(row.token_sha256[:NAME_LENGTH], row.tps, row.expires_at)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
