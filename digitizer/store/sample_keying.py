"""The stations of a sample: keyed once more by somebody who never saw them, and what follows.

`items` are what was drawn, and how far each has come; `key_station` keeps what one person reads
from the ink, without seeing the tally, `settle_station` what the ink says where that differs. What
follows for every verified number of the list: `store.certificates`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select, union

from digitizer.domain.certificate import Keyed
from digitizer.domain.event import EventKind
from digitizer.domain.glyph import ALPHABET
from digitizer.domain.number import spell
from digitizer.errors import Conflict, NotAllowed, NotFound, VerificationRefused
from digitizer.store.events import append_event
from digitizer.store.form_readings import uploaders
from digitizer.store.nodes import own_node
from digitizer.store.review_tables import EscalationRow, SeededCheckRow
from digitizer.store.sample_tables import (
    SampleItemRow,
    SampleKeyingRow,
    SampleRulingRow,
)
from digitizer.store.samples import get_sample, own_sample
from digitizer.store.tables import VerificationRow
from digitizer.store.uploads import uploads_of_photos


@dataclass(frozen=True, slots=True)
class Item:
    """One station that was drawn.

    Attributes:
        position: 1 for the smallest ticket.
        contest: the round that counts there.
        verified: the glyphs of every number, as people confirmed them.
        photos: sha256 of what the tally rests on.
        keyed: the glyphs that were read from the ink once more, by `keyed_by`; None before.
        settled: what a supervisor sees where the two differ; None before.
    """

    sample: str
    position: int
    tps: str
    contest: str
    version: int
    form: str
    verified: Mapping[str, str]
    photos: tuple[str, ...]
    keyed: Mapping[str, str] | None
    keyed_by: str | None
    settled: Mapping[str, str] | None

    @property
    def differing(self) -> tuple[str, ...]:
        """Numbers that were keyed otherwise than they are verified."""
        if self.keyed is None:
            return ()
        return tuple(
            name
            for name, glyphs in self.verified.items()
            if name not in self.keyed or spell(self.keyed[name]).value != spell(glyphs).value
        )

    @property
    def unsettled(self) -> bool:
        """Whether a supervisor is needed."""
        return bool(self.differing) and self.settled is None

    @property
    def known(self) -> Keyed:
        """What is known of its numbers."""
        said = {**(self.keyed or {}), **(self.settled or {})}
        waiting = set(self.differing) if self.settled is None else set()
        return Keyed(
            {name: spell(glyphs).value for name, glyphs in self.verified.items()},
            {name: spell(glyphs).value for name, glyphs in said.items() if name not in waiting},
        )


def items(session: Session, sample: str) -> tuple[Item, ...]:
    """The stations of a sample, in the order of their tickets; none before it was drawn."""
    return _items(session, col(SampleItemRow.sample) == sample)


def item_of(session: Session, sample: str, tps: str) -> Item:
    """One station of a sample.

    Raises:
        NotFound: it was not drawn.
    """
    found = _items(session, col(SampleItemRow.sample) == sample, col(SampleItemRow.tps) == tps)
    if not found:
        raise NotFound(f"TPS {tps} is not in sample {sample}", "open it from the certificate")
    return found[0]


def may_key(session: Session, item: Item, account: str) -> bool:
    """Whether somebody neither sent nor ever read this form."""
    return account not in _who_saw(session, item)


def refuse_who_saw(session: Session, item: Item, account: str, *, keyed: bool = False) -> None:
    """Nobody looks at a form for a sample who knows it; with `keyed` nor who keyed it for that.

    Raises:
        NotAllowed: this account sent a photo of the form, or read it before.
    """
    if (keyed and account == item.keyed_by) or not may_key(session, item, account):
        raise NotAllowed(
            "you sent a photo of this form or have read it", "leave it to somebody else"
        )


def next_to_key(session: Session, sample: str, account: str) -> Item | None:
    """The first station that is not keyed yet and that this account may key.

    None of a sample that another installation announced: it is keyed there.
    """
    if get_sample(session, sample).node != own_node(session):
        return None
    waiting = (item for item in items(session, sample) if item.keyed is None)
    return next((item for item in waiting if may_key(session, item, account)), None)


def key_station(
    session: Session,
    sample: str,
    tps: str,
    as_written: Mapping[str, str],
    *,
    account: str,
    now: datetime,
) -> Item:
    """Keep what one person reads from the ink; the same again changes nothing.

    Raises:
        NotFound: the station was not drawn.
        NotAllowed: this account sent a photo of the form, or read it before.
        Conflict: somebody else keyed it meanwhile.
        VerificationRefused: a number is missing, is none of the form, or has other boxes.
    """
    own_sample(session, sample)
    item = item_of(session, sample, tps)
    refuse_who_saw(session, item, account)
    check_glyphs(item.verified, as_written)
    if item.keyed is not None:
        if item.keyed_by == account and item.keyed == as_written:
            return item
        raise Conflict("this form was keyed already", "take the next one of the sample")
    row = SampleKeyingRow(
        sample=sample, tps=tps, as_written=dict(as_written), account=account, at=now
    )
    return _kept(session, row, "sample_keyed")


def settle_station(
    session: Session,
    sample: str,
    tps: str,
    as_written: Mapping[str, str],
    *,
    account: str,
    now: datetime,
) -> Item:
    """Keep what the ink says where keying and tally differ; the same again changes nothing.

    Raises:
        NotFound: the station was not drawn.
        NotAllowed: this account keyed it, sent a photo of it, or read it before.
        Conflict: nothing differs, or it was settled otherwise.
        VerificationRefused: a number that differs is missing, or another is given.
    """
    own_sample(session, sample)
    item = item_of(session, sample, tps)
    refuse_who_saw(session, item, account, keyed=True)
    if not item.differing:
        raise Conflict("nothing differs on this form", "open another one of the sample")
    check_glyphs({name: item.verified[name] for name in item.differing}, as_written)
    if item.settled is not None:
        if item.settled == as_written:
            return item
        raise Conflict("this form was settled already", "open it to see how")
    row = SampleRulingRow(
        sample=sample, tps=tps, as_written=dict(as_written), account=account, at=now
    )
    return _kept(session, row, "sample_settled")


def _kept(session: Session, row: SampleKeyingRow | SampleRulingRow, kind: EventKind) -> Item:
    session.add(row)
    session.flush()
    payload = {"sample": row.sample, "tps": row.tps, "as_written": dict(row.as_written)}
    append_event(session, kind, payload, row.account, row.at)
    return item_of(session, row.sample, row.tps)


def _items(session: Session, *where: Any) -> tuple[Item, ...]:  # noqa: ANN401
    same = (col(SampleKeyingRow.sample) == col(SampleItemRow.sample)) & (
        col(SampleKeyingRow.tps) == col(SampleItemRow.tps)
    )
    ruled = (col(SampleRulingRow.sample) == col(SampleItemRow.sample)) & (
        col(SampleRulingRow.tps) == col(SampleItemRow.tps)
    )
    query = (
        select(SampleItemRow, SampleKeyingRow, SampleRulingRow)
        .join(SampleKeyingRow, same, isouter=True)
        .join(SampleRulingRow, ruled, isouter=True)
        .where(*where)
        .order_by(col(SampleItemRow.position))
    )
    return tuple(_item(*found) for found in session.exec(query))


def _item(
    row: SampleItemRow, keying: SampleKeyingRow | None, ruling: SampleRulingRow | None
) -> Item:
    return Item(
        sample=row.sample,
        position=row.position,
        tps=row.tps,
        contest=row.contest,
        version=row.version,
        form=row.form,
        verified=MappingProxyType(row.tally["as_written"]),
        photos=tuple(row.tally["photos"]),
        keyed=None if keying is None else MappingProxyType(keying.as_written),
        keyed_by=None if keying is None else keying.account,
        settled=None if ruling is None else MappingProxyType(ruling.as_written),
    )


def _who_saw(session: Session, item: Item) -> frozenset[str]:
    """Who sent a photo of a form, read it, answered a check on it or handed it on."""
    saw: Any = union(
        select(VerificationRow.reviewer).where(
            col(VerificationRow.contest) == item.contest, col(VerificationRow.tps) == item.tps
        ),
        select(SeededCheckRow.account).where(
            col(SeededCheckRow.contest) == item.contest, col(SeededCheckRow.tps) == item.tps
        ),
        select(EscalationRow.account).where(
            col(EscalationRow.contest) == item.contest, col(EscalationRow.tps) == item.tps
        ),
    )
    sent = {one.account for one in uploads_of_photos(session, item.photos)}
    senders = uploaders(session, item.contest, item.tps, item.form)
    return senders | sent | set(session.exec(saw).scalars())


def check_glyphs(needed: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Every number that is needed is given, and no other, each with the boxes that it has.

    Raises:
        VerificationRefused: one is missing, strange, or has other boxes.
    """
    if missing := sorted(set(needed) - set(given)):
        raise VerificationRefused(
            f"{len(missing)} numbers are missing: {', '.join(missing)}",
            "write what each box shows; ? for one that nobody can read",
        )
    if strange := sorted(set(given) - set(needed)):
        raise VerificationRefused(f"{strange[0]} is not asked", "open the form again")
    for name, glyphs in given.items():
        if len(glyphs) != len(needed[name]) or set(glyphs) - set(ALPHABET):
            raise VerificationRefused(
                f"{name} is {glyphs!r}, needed {len(needed[name])} boxes of {ALPHABET}",
                "write one glyph a box; _ stands for an empty box",
            )
