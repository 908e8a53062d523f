"""What a place comes to whose numbers stand on two papers, the plano and its SALINAN.

They are two readings of one tally. What was confirmed of the one is kept where the other shows or
says nothing, and where both say something it must be the same, or somebody decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from digitizer.domain.number import spell


@dataclass(frozen=True, slots=True)
class Said:
    """What one verification says of its paper.

    Attributes:
        id: of the verification.
        as_written: the confirmed glyphs, by field.
        settles: ids of the verifications between which it decides.
    """

    id: str
    as_written: Mapping[str, str]
    settles: tuple[str, ...] = ()


def together(last: Said, beside: Sequence[Said], decided: Sequence[Said] = ()) -> dict[str, Said]:
    """Which verification each number is taken from, by field.

    The last one's, unless it has no number there and another paper has. Whoever decided between
    papers has the say over what was written on those that they decided against, also where they
    left a number open; an empty row alone says nothing about the other paper.

    Args:
        last: the one that decides.
        beside: those that stand of the other papers, oldest first.
        decided: others by which somebody decided between papers, one of `beside` among them.
    """
    found: dict[str, Said] = {}
    for item, names in (*_holding(last, beside, decided), (last, tuple(last.as_written))):
        for name in names:
            if name not in found or spell(item.as_written[name]).value is not None:
                found[name] = item
    return found


def contradictions(
    last: Said, beside: Sequence[Said], decided: Sequence[Said] = ()
) -> tuple[str, ...]:
    """Fields for which these papers have different numbers; a paper without one says nothing."""
    numbers: dict[str, set[int]] = {}
    for item, names in (*_holding(last, beside, decided), (last, tuple(last.as_written))):
        for name in names:
            value = spell(item.as_written[name]).value
            if value is not None:
                numbers.setdefault(name, set()).add(value)
    return tuple(name for name, values in numbers.items() if len(values) > 1)


def _holding(
    last: Said, beside: Sequence[Said], decided: Sequence[Said]
) -> Iterable[tuple[Said, tuple[str, ...]]]:
    """Each of `beside` with the fields about which nobody has decided against it."""
    deciders = (*decided, *beside, last)
    for item in beside:
        against = [one for one in deciders if item.id in one.settles]
        yield (
            item,
            tuple(
                name for name in item.as_written if not any(_decides(one, name) for one in against)
            ),
        )


def _decides(item: Said, name: str) -> bool:
    return name in item.as_written and spell(item.as_written[name]).problem != "blank"
