"""Tallies made once more from what people confirmed."""

from collections.abc import Iterator, Mapping
from typing import Any

from digitizer.domain.number import spell
from digitizer.history import Row, State
from digitizer.proof.faults import Fault


def recounted(state: State) -> Iterator[Fault]:
    """What differs between each tally that stands and the boxes of which it was made.

    A tally has the boxes of the last verification that it names, and each number is what its boxes
    spell; what was not confirmed has none.
    """
    verifications = state.rows("verification")
    withdrawn = state.rows("withdrawal")
    for (contest, tps, version, *_), tally in state.rows("tally").items():
        place = f"tally {contest} {tps} version {version}"
        names = tally["body"]["verifications"]
        for name in names:
            given = verifications.get((name,))
            if given is None or (name,) in withdrawn:
                yield Fault(place, f"it rests on verification {name}, which does not stand")
            elif (given["contest"], given["tps"]) != (contest, tps):
                yield Fault(place, f"it rests on verification {name}, which is of another TPS")
        last = verifications.get((names[-1],)) if names else None
        if last is None:
            yield Fault(place, "it rests on no verification")
        else:
            yield from _differing(place, tally, last["body"]["fields"])


def _differing(place: str, tally: Row, confirmed: Mapping[str, Any]) -> Iterator[Fault]:
    boxes: Mapping[str, str] = tally["body"]["as_written"]
    for field in sorted(boxes.keys() | confirmed.keys()):
        found = boxes.get(field)
        needed = confirmed[field]["as_written"] if field in confirmed else None
        if found != needed:
            yield Fault(place, f"as_written of {field}", str(found), str(needed))
    for field, value in tally["body"]["values"].items():
        spelled = spell(boxes[field]).value if field in boxes else None
        if value != spelled:
            yield Fault(place, f"value of {field}", str(value), str(spelled))
