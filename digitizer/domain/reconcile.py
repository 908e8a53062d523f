"""What value each number has, and which rules hold among them.

This first reconciliation moves nothing: the value of a field is what its digit boxes spell. The
other witnesses and the rules only make a form doubtful.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from digitizer.domain.gather import FormReading
from digitizer.domain.number import spell
from digitizer.domain.policy import Policy
from digitizer.domain.rules import RuleCheck, check_limits, check_rules


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The value of one field, beside what was written.

    Attributes:
        as_written: the glyphs of the boxes; `?` also where the machine would only be guessing.
        probability: that every box of the field was read right (the product over its boxes).
        moved_by: the rule that chose a value other than the top reading; None while nothing moves.
    """

    field: str
    value: int | None
    as_written: str
    probability: float
    moved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Values and rule checks of one form."""

    form: str
    values: Mapping[str, FieldValue]
    checks: tuple[RuleCheck, ...]


def reconcile(
    reading: FormReading, policy: Policy, registered: int | None = None
) -> Reconciliation:
    """Give every field that was read its value and check the rules on the values.

    Args:
        reading: the gathered pages; fields of missing pages are absent and rules on them unknown.
        policy: how likely a glyph must be to be spelled at all.
        registered: voters in the DPT of the TPS, when the TPS is known.
    """
    spelled = {
        name: field.spelled(policy.min_spelled_probability)
        for name, field in reading.fields.items()
    }
    values = {
        name: FieldValue(
            field=name,
            value=spell(spelled[name]).value,
            as_written=spelled[name],
            probability=math.prod(scores.probability for scores in field.glyphs),
        )
        for name, field in reading.fields.items()
    }
    numbers = {name: value.value for name, value in values.items()}
    checks = check_rules(reading.form, numbers)
    if registered is not None:
        checks += check_limits(reading.form, numbers, registered)
    return Reconciliation(reading.form.id, MappingProxyType(values), checks)
