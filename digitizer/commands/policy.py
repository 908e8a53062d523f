"""`digitizer policy`: the thresholds in force, and what they buy."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from digitizer.domain.policy import PROOF, Policy
from digitizer.domain.risk import CONFIDENCE
from digitizer.policies import load_policy
from digitizer.settings import read_settings


def policy(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print the policy in force and the statement that its thresholds buy."""
    held = load_policy(read_settings().policy_file)
    if as_json:
        facts = {"key": held.key, **asdict(held), "statement": statement(held)}
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    typer.echo(f"policy {held.key}")
    for name, value in asdict(held).items():
        if isinstance(value, dict):
            for part, number in value.items():
                typer.echo(f"  {name}.{part:<32} {number:g}")
        elif name != "name":
            typer.echo(f"  {name:<38} {value:g}")
    typer.echo(statement(held))


def statement(held: Policy) -> str:
    """What may be said of the numbers that this policy calls sure."""
    if held.min_field_probability < Policy().min_field_probability:
        return "Nothing is proved for thresholds looser than the shipped ones."
    aim = f"1 in {round(1 / PROOF.risk):,}"
    return (
        f"Of {PROOF.numbers:,} numbers of three real boxes read this surely by models that had not "
        f"learnt them, {PROOF.wrong} were wrong: with {CONFIDENCE:.0%} confidence at most 1 in "
        f"{int(1 / PROOF.bound):,} is. "
        + ("" if PROOF.proved else f"They are too few to prove {aim}, which is aimed at. ")
        + "The models were chosen with an eye on these boxes, and some crews wrote boxes of which "
        "others were learnt: a new crew may be read a little worse. Sums and other witnesses are "
        "not in this figure: there are too few whole real forms to prove what they add."
    )
