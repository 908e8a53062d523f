"""`digitizer backup` and `digitizer restore`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import TaskID

from digitizer.backup import Manifest, Restored, back_up, check, restore
from digitizer.backup.manifest import Progress, Step
from digitizer.commands.progress import progress_bar
from digitizer.installation import open_installation
from digitizer.settings import read_settings

SHOWN = 10
"""So many faults are listed."""


def write_backup(
    folder: Annotated[Path, typer.Argument(help="A folder of its own, on another disk.")],
    only_check: Annotated[
        bool,
        typer.Option("--check", help="Hash everything in it again; set aside what is damaged."),
    ] = False,
    with_key: Annotated[
        bool,
        typer.Option(
            "--with-key/--without-key", help="Whether the key of this node goes along; see docs."
        ),
    ] = True,
) -> None:
    """Write a backup while everything runs; the same folder again copies only what is new.

    Exits 1 when a photo that the store has lost could not be copied, or --check finds a fault.
    """
    with bars() as progress:
        if only_check:
            manifest, faults = check(folder, progress)
        else:
            installation = open_installation(read_settings())
            manifest = back_up(
                installation, folder, with_key=with_key, progress=progress, now=datetime.now(UTC)
            )
            faults = tuple(f"photo or picture {item} is lost" for item in manifest.lacking)
    for line in (*told(manifest), *listed(faults)):
        typer.echo(line)
    if only_check and faults:
        typer.echo(f"run `digitizer backup {folder}`: it writes anew what is damaged here")
    if faults:
        raise typer.Exit(1)


def restore_backup(
    folder: Annotated[Path, typer.Argument(help="What `digitizer backup` wrote.")],
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over",
            help="The original is gone: the work goes on here, and the history says so.",
        ),
    ] = False,
    key: Annotated[
        Path | None, typer.Option(help="The original's key where the backup does not hold it.")
    ] = None,
) -> None:
    """Put a backup into an empty installation, and verify all of it.

    What is done on it is told by a node of its own, never by the original: two that go on as one
    would write two histories. Exits 1 when photos are missing or a recount differs.
    """
    with bars() as progress:
        done = restore(
            folder, read_settings(), take_over=take_over, key=key, progress=progress,
            now=datetime.now(UTC),
        )  # fmt: skip
    for line in (*told(done.manifest), *outcome(done)):
        typer.echo(line)
    if done.lacking or done.differing:
        raise typer.Exit(1)


@contextmanager
def bars() -> Iterator[Progress]:
    """One bar a step."""
    with progress_bar() as shown:
        tasks: dict[Step, TaskID] = {}

        def progress(step: Step, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = shown.add_task(step, total=total)
            shown.update(tasks[step], completed=done, total=total)

        yield progress


def told(manifest: Manifest) -> list[str]:
    """A backup in words."""
    rows = sum(item.rows for name, item in manifest.files.items() if name.endswith(".jsonl.gz"))
    key = "with the key of this node" if manifest.key else "without the key of this node"
    return [
        f"node {manifest.node}, as it stood {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC, {key}",
        f"{rows:,} rows, {manifest.blobs:,} photos and pictures, "
        f"{manifest.blob_bytes / 1e6:,.1f} MB",
        f"head: {manifest.head}",
    ]


def listed(faults: tuple[str, ...]) -> list[str]:
    """The first faults, and how many more there are."""
    more = [f"- and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
    return [*(f"- {fault}" for fault in faults[:SHOWN]), *more]


def outcome(done: Restored) -> list[str]:
    """What a restored installation is, and what to do next."""
    lost = tuple(f"photo or picture {sha256} is missing" for sha256 in done.lacking)
    sums = tuple(
        f"{item.place.contest}, {item.place.wilayah or 'everywhere'}: the recap was another"
        for item in done.differing
    )
    lines = [*listed(lost), *listed(sums)]
    if not sums:
        lines.append("the history holds, and the recap is what a recount gives")
    lines.append(f"{done.queued:,} photos wait to be read")
    if done.takes_over:
        lines.append(
            f"the work of node {done.manifest.node} goes on here from that moment, by a node of "
            "its own: let others trust its key, never start the original again, and say in public "
            "that heads noted after that moment hold only where somebody merged what came after it"
        )
    else:
        lines.append(
            f"this is a copy to look at: what is done on it is told by a node of its own, never by "
            f"{done.manifest.node}; to go on in place of an original that is gone, restore with "
            "--take-over"
        )
    if not done.signed:
        lines.append(
            f"the key of node {done.manifest.node} was not at hand: others merge nothing from here "
            "before this has merged the file of one that knows that node as far; or restore with "
            "--key"
        )
    return lines
