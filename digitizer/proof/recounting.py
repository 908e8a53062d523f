"""Tallies made once more from what people confirmed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from digitizer.domain.number import spell
from digitizer.domain.other_papers import Said, contradictions, together
from digitizer.domain.verification import KEYED_READERS
from digitizer.history import Row, State
from digitizer.proof.faults import Fault


@dataclass(frozen=True, slots=True)
class Grounds:
    """What tallies rest on.

    Attributes:
        verifications: by id.
        withdrawn: ids of those that were taken back, each with the node that did so.
        readings, photos: that are known, by id and sha256.
    """

    verifications: Mapping[str, Row]
    withdrawn: Collection[tuple[str, str]]
    readings: Collection[str]
    photos: Collection[str]


def grounds_of(state: State) -> Grounds:
    """What a whole history tells that tallies may rest on."""
    return Grounds(
        {name: row for (name,), row in state.rows("verification").items()},
        {(name, node) for name, node in state.rows("withdrawn_by")},
        {name for (name,) in state.rows("reading")},
        {name for (name,) in state.rows("photo")},
    )


def recounted(tallies: Mapping[tuple[Any, ...], Row], grounds: Grounds) -> Iterator[Fault]:
    """What differs between each tally that stands and the boxes of which it was made.

    A tally has the boxes of the last verification that it names, and where that has no number those
    of the other papers that it names; each number is what its boxes spell, none of them is left
    out, and what was not confirmed has none. It was made of all of them as `domain.verification`
    has it: with the last one, which says so, at its place, version and node.
    """
    made: set[tuple[Any, ...]] = set()
    for (contest, tps, version, node, _), tally in tallies.items():
        place = f"tally {contest} {tps} version {version}"
        if (contest, tps, version, node) in made:
            yield Fault(place, f"node {node} made it twice, and took neither back")
        made.add((contest, tps, version, node))
        names = tally["body"]["verifications"]
        named = {name: grounds.verifications.get(name) for name in named_by(tally["body"])}
        known = {name: given for name, given in named.items() if given is not None}
        for name in named:
            if name not in known:
                yield Fault(place, f"it rests on verification {name}, which nobody gave")
            elif (known[name]["contest"], known[name]["tps"]) != (contest, tps):
                yield Fault(place, f"it rests on verification {name}, which is of another TPS")
        if not names:
            yield Fault(place, "it rests on no verification")
        elif len(known) == len(named):
            last = known[names[-1]]
            found = (version, node, tally["form"])
            needed = (last["version"], last["node"], last["form"])
            if found != needed:
                yield Fault(
                    place, "version, node and form of what decided", str(found), str(needed)
                )
            yield from _taken_back(place, tally, node, known, grounds)
            yield from _unlike(place, tally, known)
            yield from _miscounted(place, tally, known)


def named_by(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of all verifications that a tally names: of its paper, and of the others."""
    return (*body["verifications"], *body.get("beside", ()), *body.get("decided", ()))


def unfounded(grounds: Grounds) -> Iterator[Fault]:
    """Verifications of readings or photos that nobody knows."""
    for name, given in grounds.verifications.items():
        place = f"verification {name}"
        for reading in given["body"]["readings"]:
            if reading not in grounds.readings:
                yield Fault(place, f"it names reading {reading}, which nobody made")
        for photo in given["body"]["photos"]:
            if photo not in grounds.photos:
                yield Fault(place, f"it names photo {photo}, which nobody sent")


def unlisted(state: State) -> Iterator[Fault]:
    """Whether there are as many TPS as the election was set up with."""
    found = len(state.rows("tps"))
    for (name, node), said in state.rows("listing").items():
        if "tps_listed" not in state.lacks and said["tps"] != found:
            yield Fault(f"election {name}", f"TPS, as node {node} set it up", str(found),
                        str(said["tps"]))  # fmt: skip


