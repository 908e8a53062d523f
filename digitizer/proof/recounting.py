"""Tallies made once more from what people confirmed."""

from collections.abc import Iterator, Mapping
from typing import Any

from digitizer.domain.number import spell
from digitizer.domain.other_papers import Said, contradictions, together
from digitizer.history import Row, State
from digitizer.proof.faults import Fault


def recounted(state: State) -> Iterator[Fault]:
    """What differs between each tally that stands and the boxes of which it was made.

    A tally has the boxes of the last verification that it names, and where that has no number those
    of the other papers that it names; each number is what its boxes spell, and what was not
    confirmed has none.
    """
    verifications = state.rows("verification")
    withdrawn = state.rows("withdrawal")
    for (contest, tps, version, *_), tally in state.rows("tally").items():
        place = f"tally {contest} {tps} version {version}"
        body = tally["body"]
        names = body["verifications"]
        papers = (*body.get("beside", ()), *body.get("decided", ()))
        for name in (*names, *papers):
            given = verifications.get((name,))
            if given is None or (name,) in withdrawn:
                yield Fault(place, f"it rests on verification {name}, which does not stand")
            elif (given["contest"], given["tps"]) != (contest, tps):
                yield Fault(place, f"it rests on verification {name}, which is of another TPS")
        last = verifications.get((names[-1],)) if names else None
        if last is None:
            yield Fault(place, "it rests on no verification")
        elif all((name,) in verifications for name in papers):
            said = {
                name: _said(name, verifications[name,]["body"]) for name in (names[-1], *papers)
            }
            beside, decided = (
                [said[name] for name in body.get(key, ())] for key in ("beside", "decided")
            )
            yield from _differing(place, tally, together(said[names[-1]], beside, decided))
            for field in contradictions(said[names[-1]], beside, decided):
                yield Fault(place, f"its papers have different numbers of {field}")


def _said(name: str, body: Mapping[str, Any]) -> Said:
    written = {field: confirmed["as_written"] for field, confirmed in body["fields"].items()}
    return Said(name, written, tuple(body.get("settles", ())))


def _differing(place: str, tally: Row, taken: Mapping[str, Said]) -> Iterator[Fault]:
    boxes: Mapping[str, str] = tally["body"]["as_written"]
    for field in sorted(boxes.keys() | taken.keys()):
        found = boxes.get(field)
        needed = taken[field].as_written[field] if field in taken else None
        if found != needed:
            yield Fault(place, f"as_written of {field}", str(found), str(needed))
    for field, value in tally["body"]["values"].items():
        spelled = spell(boxes[field]).value if field in boxes else None
        if value != spelled:
            yield Fault(place, f"value of {field}", str(value), str(spelled))
