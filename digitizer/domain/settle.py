"""Settle a form: gather, reconcile, triage. Pure and cheap, so it is done again at will."""

from collections.abc import Sequence
from dataclasses import dataclass

from digitizer.domain.form import FormSpec
from digitizer.domain.gather import FormReading, gather
from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.reconcile import Reconciliation, reconcile
from digitizer.domain.triage import triage
from digitizer.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Digitization:
    """The pages of one form, settled."""

    reading: FormReading
    reconciliation: Reconciliation
    verdict: Verdict
    policy: Policy


def settle(
    readings: Sequence[PageReading],
    form: FormSpec,
    policy: Policy,
    registered: int | None = None,
) -> Digitization:
    """Settle stored readings of one form, oldest first. No pixel is touched."""
    gathered = gather(form, readings)
    reconciliation = reconcile(gathered, policy, registered)
    verdict = triage(gathered, reconciliation, policy)
    return Digitization(gathered, reconciliation, verdict, policy)
