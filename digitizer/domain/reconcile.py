"""What value each number has, how sure that is, and which rules hold among them.

All witnesses of a number are weighed together (`witnesses`), then all numbers of the form under its
rules (`inference`). The value of a number is what its digit boxes spell; only where ink, witnesses
and rules together are nearly certain of another value that the boxes may say too does the number
move there, and then the form is never clear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from digitizer.domain.form import FormSpec
from digitizer.domain.gather import FormReading
from digitizer.domain.glyph import UNREADABLE
from digitizer.domain.inference import infer
from digitizer.domain.number import spell
from digitizer.domain.policy import Policy
from digitizer.domain.posterior import Posterior
from digitizer.domain.reading import Candidate, FieldReading
from digitizer.domain.rules import RuleCheck, Values, check_limits, check_rule, check_rules
from digitizer.domain.witnesses import options_of

WITNESSES: Final = "saksi-lain"
"""Stands in `moved_by` where no rule did it, but bubbles, turus, row sums or words."""

SHOWN: Final = 1e-4
"""Candidates less likely than this are not kept with a value."""


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The value of one field, beside what was written.

    Attributes:
        as_written: the glyphs of the boxes; `?` also where the machine would only be guessing.
        probability: posterior probability of what the boxes spell, or of `value` where it was
            moved; never more than is proved.
        moved_by: the rule that chose a value other than the top reading, `WITNESSES` where it was
            no rule; None where nothing moved.
        candidates: the values the ink may say with their posteriors, most likely first.
        top: what the digit boxes spell, every box by its likeliest glyph.
    """

    field: str
    value: int | None
    as_written: str
    probability: float
    moved_by: str | None = None
    candidates: tuple[Candidate, ...] = ()
    top: int | None = None

    @property
    def shown(self) -> str:
        """The glyphs that a screen shows at first: none where the number was moved."""
        return UNREADABLE * len(self.as_written) if self.moved_by else self.as_written

    @property
    def margin(self) -> float:
        """How much likelier the likeliest candidate is than the next."""
        likely = [candidate.probability for candidate in self.candidates[:2]]
        return likely[0] - (likely[1] if len(likely) > 1 else 0.0) if likely else 0.0


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Values and rule checks of one form.

    Attributes:
        margin: the least margin of its counted numbers.
        inconsistent: probability that the paper itself breaks a hard rule; of one that says
            "at most" no more than is proved.
        decided: whether the probabilities are proved; where not, they are those of the ink alone.
    """

    form: str
    values: Mapping[str, FieldValue]
    checks: tuple[RuleCheck, ...]
    margin: float = 0.0
    inconsistent: float = 0.0
    decided: bool = True


def reconcile(
    reading: FormReading, policy: Policy, registered: int | None = None
) -> Reconciliation:
    """Give every field that was read its value and check the rules on the values.

    Args:
        reading: the gathered pages; fields of missing pages are absent and rules on them unknown.
        policy: how papers go wrong, and how sure a value must be.
        registered: voters in the DPT of the TPS, when they are known.
    """
    form = reading.form
    options = {
        name: options_of(field, policy.witnesses, plausible=policy.min_plausible)
        for name, field in reading.fields.items()
    }
    hard = [rule for rule in form.rules if rule.severity == "hard"]
    found = infer(options, hard, policy.paper, most_steps=policy.most_steps)
    posterior = found or Posterior(options, inconsistent=0.0, unseen=0.0, steps=0)
    values = {
        name: _as_read(field, posterior.values[name], posterior.unseen, policy)
        for name, field in reading.fields.items()
    }
    if found is not None:
        values |= _moved(form, values, posterior.unseen, policy)
    numbers = {name: value.value for name, value in values.items()}
    checks = check_rules(form, numbers)
    exceeded = _exceeded(checks, values) if found is not None else 0.0
    margins = [value.margin for name, value in values.items() if form.fields[name].counted]
    return Reconciliation(
        form=form.id,
        values=MappingProxyType(values),
        checks=checks + check_limits(form, numbers, registered),
        margin=min(margins, default=1.0),
        inconsistent=max(posterior.inconsistent, exceeded),
        decided=found is not None,
    )


def _as_read(
    field: FieldReading, candidates: tuple[Candidate, ...], unseen: float, policy: Policy
) -> FieldValue:
    """A number that stays as its boxes spell it; where that is not sure, no guess is spelled."""
    top = spell(field.as_written).value
    likely = next((one.probability for one in candidates if one.value == top), 0.0)
    probability = max(0.0, likely - unseen)
    sure = probability >= policy.min_field_probability
    written = field.as_written if sure else field.spelled(policy.min_spelled_probability)
    shown = tuple(one for one in candidates if one.probability >= SHOWN)
    return FieldValue(
        field.field, spell(written).value, written, probability, candidates=shown, top=top
    )


def _moved(
    form: FormSpec, values: Mapping[str, FieldValue], unseen: float, policy: Policy
) -> dict[str, FieldValue]:
    """Those numbers of which all evidence together says another value than their top reading."""
    likeliest = {
        name: one
        for name, value in values.items()
        if (one := value.candidates[0]).probability - unseen >= policy.min_moved_probability
        and one.value not in (None, value.top)
    }
    tops = {name: value.top for name, value in values.items()}
    moved = tops | {name: one.value for name, one in likeliest.items()}
    return {
        name: replace(
            values[name],
            value=one.value,
            probability=one.probability - unseen,
            moved_by=_mover(form, name, {**moved, name: tops[name]}, moved),
        )
        for name, one in likeliest.items()
    }


def _mover(form: FormSpec, name: str, before: Values, after: Values) -> str:
    """The first hard sum that holds only with the number moved; else the other witnesses did it.

    Args:
        form: whose rules are looked at.
        name: of the number.
        before: every value, with the top reading of this number.
        after: every value, with this number moved.
    """
    for rule in form.rules:
        if name in rule.fields and rule.severity == "hard" and rule.is_evidence:
            was, now = check_rule(rule, before).outcome, check_rule(rule, after).outcome
            if was != "holds" and now == "holds":
                return rule.id
    return WITNESSES


def _exceeded(checks: Sequence[RuleCheck], values: Mapping[str, FieldValue]) -> float:
    """How surely the paper itself has more than a hard rule allows, at least.

    Such rules are not weighed; where the numbers as read break one, so does the paper unless one of
    them is misread (Boole's inequality).
    """
    return max(
        (
            1 - sum(1 - values[name].probability for name in dict.fromkeys(check.fields))
            for check in checks
            if check.relation == "at_most"
            and check.severity == "hard"
            and check.outcome == "broken"
        ),
        default=0.0,
    )
