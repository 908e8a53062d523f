"""Tallies made once more from what people confirmed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from digitizer.domain.number import spell
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

    A tally has the boxes of the last verification that it names, and each number is what its boxes
    spell; what was not confirmed has none. It was made of all of them as `domain.verification` has
    it: with the last one, which says so, at its place, version and node.
    """
    made: set[tuple[Any, ...]] = set()
    for (contest, tps, version, node, _), tally in tallies.items():
        place = f"tally {contest} {tps} version {version}"
        if (contest, tps, version, node) in made:
            yield Fault(place, f"node {node} made it twice, and took neither back")
        made.add((contest, tps, version, node))
        names = tally["body"]["verifications"]
        named = {name: grounds.verifications.get(name) for name in names}
        for name, given in named.items():
            if given is None:
                yield Fault(place, f"it rests on verification {name}, which nobody gave")
            elif (given["contest"], given["tps"]) != (contest, tps):
                yield Fault(place, f"it rests on verification {name}, which is of another TPS")
        given_by = [given for given in named.values() if given is not None]
        if not names:
            yield Fault(place, "it rests on no verification")
        if not names or len(given_by) < len(names):
            continue
        last = given_by[-1]
        found = (version, node, tally["form"])
        needed = (last["version"], last["node"], last["form"])
        if found != needed:
            yield Fault(place, "version, node and form of what decided", str(found), str(needed))
        yield from _taken_back(place, names, node, last, grounds)
        yield from _unlike(place, tally, given_by)
        yield from _differing(place, tally, last["body"]["fields"])


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
    place: str, names: list[str], node: str, last: Row, grounds: Grounds
) -> Iterator[Fault]:
    # Another node may have taken one back while this one, which had not heard of it, went on; and
    # whoever settles a dispute decides alone.
    deciding = names[-1:] if last["body"].get("settles") else names
    for name in deciding:
        if (name, node) in grounds.withdrawn:
            yield Fault(place, f"it rests on verification {name}, which does not stand")


def _unlike(place: str, tally: Row, given: list[Row]) -> Iterator[Fault]:
    """Where it is not what comes of these verifications together."""
    last = given[-1]
    settles = bool(last["body"].get("settles"))
    if last["outcome"] != "tally":
        yield Fault(place, "the outcome of what decided", last["outcome"], "tally")
    readers = [item["reviewer"] for item in given]
    if len(set(readers)) < len(readers):
        yield Fault(place, "somebody read it twice")
    origin = "keyed" if any(item["body"]["origin"] == "keyed" for item in given) else "read"
    if tally["origin"] != origin:
        yield Fault(place, "its origin", tally["origin"], origin)
    if origin == "keyed" and not settles and len(given) < KEYED_READERS:
        yield Fault(place, "readers", str(len(given)), str(KEYED_READERS))
    shown = [frozenset(photo for item in given for photo in item["body"]["photos"])]
    if settles:
        shown.append(frozenset(last["body"]["photos"]))
    if frozenset(tally["body"]["photos"]) not in shown:
        yield Fault(place, "its photos", *(_listed(item) for item in
                                           (tally["body"]["photos"], shown[-1])))  # fmt: skip
    if not settles:
        yield from _disagreeing(place, given)


def _disagreeing(place: str, given: list[Row]) -> Iterator[Fault]:
    decided = given[-1]["body"]["fields"]
    for field, confirmed in decided.items():
        said = [item["body"]["fields"].get(field, confirmed)["as_written"] for item in given]
        if len({spell(boxes) for boxes in said}) > 1:
            yield Fault(place, f"its readers differ in {field}", ", ".join(said))


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


def _listed(photos: Collection[str]) -> str:
    return ", ".join(sorted(photos)) or "none"
