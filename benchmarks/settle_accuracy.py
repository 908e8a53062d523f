"""How forms are settled: simulated elections, with reading errors at the bound of real ink."""

import multiprocessing as mp
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.out_of_fold import load_out_of_fold
from benchmarks.risk_curve import curve_of, risk_curve
from benchmarks.rows import Row, count, number, share
from benchmarks.simulated_forms import Ink, SimulatedForm, simulate_form
from digitizer.domain.number import spell
from digitizer.domain.policy import Policy
from digitizer.domain.risk import Proof, exact_upper
from digitizer.domain.settle import settle
from digitizer.domain.verdict import Clear, Doubtful
from digitizer.forms import load_form

FORM: Final = "c-hasil-ppwp-2024"
FORMS: Final = 10_000
INCONSISTENT_FORMS: Final = 1_000
INCONSISTENT: Final = 0.08
"""So many papers in a hundred do not add up."""

RISK: Final = 1 / 400
"""The share of wrong numbers that the shipped threshold is tested against on real ink."""

UNSURE: Final = frozenset({"unsure_box", "unsure_number"})
"""Reasons that a bolder threshold would drop."""

CHUNK: Final = 100
SEED: Final = 2024


class Outcome(NamedTuple):
    """One form, settled.

    Attributes:
        numbers: counted numbers on it.
        wrong: of those, so many have a value that is not the one written.
        wrong_top: so many are spelled wrong by the likeliest glyph of each box.
        moved, moved_wrong: so many are proposed another value than the top reading, and so many
            of these one that is not written.
        only_moved: whether nothing else keeps the form from being clear.
        sure: least posterior of its numbers; 0 where another reason makes it doubtful.
        digits_sure: least probability of its boxes.
    """

    consistent: bool
    clear: bool
    numbers: int
    wrong: int
    wrong_top: int
    moved: int
    moved_wrong: int
    only_moved: bool
    sure: float
    digits_sure: float


@dataclass(frozen=True, slots=True)
class Task:
    """Forms to draw: how many, whether all are inconsistent, and the seed."""

    seed: int
    only_inconsistent: bool


def outcomes(count: int, *, only_inconsistent: bool = False, processes: int = 2) -> list[Outcome]:
    """Draw forms and settle them, in as many processes."""
    tasks = [Task(SEED + i, only_inconsistent) for i in range(count // CHUNK)]
    with mp.get_context("spawn").Pool(processes) as workers:
        return [item for part in workers.imap(_chunk, tasks) for item in part]


def error_rate() -> float:
    """The exact 95 % upper bound of the share of real boxes of 2024 that are read wrong."""
    read = load_out_of_fold().of("real_2024").only("0123456789X")
    return exact_upper(int((~read.right).sum()), len(read.truth))


@lru_cache(maxsize=1)
def ink() -> Ink:
    """Real ink with errors at the bound."""
    read = load_out_of_fold().of("real_2024").only("0123456789X")
    return Ink(read, error_rate())


def _chunk(task: Task) -> list[Outcome]:
    form = load_form(FORM)
    rng = np.random.default_rng([task.seed, int(task.only_inconsistent)])
    found = []
    for _ in range(CHUNK):
        wrong = task.only_inconsistent or bool(rng.random() < INCONSISTENT)
        found.append(settled(simulate_form(form, ink(), rng, inconsistent=wrong), Policy()))
    return found


def settled(simulated: SimulatedForm, policy: Policy) -> Outcome:
    """Settle a form and compare it with what is written."""
    form = load_form(FORM)
    result = settle(simulated.pages, form, policy, simulated.registered)
    values = result.reconciliation.values
    truth = {name: spell(boxes).value for name, boxes in simulated.written.items()}
    moved = [value for value in values.values() if value.moved_by is not None]
    reasons = result.verdict.reasons if isinstance(result.verdict, Doubtful) else ()
    unsure_only = {reason.code for reason in reasons} <= UNSURE
    fields = result.reading.fields
    return Outcome(
        consistent=simulated.consistent,
        clear=isinstance(result.verdict, Clear),
        numbers=len(truth),
        wrong=sum(values[n].value not in (None, v) for n, v in truth.items()),
        wrong_top=sum(fields[n].number.value not in (None, v) for n, v in truth.items()),
        moved=len(moved),
        moved_wrong=sum(value.value != truth[value.field] for value in moved),
        only_moved=bool(moved) and {reason.code for reason in reasons} == {"moved"},
        sure=min(v.probability for v in values.values()) if unsure_only else 0.0,
        digits_sure=min(field.probability for field in fields.values()),
    )


def rows(curve: Path) -> list[Row]:
    """Figures of the simulated forms; draws the risk-coverage curve."""
    found = outcomes(FORMS)
    clear = [item for item in found if item.clear]
    surest = sorted(found, key=lambda item: -item.digits_sure)[: len(clear)]
    bad = outcomes(INCONSISTENT_FORMS, only_inconsistent=True)
    each = found[0].numbers
    risk_curve(
        curve_of([x.sure for x in found], [x.wrong for x in found], each),
        curve_of([x.digits_sure for x in found], [x.wrong_top for x in found], each),
        len(found),
        curve,
    )
    proof = prove()
    return [
        number("settle.glyph_error_rate", error_rate(), len(ink().read.truth)),
        share("settle.clear", len(clear), len(found)),
        count("settle.wrong_in_clear", sum(x.wrong for x in clear), each * len(clear)),
        count("settle.digits_alone_wrong", sum(x.wrong_top for x in surest), each * len(surest)),
        share("settle.only_moved", sum(x.only_moved for x in found), len(found)),
        share("settle.inconsistent_flagged", sum(not x.clear for x in bad), len(bad)),
        count("settle.inconsistent_clear", sum(x.clear for x in bad), len(bad)),
        count("settle.inconsistent_moved_wrong", sum(x.moved_wrong > 0 for x in bad), len(bad)),
        count("settle.real_numbers_wrong", proof.wrong, proof.numbers),
        number("settle.real_numbers_bound", proof.bound, proof.numbers),
    ]


def prove() -> Proof:
    """Count real boxes, three to a number, at the threshold of the shipped policy.

    Which boxes stood in one number is not known any more, so they are dealt out by chance; no rule
    and no other witness helps them.
    """
    numbers = real_numbers()
    kept = [right for sure, right in numbers if sure >= Policy().min_field_probability]
    return Proof(len(kept), len(kept) - sum(kept), RISK)


def real_numbers() -> list[tuple[float, bool]]:
    """Numbers of three real boxes of 2024: how sure all three are, and whether all are right."""
    read = load_out_of_fold().of("real_2024")
    order = np.random.default_rng(SEED).permutation(len(read.truth))
    threes = order[: len(order) // 3 * 3].reshape(-1, 3)
    sure = read.sure[threes].prod(axis=1)
    right = [bool(read.right[three].all()) for three in threes]
    return list(zip(sure.tolist(), right, strict=True))
