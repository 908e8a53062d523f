"""`digitizer export --exchange` and `digitizer merge`: histories carried from hand to hand."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from digitizer.commands.progress import progress_bar, whole_file
from digitizer.domain.policy import Policy
from digitizer.installation import Installation, open_installation
from digitizer.merging import Merged, hand_over, merge
from digitizer.policies import load_policy
from digitizer.settings import read_settings


def write_exchange(output: Path) -> None:
    """Write everything that another installation needs to know what is here."""
    installation = open_installation(read_settings())
    with progress_bar("exporting") as progress, whole_file(output, private=True) as file:
        task = progress.add_task("exporting", total=None)
        made = hand_over(
            installation.engine, installation.photos, installation.settings.data_dir, file,
            now=datetime.now(UTC),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip
    typer.echo(f"{made.events} events, {made.blobs} pictures in {output}")
    typer.echo("it holds originals and notes: guard it as you guard the data folder")
    typer.echo(f"key:  {made.signer}")
    typer.echo(f"head: {made.head}")


def merge_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="What `export --exchange` wrote elsewhere.", exists=True, dir_okay=False
        ),
    ],
    trust: Annotated[
        list[str] | None,
        typer.Option("--trust", help="Key of an installation that is not known here yet."),
    ] = None,
) -> None:
    """Join what other installations of the same election did: each file whole, or not at all.

    Any number of times and in any order; the end is the same. Where two say different numbers of
    one TPS neither counts until a supervisor settles it.
    """
    settings = read_settings()
    installation = open_installation(settings)
    policy = load_policy(settings.policy_file)
    for path in files:
        merged = _merge(installation, path, policy, trust or ())
        for line in _told(path, merged):
            typer.echo(line)


def _merge(
    installation: Installation, path: Path, policy: Policy, trusted: Collection[str]
) -> Merged:
    with progress_bar("merging") as progress:
        task = progress.add_task("merging", total=None)
        return merge(
            installation.engine, installation.photos, path, policy=policy, now=datetime.now(UTC),
            trusted=trusted,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip


def _told(path: Path, merged: Merged) -> list[str]:
    lines = [
        f"{path.name}: {merged.events} new events, {merged.pictures} new pictures, "
        f"forms of {merged.sheets} TPS settled"
    ]
    lines += [f"known from now on: installation {node}" for node in merged.nodes]
    if merged.disputed:
        lines.append(
            f"{merged.disputed} TPS of which installations say different numbers: they count "
            "nowhere until a supervisor settles them at the desk"
        )
    return [*lines, f"head: {merged.head}"]