def _taken_back(
    place: str, tally: Row, node: str, known: Mapping[str, Row], grounds: Grounds
) -> Iterator[Fault]:
    # Another node may have taken one back while this one, which had not heard of it, went on; and
    # whoever settles a dispute decides alone.
    names = tally["body"]["verifications"]
    settles = known[names[-1]]["body"].get("settles")
    before = names[:-1] if settles else []
    for name in named_by(tally["body"]):
        if name not in before and (name, node) in grounds.withdrawn:
            yield Fault(place, f"it rests on verification {name}, which does not stand")


def _unlike(place: str, tally: Row, known: Mapping[str, Row]) -> Iterator[Fault]:
    """Where it is not what comes of these verifications together, and of those of other papers."""
    body = tally["body"]
    given = [known[name] for name in body["verifications"]]
    beside = [known[name] for name in body.get("beside", ())]
    last = given[-1]
    settles = bool(last["body"].get("settles"))
    if last["outcome"] != "tally":
        yield Fault(place, "the outcome of what decided", last["outcome"], "tally")
    *before, reader = (item["reviewer"] for item in given)
    if reader in before or (not settles and len(set(before)) < len(before)):
        yield Fault(place, "somebody read it twice")
    origin = "keyed" if any(item["body"]["origin"] == "keyed" for item in given) else "read"
    if tally["origin"] != origin:
        yield Fault(place, "its origin", tally["origin"], origin)
    if origin == "keyed" and not settles and len(given) < KEYED_READERS:
        yield Fault(place, "readers", str(len(given)), str(KEYED_READERS))
    seen = [[*beside, *given], *([[*beside, last]] if settles else [])]
    shown = [frozenset(photo for item in some for photo in item["body"]["photos"]) for some in seen]
    if frozenset(body["photos"]) not in shown:
        yield Fault(place, "its photos", _listed(body["photos"]), _listed(shown[-1]))
    if not settles:
        yield from _disagreeing(place, given)


def _miscounted(place: str, tally: Row, known: Mapping[str, Row]) -> Iterator[Fault]:
    """Where its boxes are not those of its papers, or its papers contradict each other."""
    body = tally["body"]
    last = _said(body["verifications"][-1], known)
    beside, decided = (
        [_said(name, known) for name in body.get(key, ())] for key in ("beside", "decided")
    )
    yield from _differing(place, tally, together(last, beside, decided))
    for field in contradictions(last, beside, decided):
        yield Fault(place, f"its papers have different numbers of {field}")


def _disagreeing(place: str, given: list[Row]) -> Iterator[Fault]:
    decided = given[-1]["body"]["fields"]
    for field, confirmed in decided.items():
        said = [item["body"]["fields"].get(field, confirmed)["as_written"] for item in given]
        if len({spell(boxes) for boxes in said}) > 1:
            yield Fault(place, f"its readers differ in {field}", ", ".join(said))


def _said(name: str, known: Mapping[str, Row]) -> Said:
    body = known[name]["body"]
    written = {field: confirmed["as_written"] for field, confirmed in body["fields"].items()}
    return Said(name, written, tuple(body.get("settles", ())))


def _differing(place: str, tally: Row, taken: Mapping[str, Said]) -> Iterator[Fault]:
    boxes: Mapping[str, str] = tally["body"]["as_written"]
    for field in sorted(boxes.keys() | taken.keys()):
        found = boxes.get(field)
        needed = taken[field].as_written[field] if field in taken else None
        if found != needed:
            yield Fault(place, f"as_written of {field}", str(found), str(needed))
    values: Mapping[str, object] = tally["body"]["values"]
    for field in sorted(values.keys() | boxes.keys()):
        if field not in values:
            yield Fault(place, f"value of {field}", "left out", f"what {boxes[field]} spells")
            continue
        value, spelled = values[field], spell(boxes[field]).value if field in boxes else None
        # `true` would be equal to 1.
        if type(value) is not type(spelled) or value != spelled:
            yield Fault(place, f"value of {field}", str(value), str(spelled))


def _listed(photos: Collection[str]) -> str:
    return ", ".join(sorted(photos)) or "none"
