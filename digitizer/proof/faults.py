"""What differs in a bundle: where, what was found, what was needed."""

from dataclasses import dataclass, field
from typing import Final

MOST: Final = 100
"""So many are told one by one; the others are counted."""

LONGEST: Final = 200
"""So many letters of what was found are told."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that differs.

    Attributes:
        place: a file of the bundle, and where in it.
        found, needed: None where there is nothing to say.
    """

    place: str
    what: str
    found: str | None = None
    needed: str | None = None

    def __str__(self) -> str:
        pair = [f"found {self.found}"] if self.found is not None else []
        pair += [f"needed {self.needed}"] if self.needed is not None else []
        return f"{self.place}: {self.what}" + (f" ({', '.join(pair)})" if pair else "")


@dataclass(frozen=True, slots=True)
class Report:
    """What a check came to; without faults the bundle holds.

    Attributes:
        faults: the first `MOST` of `found`.
        signer: fingerprint of the key that signed, None where there is no signature.
        compared: whether it was compared with one that the caller knows.
        head: of the history, "" where there is none.
        lacks: what the events of an older version do not tell, and was not checked.
    """

    faults: tuple[Fault, ...]
    found: int
    signer: str | None
    compared: bool
    head: str
    events: int
    tallies: int
    simulated: bool
    lacks: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return self.found == 0


@dataclass(slots=True)
class Faults:
    """Collects faults; of very many only the first are kept."""

    kept: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, place: str, what: str, *, found: object = None, needed: object = None) -> None:
        """Note one."""
        self.count += 1
        if len(self.kept) < MOST:
            pair = (None if item is None else _short(item) for item in (found, needed))
            self.kept.append(Fault(place, what, *pair))


def _short(item: object) -> str:
    text = item if isinstance(item, str) else repr(item)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
