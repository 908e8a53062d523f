"""What a TPS comes to where several installations, or several papers, tell of it.

Every tally says what its installation had seen of the others when it was made: for each of them the
highest version of this contest and TPS. So a tally stands until one is made that has seen it, as a
version vector tells it (Parker et al. 1983, "Detection of Mutual Inconsistency in Distributed
Systems"); of two that have not seen each other neither is the later one, whatever their versions
and the clocks of their computers say.

Of two papers each has a tally of its own until one is made in which the other is told: seen alone
is not enough, for the plano's readings are not answered by whoever confirms the SALINAN.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from digitizer.domain.number import spell


@dataclass(frozen=True, slots=True)
class NodeTally:
    """A tally and the node that made it.

    Attributes:
        seen: for every other node the highest version that was known here when it was made.
        verifications: ids of those that read its paper, the last one decides.
        form: id of its paper.
        beside: ids of those that decided the tallies of other papers whose numbers it holds.
        settles: ids of those between which the last one decided.
        moved: whether a photo that it rests on lies at another TPS by now (`lies_elsewhere`), or
            counts as another page (`shows_otherwise`). Where a photo is moved, or read as another
            page, what was confirmed with it is taken back; of a tally that another node made
            meanwhile that could not be done.
    """

    node: str
    version: int
    seen: Mapping[str, int]
    values: Mapping[str, int | None]
    as_written: Mapping[str, str]
    verifications: tuple[str, ...]
    moved: bool = False
    form: str = ""
    beside: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()

    @property
    def deciding(self) -> str:
        """Id of the verification that decided it, "" of a tally that names none."""
        return self.verifications[-1] if self.verifications else ""

    def answers(self, form: str, verification: str) -> bool:
        """Whether it is of this paper, or holds or decides about what this verification says."""
        return self.form == form or verification in (*self.beside, *self.settles)

    def covers(self, node: str, version: int) -> bool:
        """Whether it was made after, and in the knowledge of, what a node did at a version."""
        known = self.version if self.node == node else self.seen.get(node, 0)
        return known >= version

    @property
    def rank(self) -> tuple[int, str]:
        """The least is the one that is shown: the highest version, of equals the lesser node."""
        return (-self.version, self.node)


@dataclass(frozen=True, slots=True)
class NodeReading:
    """A verification that stands, and the node on which it was given."""

    id: str
    node: str
    version: int
    form: str
    outcome: str
    as_written: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """What tallies and verifications of one contest and TPS come to.

    Attributes:
        latest: the tally that is shown, None without any.
        disputed: whether people or nodes say different numbers, so that none counts.
        between: ids of the verifications between which somebody decides, empty without a dispute.
    """

    latest: NodeTally | None
    disputed: bool
    between: tuple[str, ...]


def standing(tallies: Sequence[NodeTally], readings: Sequence[NodeReading]) -> Standing:
    """What counts at a place, in whatever order its tallies and verifications are given.

    It is disputed when two tallies that have not seen each other have different numbers; when one
    of a paper lacks a number that one of another paper has, without having decided about it; when
    one of them rests on a photo that was moved away or is another page by now, and so on a paper
    that may count elsewhere; when a reading made a dispute that no tally has answered, whatever its
    clock says of those beside it; or when somebody read for an earlier version what the tally does
    not say, and it has not answered that.
    """
    heads = [
        one
        for one in tallies
        if not any(
            other.covers(one.node, one.version) and other.answers(one.form, one.deciding)
            for other in tallies
            if other is not one
        )
    ]
    # Of honest nodes it is a head; of others it is compared all the same.
    latest = min(tallies, key=lambda tally: tally.rank, default=None)
    open_ = [
        item
        for item in readings
        if not any(
            tally.covers(item.node, item.version) and tally.answers(item.form, item.id)
            for tally in tallies
        )
    ]
    disputed = (
        any(latest is None or _differs(head, latest) or head.moved for head in heads)
        or any(item.outcome == "disputed" for item in open_)
        or (latest is not None and any(_contradicts(item, latest) for item in open_))
    )
    if not disputed:
        return Standing(latest, disputed=False, between=())
    resting = {name for head in heads for name in (*head.verifications[-1:], *head.beside)}
    between = {item.id for item in open_} | resting
    return Standing(latest, disputed=True, between=tuple(sorted(between)))


def lies_elsewhere(tps: str, photos: Iterable[str], lie: Mapping[str, Set[str | None]]) -> bool:
    """Whether one of these photos of a TPS belongs to others alone.

    Args:
        tps: its code.
        photos: sha256 of each.
        lie: for each photo that was sent, the TPS to which its uploads belong by now.
    """
    return any(photo in lie and tps not in lie[photo] for photo in photos)


def readings_behind(verifications: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Ids of the readings that whoever confirmed a tally had before them, as `verify` has it.

    Args:
        verifications: those that the tally names, as JSON values, the one that decides last.
    """
    settled = any(item.get("settles") for item in verifications[-1:])
    seen = verifications[-1:] if settled else verifications
    return tuple(dict.fromkeys(name for item in seen for name in item["readings"]))


def shows_otherwise(
    seen: Iterable[tuple[str, tuple[str, int]]], counts: Mapping[str, tuple[str, int]]
) -> bool:
    """Whether one of these photos counts as another page than those saw who confirmed it.

    Args:
        seen: sha256 of a photo and, as form and number, the page that was before them.
        counts: for each photo the page that it counts as by now.
    """
    return any(counts.get(photo, page) != page for photo, page in seen)


def _differs(head: NodeTally, latest: NodeTally) -> bool:
    """Whether the tally that is shown does not say what another one says that stands."""
    if head.form != latest.form and latest.covers(head.node, head.version):
        # It was made later, of another paper: what that one does not show is no difference.
        return any(
            value is not None and latest.values.get(name) != value
            for name, value in head.values.items()
        )
    return head.values != latest.values


def _contradicts(item: NodeReading, tally: NodeTally) -> bool:
    """Whether a reading that waits for nobody any more says another number than the tally."""
    if item.version > tally.version:
        return False  # it waits for its second reader, who will say
    papers = item.form != tally.form or bool(tally.beside)
    for field, written in item.as_written.items():
        here, there = spell(written), spell(tally.as_written.get(field, written))
        says = not papers or (here.value is not None and there.value is not None)
        if says and here != there:
            return True
    return False
