"""What a form says of its own numbers, as data."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["hard", "warn"]
Relation = Literal["equals", "at_most"]


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """An arithmetic rule between fields: the sum of `terms` equals, or is at most, the right side.

    Attributes:
        target: the field on the right side, or None when `constant` is.
        reserve_rate: when set, the left side is s + ceil(rate x s) with s the sum of `terms`:
            ballots delivered are the DPT plus a reserve.
        severity: a broken "hard" rule makes a form doubtful; "warn" is shown.
    """

    id: str
    terms: tuple[str, ...]
    relation: Relation
    target: str | None
    constant: int | None = None
    reserve_rate: float | None = None
    severity: Severity = "hard"

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError(f"rule {self.id} has no terms")
        if (self.target is None) == (self.constant is None):
            raise ValueError(f"rule {self.id} needs either a target field or a constant")

    @property
    def is_evidence(self) -> bool:
        """Whether it says which value a number has: an exact sum, without a reserve.

        What is at most so much leaves a number hundreds of values, so it is checked and no more.
        """
        return self.relation == "equals" and self.reserve_rate is None

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field the rule speaks of, the target first."""
        return (*((self.target,) if self.target is not None else ()), *self.terms)
