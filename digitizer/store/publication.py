"""From when on everybody may see the recap, and the head of the history that it shows each hour."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from digitizer.domain.event import head_of
from digitizer.store.events import append_event, last_events, lock_chain
from digitizer.store.publication_tables import PublicationRow, PublishedHeadRow
from digitizer.store.tables import EventRow


@dataclass(frozen=True, slots=True)
class PublishedHead:
    """A head of the history, the hour from which on it was shown, and when it was taken."""

    hour: datetime
    head: str
    at: datetime


def publish(session: Session, since: datetime | None, *, actor: str, now: datetime) -> None:
    """Show the recap to everybody from a moment on; None takes that back, from now on.

    The same again changes nothing.
    """
    lock_chain(session)
    row = _latest(session)
    if (row.since if row is not None else None) == since:
        return
    number = row.number + 1 if row is not None else 1
    session.add(PublicationRow(number=number, since=since, actor=actor, at=now))
    session.flush()
    payload = {"number": number, "since": since.astimezone(UTC).isoformat() if since else None}
    append_event(session, "publication_set", payload, actor, now)


def published_since(session: Session) -> datetime | None:
    """The moment from which on everybody may see the recap, in the future or not; None is never."""
    row = _latest(session)
    return row.since if row is not None else None


def is_published(session: Session, now: datetime) -> bool:
    """Whether everybody may see the recap now."""
    since = published_since(session)
    return since is not None and since <= now


def shown_head(session: Session, now: datetime) -> PublishedHead | None:
    """The head that is shown in this hour, None where none was taken yet."""
    row = session.get(PublishedHeadRow, hour_of(now))
    return PublishedHead(row.hour, row.head, row.at) if row is not None else None


def last_head(session: Session) -> PublishedHead | None:
    """The head that was shown last, in whichever hour."""
    row = _last_shown(session)
    return PublishedHead(row.hour, row.head, row.at) if row is not None else None


def take_head(session: Session, now: datetime) -> PublishedHead:
    """The head that is shown in this hour: the first who asks takes it, as a fact of the history.

    What it is the hash of is kept with it, so that it can be held against a history of several
    nodes too. Where nothing but heads happened since the one before, that one is shown further.
    """
    lock_chain(session)
    if (known := shown_head(session, now)) is not None:
        return known
    hour = hour_of(now)
    chains = last_events(session)
    before = _last_shown(session)
    if before is not None and _nothing_since(session, before, chains):
        row = PublishedHeadRow(hour=hour, head=before.head, chains=before.chains, at=before.at)
        session.add(row)
        session.flush()
        return PublishedHead(row.hour, row.head, row.at)
    head = head_of(chains)
    listed: list[list[str | int]] = [list(chain) for chain in chains]
    session.add(PublishedHeadRow(hour=hour, head=head, chains=listed, at=now))
    session.flush()
    payload = {"hour": hour.isoformat(), "head": head, "chains": listed}
    append_event(session, "head_published", payload, "system", now)
    return PublishedHead(hour, head, now)


def hour_of(now: datetime) -> datetime:
    """The beginning of the hour, in UTC."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _nothing_since(
    session: Session, before: PublishedHeadRow, chains: tuple[tuple[str, int, str], ...]
) -> bool:
    """Whether a head was the last thing that happened, and it was this one."""
    changed = [chain for chain in chains if list(chain) not in before.chains]
    if len(changed) != 1:
        return not changed
    node, seq, _ = changed[0]
    row = session.get(EventRow, (node, seq))
    return row is not None and row.kind == "head_published" and row.payload["head"] == before.head


def _last_shown(session: Session) -> PublishedHeadRow | None:
    query = select(PublishedHeadRow).order_by(col(PublishedHeadRow.hour).desc()).limit(1)
    return session.exec(query).first()


def _latest(session: Session) -> PublicationRow | None:
    query = select(PublicationRow).order_by(col(PublicationRow.number).desc()).limit(1)
    return session.exec(query).first()
