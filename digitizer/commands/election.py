"""Setting up an election and its accounts, bringing photos in and taking verified tallies out."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, cast, get_args

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from digitizer.commands.invites import invite
from digitizer.commands.publishing import publish
from digitizer.commands.setting_up import init, order
from digitizer.domain.election import Role
from digitizer.errors import NotFound, SettingsError
from digitizer.export.csv import export_csv
from digitizer.export.json import export_json
from digitizer.installation import Installation, open_installation
from digitizer.intake import import_folder
from digitizer.jobs import run_pending
from digitizer.settings import read_settings
from digitizer.store.accounts import (
    Account,
    add_account,
    list_accounts,
    random_password,
    set_disabled,
    set_password,
)
from digitizer.store.elections import get_contest
from digitizer.store.engine import read_session, write_session
from digitizer.store.exports import exported_tallies, record_export, tally_rows
from digitizer.store.logins import end_logins

election_app = typer.Typer(no_args_is_help=True, help="The election that is being counted.")
accounts_app = typer.Typer(no_args_is_help=True, help="Who may do what.")


election_app.command("init")(init)
election_app.command("order")(order)
election_app.command("publish")(publish)


@accounts_app.command("add")
def add(
    username: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[str, typer.Option(help="One of: " + ", ".join(get_args(Role)))],
    tps: Annotated[str | None, typer.Option(help="Bind a witness to one TPS code.")] = None,
    label: Annotated[str, typer.Option(help="What others see instead of the name.")] = "",
) -> None:
    """Add an account and print its random password once.

    The password is taken from DIGITIZER_NEW_PASSWORD when that is set; it is never an argument,
    since arguments show in the process list.
    """
    if role not in get_args(Role):
        raise SettingsError(
            f"role is {role!r}, needed one of {', '.join(get_args(Role))}",
            "see accounts add --help",
        )
    password = os.environ.get("DIGITIZER_NEW_PASSWORD") or random_password()
    with write_session(open_installation(read_settings()).engine) as session:
        account = add_account(
            session, username, cast("Role", role), password,
            label=label, tps=tps, now=datetime.now(UTC),
        )  # fmt: skip
        session.commit()
    typer.echo(f"{account.username}  {account.role}  {password}")


@accounts_app.command("list")
def list_all() -> None:
    """List every account with its role and TPS."""
    with read_session(open_installation(read_settings()).engine) as session:
        for account in list_accounts(session):
            closed = "  closed" if account.disabled else ""
            typer.echo(
                f"{account.username}  {account.role}  {account.tps or ''}  {account.label}{closed}"
            )


accounts_app.command("invite")(invite)


@accounts_app.command("passwd")
def passwd(username: Annotated[str, typer.Argument(help="Whose password.")]) -> None:
    """Give an account a new random password, print it once, and end its logins.

    The password is taken from DIGITIZER_NEW_PASSWORD when that is set.
    """
    installation = open_installation(read_settings())
    account = named_account(installation, username)
    password = os.environ.get("DIGITIZER_NEW_PASSWORD") or random_password()
    with write_session(installation.engine) as session:
        set_password(session, account.id, password, actor="system", now=datetime.now(UTC))
        end_logins(session, account.id)
        session.commit()
    typer.echo(f"{account.username}  {account.role}  {password}")


@accounts_app.command("disable")
def disable(username: Annotated[str, typer.Argument(help="Whose account.")]) -> None:
    """Close an account and end its logins; what it did stays."""
    _set_disabled(username, disabled=True)


@accounts_app.command("enable")
def enable(username: Annotated[str, typer.Argument(help="Whose account.")]) -> None:
    """Open a closed account again."""
    _set_disabled(username, disabled=False)


def _set_disabled(username: str, *, disabled: bool) -> None:
    installation = open_installation(read_settings())
    account = named_account(installation, username)
    with write_session(installation.engine) as session:
        set_disabled(session, account.id, disabled=disabled, actor="system", now=datetime.now(UTC))
        end_logins(session, account.id)
        session.commit()
    typer.echo(f"{account.username} is {'closed' if disabled else 'open'}")


def import_photos(
    folder: Annotated[Path, typer.Argument(help="Folder with photos or ZIP files.", exists=True)],
    account: Annotated[str, typer.Option(help="Username on whose behalf they come in.")],
    contest: Annotated[
        str | None, typer.Option(help="What all of them show, where a TPS voted more than once.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Read them now, in this process.")] = False,
) -> None:
    """Bring in photos a coordinator collected; a 13-digit code in a name says which TPS.

    Photos without one become "unassigned" and wait in the queue for a person.
    """
    installation = open_installation(read_settings())
    sender = named_account(installation, account)
    if contest is not None:
        with read_session(installation.engine) as session:
            get_contest(session, contest)
    bring_in(installation, folder, sender, contest)
    if wait:
        read_all(installation)


def bring_in(
    installation: Installation, folder: Path, sender: Account, contest: str | None = None
) -> None:
    """Upload every photo of a folder, with a progress bar."""
    with progress_bar("uploading") as progress:
        task = progress.add_task("uploading", total=None)
        receipts = import_folder(
            installation.engine, installation.photos, folder, account=sender.id,
            contest=contest,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip
    already = sum(receipt.status == "already" for receipt in receipts)
    typer.echo(f"{len(receipts)} photos, {already} of them known already")


def read_all(installation: Installation) -> None:
    """Read everything that waits, with a progress bar."""
    with progress_bar("reading") as progress:
        task = progress.add_task("reading", total=None)
        run_pending(
            installation.settings,
            lambda done, total: progress.update(task, completed=done, total=total),
        )


def export_tallies(
    kind: Annotated[str, typer.Argument(metavar="csv|json", help="The format.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    contest: Annotated[
        str | None, typer.Option(help="Only the office of this contest, in all its rounds.")
    ] = None,
    superseded: Annotated[
        bool, typer.Option("--superseded", help="Also tallies after which a TPS votes again.")
    ] = False,
) -> None:
    """Write the verified tallies that count, and note in the history that they left."""
    if kind not in ("csv", "json"):
        raise SettingsError(f"format is {kind!r}, needed csv or json", "see export --help")
    installation = open_installation(read_settings())
    with write_session(installation.engine) as session:
        rows = tally_rows(session, contest, superseded=superseded)
        data = (export_csv if kind == "csv" else export_json)(rows)
        exported = exported_tallies(session, kind, data, rows)
        record_export(session, exported, "system", datetime.now(UTC))
        session.commit()
    unfinished = output.with_name(output.name + ".part")
    unfinished.write_bytes(data)
    unfinished.replace(output)
    typer.echo(f"{len(rows)} verified tallies in {output}")


def named_account(installation: Installation, username: str) -> Account:
    """The account with this username.

    Raises:
        NotFound: there is none.
    """
    with read_session(installation.engine) as session:
        for account in list_accounts(session):
            if account.username == username:
                return account
    raise NotFound(f"there is no account {username!r}", "add it with accounts add")


def progress_bar(what: Literal["uploading", "reading"]) -> Progress:
    """A bar with a count and the time taken."""
    return Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True),
    )  # fmt: skip
