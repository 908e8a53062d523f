"""The arithmetic of a form, checked on values; a broken sum is a fact, never an error."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from digitizer.domain.form import FormSpec, Relation, RuleSpec, Severity

Outcome = Literal["holds", "broken", "unknown"]
Values = Mapping[str, int | None]

LIMIT_RULE: Final = "surat-suara-tps"
"""Id of the check that no count of votes exceeds the ballots a TPS can hold."""

DPT_RULE: Final = "dpt-tps"
"""Id of the check that the DPT written on the form is not larger than that of the TPS."""

DPT_FIELD: Final = "pemilih_dpt_j"


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """One rule on one form, with both sides as numbers.

    Attributes:
        fields: every field the rule speaks of, the target first.
        parts: the values of the terms, in order; None where nothing is known.
        left, right: the target's value (or the constant) and what the terms make of it. Both are
            given whenever they can be computed, also when the rule holds.
    """

    rule: str
    severity: Severity
    relation: Relation
    fields: tuple[str, ...]
    outcome: Outcome
    left: int | None
    right: int | None
    parts: tuple[int | None, ...]

    @property
    def is_limit(self) -> bool:
        """Whether it is the most that numbers may be, and no sum: nothing beyond it is clear."""
        return self.relation == "at_most" and len(self.fields) == len(self.parts)


def check_rules(form: FormSpec, values: Values) -> tuple[RuleCheck, ...]:
    """Check every rule of `form` on `values`; a field that is missing or None makes it unknown."""
    return tuple(check_rule(rule, values) for rule in form.rules)


def check_limits(form: FormSpec, values: Values, registered: int | None) -> tuple[RuleCheck, ...]:
    """Check that no count of votes exceeds the ballots of the TPS, nor its DPT that of the list.

    Args:
        form: its reserve rate, if it states one, is added to the registered voters.
        values: by field id.
        registered: voters in the DPT of this TPS, from the election's own list; where that does
            not say, nothing is known of its limits and nothing is checked.
    """
    return tuple(
        RuleCheck(
            rule=rule,
            severity="hard",
            relation="at_most",
            fields=(name,),
            outcome="holds" if value <= limit else "broken",
            left=limit,
            right=value,
            parts=(value,),
        )
        for rule, name, limit in limits_of(form, registered)
        if (value := values.get(name)) is not None
    )


def limits_of(form: FormSpec, registered: int | None) -> tuple[tuple[str, str, int], ...]:
    """The limits of a TPS with so many registered voters: rule, field, and the most it may be.

    None where the voters are not known.
    """
    if registered is None:
        return ()
    rates = [rule.reserve_rate for rule in form.rules if rule.reserve_rate is not None]
    ballots = with_reserve(registered, max(rates, default=0.0))
    counts = [field.id for field in form.fields.values() if field.role in ("votes", "total")]
    listed = [(DPT_RULE, DPT_FIELD, registered)] if DPT_FIELD in form.fields else []
    return (*((LIMIT_RULE, name, ballots) for name in counts), *listed)


def with_reserve(voters: int, rate: float) -> int:
    """Voters plus the reserve of ballots, rounded up as the law words it: s + ceil(rate x s).

    >>> with_reserve(240, 0.025)
    246
    """
    # 0.025 * 200 is 5.000000000000001 in binary floating point; the law means 5.
    return voters + math.ceil(round(rate * voters, 9))


def check_rule(rule: RuleSpec, values: Values) -> RuleCheck:
    """Check one rule on `values`; a field that is missing or None makes it unknown."""
    parts = tuple(values.get(name) for name in rule.terms)
    known = [part for part in parts if part is not None]
    right = sum(known) if len(known) == len(parts) else None
    if right is not None and rule.reserve_rate is not None:
        right = with_reserve(right, rule.reserve_rate)
    left = rule.constant if rule.target is None else values.get(rule.target)
    outcome: Outcome = "unknown"
    if left is not None and right is not None:
        holds = left == right if rule.relation == "equals" else right <= left
        outcome = "holds" if holds else "broken"
    return RuleCheck(
        rule.id, rule.severity, rule.relation, rule.fields, outcome, left, right, parts
    )
