"""What one person finds on opening a form: how it is shown to them, and whether they may decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import Depends, Query
from sqlmodel import Session

from digitizer.api.names import form_named
from digitizer.api.web import SUPERVISORS, Web
from digitizer.domain.election import Tps
from digitizer.domain.form import FormSpec
from digitizer.domain.gather import FormReading, gather
from digitizer.domain.keyed import KEYED
from digitizer.domain.other_papers import contradictions
from digitizer.domain.review import Showing, drawn, showing
from digitizer.domain.verdict import Verdict
from digitizer.domain.verification import ALONE, OtherPapers, Verification, differences
from digitizer.errors import Conflict, NotFound
from digitizer.store.accounts import Account
from digitizer.store.checks import Check, check_of
from digitizer.store.elections import tps as find_tps
from digitizer.store.engine import read_session, write_session
from digitizer.store.form_readings import sources_of
from digitizer.store.leases import Lease, lease_of, take_lease
from digitizer.store.other_papers import senders_of
from digitizer.store.readings import StoredReading
from digitizer.store.sheets import Sheet, is_still
from digitizer.store.sheets import sheet as find_sheet
from digitizer.store.turns import FormPlace
from digitizer.store.verifications import Pending, waiting

Refusal = Literal["no_page", "own_upload", "read_already", "disputed", "escalated", "leased"]

HINTS: Final[Mapping[Refusal, str]] = {
    "no_page": "take the next form; its photos lie with the form that they show",
    "own_upload": "let another reviewer confirm it",
    "read_already": "somebody else reads it, or decides; take the next form",
    "disputed": "a supervisor decides between the readings; take the next form",
    "escalated": "a supervisor looks at it; take the next form",
    "leased": "take the next form; this one comes back when it is left",
}
FOUND: Final[Mapping[Refusal, str]] = {
    "no_page": "no photo shows any page of this form, at least one is needed",
    "own_upload": "a photo of this form, or of another paper that it differs from, was uploaded by"
    " the account that reviews it",
    "read_already": "this account has read this form, or another paper that it differs from",
    "disputed": "the readings of this form differ",
    "escalated": "this form was handed on to a supervisor",
    "leased": "this form is open elsewhere",
}


async def place_of(contest_id: str, tps: str, form_id: str) -> tuple[str, str, str]:
    """Contest, TPS and form id in the address of a form."""
    return contest_id, tps, form_id


SheetPlace = Annotated[tuple[str, str, str], Depends(place_of)]

Token = Annotated[str, Query(max_length=16, pattern=r"^[0-9a-f]*$")]
"""What the address of every form carries; of a seeded check it says so, to us alone."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One form as one person finds it.

    Attributes:
        reader: id of this person's account.
        waiting: readings by other people that have not made a tally yet.
        showing: which numbers arrive empty.
        ask_tps: whether they must type the number of the TPS from the head of the form.
        refusal: why this person may not decide on it, None when they may.
        lease: who has it open now, if anybody.
        check: what is shown instead where this is a seeded check.
        others: what was confirmed of the other papers of its TPS.
    """

    reader: str
    form: FormSpec
    sheet: Sheet
    tps: Tps
    readings: tuple[StoredReading, ...]
    gathered: FormReading
    waiting: tuple[Verification, ...]
    showing: Showing
    ask_tps: bool
    refusal: Refusal | None
    lease: Lease | None = None
    check: Check | None = None
    others: OtherPapers = ALONE

    @property
    def keyed(self) -> tuple[StoredReading, ...]:
        """The photos that no machine has read."""
        return tuple(item for item in self.readings if item.reading and item.reading.model == KEYED)

    @property
    def disputed(self) -> tuple[Verification, ...]:
        """The readings of this paper between which a supervisor decides."""
        return self.waiting if self.sheet.state == "disputed" else ()

    @property
    def against(self) -> tuple[Verification, ...]:
        """Those of other papers about which a supervisor decides with them."""
        return self.others.all if self.disputed else ()

    @property
    def differing(self) -> tuple[str, ...]:
        """Numbers of a disputed form that its readers, or papers, say differently.

        All of them where neither is known to: then something else speaks against the form.
        """
        last = self.disputed[-1]
        readers = differences(self.disputed) if len(self.disputed) > 1 else ()
        others = [item.said for item in self.against]
        papers = contradictions(last.said, others, [item.said for item in self.others.decided])
        return tuple(dict.fromkeys((*readers, *papers))) or tuple(last.fields)


def open_form(
    session: Session,
    web: Web,
    account: Account,
    place: tuple[str, str, str],
    now: datetime,
    token: str = "",
) -> Opened:
    """Open the form of a contest, TPS and form id for an account.

    `token` of the address says whether it is shown as a seeded check.

    Raises:
        NotFound: there is no such form, TPS, or no photo of it was read.
    """
    contest, code, form_id = place
    form = form_named(form_id)
    sheet = _sheet(session, contest, code, form_id)
    sources = sources_of(session, contest, code, form_id)
    readings = sources.readings
    gathered = gather(form, [item.reading for item in readings if item.reading is not None])
    before = waiting(session, contest, code, form_id)
    check = check_of(session, web.check_seed, web.review.seeded_share, account.id, place, token)
    if check is not None and sheet.state == "verified":
        return Opened(
            reader=account.id,
            form=form,
            sheet=sheet,
            tps=_station(session, code),
            readings=readings,
            gathered=gathered,
            waiting=(),
            showing=Showing(frozenset(), whole=False),
            ask_tps=False,
            refusal=None,
            check=check,
        )
    earlier = 0 if sheet.state == "disputed" else len(before.verifications)
    shown = showing_of(web, form, place, sheet.version, sheet.verdict, earlier=earlier)
    lease = lease_of(session, *place, now)
    senders = sources.senders
    if sheet.state == "disputed" and account.role in SUPERVISORS:
        # Whoever decides on this paper decides on those that it differs from.
        senders |= senders_of(session, contest, code, before.others)
    return Opened(
        reader=account.id,
        form=form,
        sheet=sheet,
        tps=_station(session, code),
        readings=readings,
        gathered=gathered,
        waiting=before.verifications,
        showing=shown,
        ask_tps=sheet.state != "disputed" and (shown.whole or not sources.bound),
        refusal=(_refusal(account, sheet, senders, before, lease) if readings else "no_page"),
        lease=lease,
        others=before.others,
    )


def give_form(web: Web, account: Account, place: FormPlace, now: datetime, token: str) -> Opened:
    """Open a form, and keep it from others for some minutes where this person may decide on it.

    In transactions of its own: looking at what a form is read from makes no writer wait, and one
    that was just handed out (`turns.next_url`) is not written at all.

    Raises:
        NotFound: as `open_form`.
    """
    with read_session(web.engine) as session:
        opened = open_form(session, web, account, place, now, token)
    if opened.refusal is not None or opened.check is not None:
        return opened
    if opened.lease is not None and opened.lease.lasts(account.id, now):
        return opened
    with write_session(web.engine) as session:
        try:
            take_lease(session, *place, account=account.id, now=now)
        except Conflict:  # somebody else was quicker
            return open_form(session, web, account, place, now, token)
        if not is_still(session, opened.sheet):
            opened = open_form(session, web, account, place, now, token)
        session.commit()
    return opened


def showing_of(
    web: Web,
    form: FormSpec,
    place: tuple[str, str, str],
    version: int,
    verdict: Verdict,
    *,
    earlier: int,
) -> Showing:
    """How a form is shown, drawn by lot or not.

    Args:
        web: its policy and its lot.
        form: of the sheet.
        place: contest, TPS and form.
        version: of the latest tally, 0 when there is none.
        verdict: of the sheet.
        earlier: people who read it since then.
    """
    key = " ".join((*place, str(version + 1)))
    counted = [name for name, spec in form.fields.items() if spec.counted]
    lot = drawn(web.blind_seed, key, web.review.blind_share)
    return showing(counted, verdict, web.review, earlier=earlier, lot=lot)


def refuse(opened: Opened) -> None:
    """Let nobody decide who may not.

    Raises:
        Conflict: this account may not decide on this form now.
    """
    if opened.refusal is not None:
        why = opened.refusal
        raise Conflict(FOUND[why], HINTS[why], code=why)


def _refusal(
    account: Account,
    sheet: Sheet,
    senders: frozenset[str],
    before: Pending,
    lease: Lease | None,
) -> Refusal | None:
    supervises = account.role in SUPERVISORS
    if account.id in senders:
        return "own_upload"
    # Whoever decides between two papers is none of those between whom they do.
    between = before.others.all if sheet.state == "disputed" and supervises else ()
    if account.id in {item.reviewer for item in (*before.verifications, *between)}:
        return "read_already"
    if sheet.state == "disputed" and not supervises:
        return "disputed"
    if sheet.state == "escalated" and not supervises:
        return "escalated"
    if lease is not None and lease.account != account.id:
        return "leased"
    return None


def _sheet(session: Session, contest: str, tps: str, form: str) -> Sheet:
    found = find_sheet(session, contest, tps, form)
    if found is None:
        raise NotFound(
            f"no photo of {form} of TPS {tps} was read for {contest}", "open a form from the queue"
        )
    return found


def _station(session: Session, code: str) -> Tps:
    tps = find_tps(session, code)
    if tps is None:
        raise NotFound(f"the election has no TPS {code}", "open it from the recap or the queue")
    return tps
