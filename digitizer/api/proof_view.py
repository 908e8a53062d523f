"""What proves each verified number of a TPS: its ink, what the machine read, who confirmed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from digitizer.api.corrected_view import CorrectedNumber
from digitizer.api.names import pseudonym
from digitizer.api.pages import local_time
from digitizer.api.sheet_parts import picture_url
from digitizer.domain.other_papers import together
from digitizer.domain.tally import Tally
from digitizer.domain.verification import Confirmed, Verification
from digitizer.store.readings import StoredReading


@dataclass(frozen=True, slots=True)
class ProofView:
    """One verified number with its ink, what the machine read and who confirmed it when.

    To the public nobody is named: `by` and `note` are then empty.
    """

    label: str
    ink: str | None
    read: str | None
    as_written: str
    value: int | None
    changed: bool
    note: str
    by: str
    at: str
    corrected: CorrectedNumber | None = None


def proofs(
    session: Session,
    tally: Tally,
    verifications: Sequence[Verification],
    others: Sequence[Verification] = (),
    decided: Sequence[Verification] = (),
    *,
    readings: Sequence[StoredReading],
    labels: Mapping[str, str],
    zone: str,
) -> tuple[ProofView, ...]:
    """Every number of a tally beside what proves it, each from the paper that it is taken from.

    Args:
        session: for the pseudonyms of readers.
        tally: whose numbers they are.
        verifications: of its own paper; the last one is the one in force.
        others: those of other papers whose numbers it holds.
        decided: those that decided against them.
        readings: of all papers of the TPS.
        labels: short names by field id.
        zone: in which times are told.
    """
    if not verifications:
        return ()
    last = verifications[-1]
    said = [[item.said for item in some] for some in (others, decided)]
    taken = together(last.said, *said)
    found: dict[str, ProofView] = {}
    for item in (*others, last):
        readers = verifications if item is last else (item,)
        own = _proofs_of_paper(session, tally, readers, readings, labels, zone)
        found |= {
            name: proof
            for name, proof in own.items()
            if (taken[name].id if name in taken else last.id) == item.id
        }
    return tuple(found[name] for name in tally.values)


def _proofs_of_paper(
    session: Session,
    tally: Tally,
    verifications: Sequence[Verification],
    readings: Sequence[StoredReading],
    labels: Mapping[str, str],
    zone: str,
) -> dict[str, ProofView]:
    """The numbers of a tally as one paper proves them."""
    last = verifications[-1]
    by = ", ".join(pseudonym(session, item.reviewer) for item in verifications)
    at = local_time(last.at, zone)
    seen = [item for item in readings if item.id in last.readings]
    inks = {
        name: url
        for item in seen
        for name in tally.values
        if (url := picture_url(item, f"crop/{name}")) is not None
    }
    read = {
        name: field.as_written
        for item in seen
        if item.reading is not None
        for name, field in item.reading.fields.items()
    }
    for item in verifications:
        read |= {name: c.shown for name, c in item.fields.items() if c.shown is not None}
    return {
        name: _proof(
            labels.get(name, name), inks.get(name), value, last.fields.get(name),
            read=read.get(name), by=by, at=at,
        )
        for name, value in tally.values.items()
    }  # fmt: skip


def _proof(
    label: str,
    ink: str | None,
    value: int | None,
    confirmed: Confirmed | None,
    *,
    read: str | None,
    by: str,
    at: str,
) -> ProofView:
    """One number; nobody confirmed one whose page had no photo."""
    if confirmed is None:
        return ProofView(label, None, None, "", None, changed=False, note="", by="", at="")
    return ProofView(
        label=label,
        ink=ink,
        read=read,
        as_written=confirmed.as_written,
        value=value,
        changed=read != confirmed.as_written,
        note=confirmed.note,
        by=by,
        at=at,
    )
