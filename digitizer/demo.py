"""`digitizer demo`: a sample election from photos to a recap, in one command."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final
from uuid import uuid4

import typer
from rich.console import Console
from rich.table import Table
from sqlmodel import Session

from digitizer.commands.election import bring_in, read_all
from digitizer.commands.server import run_server
from digitizer.domain.election import Role
from digitizer.domain.policy import Policy
from digitizer.domain.settle import settle
from digitizer.domain.verification import Confirmed, Verification, verify
from digitizer.errors import NotFound
from digitizer.forms import load_form
from digitizer.installation import Installation, open_installation
from digitizer.policies import load_policy
from digitizer.report import VERDICT_STYLE, verdict_name
from digitizer.settings import read_settings
from digitizer.store.accounts import Account, add_account, random_password
from digitizer.store.elections import init_election, read_election_file, tps
from digitizer.store.engine import make_own_folder, read_session, write_session
from digitizer.store.form_readings import readings_for
from digitizer.store.readings import StoredReading, reading_of
from digitizer.store.sheets import Sheet, queue, sheet
from digitizer.store.uploads import uploads_of
from digitizer.store.verifications import lock_pending, save_verification

SAMPLES: Final = Path(__file__).resolve().parent.parent / "samples"
MARKER: Final = ".demo"
CONFIRMED: Final = 6
PEOPLE: Final[tuple[tuple[str, Role], ...]] = (
    ("saksi", "witness"),
    ("verifikator", "reviewer"),
    ("penyelia", "supervisor"),
    ("admin", "admin"),
    ("pengamat", "viewer"),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is written on one sample photo, and which verdicts are right for it."""

    file: str
    form: str
    page: int
    as_written: Mapping[str, str]
    accept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """One sample photo as read beside what was expected."""

    expected: Expected
    verdict: str
    right: int
    counted: int
    wrong: tuple[str, ...]


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop before serving.")] = False,
) -> None:
    """Load a sample election, digitize its photos, confirm six forms, then serve it.

    Lives in `demo` inside the data folder, made anew each time.
    """
    console = Console()
    settings = read_settings()
    folder = settings.data_dir / "demo"
    _clear(folder)
    # Its own database and photos too: an installation in use must not get a made-up election.
    own = {"data_dir": folder, "database_url": "", "store_url": ""}
    installation = open_installation(settings.model_copy(update=own))
    passwords = {name: random_password() for name, _ in PEOPLE}
    accounts = _set_up(installation, passwords)
    bring_in(installation, SAMPLES / "photos", accounts["koordinator"])
    read_all(installation)
    compared = compare(installation, accounts["koordinator"])
    console.print(_table(compared))
    names = confirm_clear(installation, accounts["simulasi"])
    console.print(f"Confirmed by the account simulasi: {', '.join(names)}")
    wrong = [item for item in compared if item.wrong and item.verdict == "clear"]
    if wrong:
        console.print(f"[red]{len(wrong)} photos are clear and wrong[/red]")
        raise typer.Exit(1)
    if once:
        return
    console.print(f"\nOpen http://{settings.host}:{settings.port} and sign in:")
    for name, role in PEOPLE:
        console.print(f"  {name:<12} {passwords[name]:<26} {role}")
    run_server(installation.settings, worker=True)


def _clear(folder: Path) -> None:
    """Make an empty folder; only one that an earlier demo made is ever removed."""
    if folder.exists():
        if not (folder / MARKER).exists():
            raise NotFound(
                f"{folder} exists and was not made by the demo", "set DIGITIZER_DATA_DIR elsewhere"
            )
        shutil.rmtree(folder)
    make_own_folder(folder.parent)
    make_own_folder(folder)
    (folder / MARKER).write_text("made by digitizer demo; it is removed by the next one\n")


def _set_up(installation: Installation, passwords: Mapping[str, str]) -> dict[str, Account]:
    """Load the election and make the accounts, those without a printed password included."""
    if not SAMPLES.is_dir():
        raise NotFound(f"found no samples at {SAMPLES}", "run the demo from a checkout")
    now = datetime.now(UTC)
    unseen: tuple[tuple[str, Role], ...] = (("koordinator", "witness"), ("simulasi", "reviewer"))
    with write_session(installation.engine) as session:
        file = read_election_file(SAMPLES / "election.toml")
        init_election(session, file, "system", now)
        accounts = {
            name: add_account(
                session, name, role, passwords.get(name) or random_password(),
                label=name, tps=file.tps[-1].code if name == "saksi" else None, now=now,
            )
            for name, role in (*PEOPLE, *unseen)
        }  # fmt: skip
        session.commit()
    return accounts


def compare(installation: Installation, sender: Account) -> tuple[Compared, ...]:
    """Every sample photo, settled alone, beside what is written on it."""
    expected = {Path(item.file).name: item for item in read_expected(SAMPLES)}
    with read_session(installation.engine) as session:
        uploads = {Path(upload.file_name).name: upload for upload in uploads_of(session, sender.id)}
        stored = {name: reading_of(session, upload.photo) for name, upload in uploads.items()}
    policy = load_policy(installation.settings.policy_file)
    return tuple(
        _compared(item, stored.get(name), policy) for name, item in sorted(expected.items())
    )


def read_expected(folder: Path) -> tuple[Expected, ...]:
    """What is written on every photo of the samples, counted fields only."""
    rows: list[dict[str, Any]] = json.loads((folder / "expected.json").read_text("utf-8"))
    return tuple(
        Expected(
            row["file"], row["form"], row["page"],
            MappingProxyType({
                name: field["as_written"] for name, field in row["fields"].items()
                if load_form(row["form"]).fields[name].counted
            }),
            tuple(row["accept"]),
        )
        for row in rows
    )  # fmt: skip


def _compared(expected: Expected, stored: StoredReading | None, policy: Policy) -> Compared:
    if stored is None:
        return Compared(expected, "waiting", 0, len(expected.as_written), ())
    if stored.reading is None:
        return Compared(expected, "unreadable", 0, len(expected.as_written), ())
    settled = settle([stored.reading], load_form(stored.reading.form), policy)
    values = settled.reconciliation.values
    wrong = tuple(
        f"{name} {text} read as {values[name].as_written}"
        for name, text in expected.as_written.items()
        if "?" not in text and "?" not in values[name].as_written
        and values[name].as_written != text
    )  # fmt: skip
    right = sum(values[name].as_written == text for name, text in expected.as_written.items())
    return Compared(expected, verdict_name(settled.verdict), right, len(expected.as_written), wrong)


def _table(compared: tuple[Compared, ...]) -> Table:
    table = Table("photo", "verdict", "expected", "numbers right", "wrong")
    table.columns[0].no_wrap = True
    for item in compared:
        style = VERDICT_STYLE.get(item.verdict, "")
        table.add_row(
            Path(item.expected.file).stem,
            f"[{style}]{item.verdict}[/{style}]" if style else item.verdict,
            " or ".join(item.expected.accept),
            f"{item.right} of {item.counted}",
            ", ".join(item.wrong),
        )
    return table


def confirm_clear(installation: Installation, reviewer: Account) -> list[str]:
    """Confirm the first clear sheets with what is written on them, as a person would."""
    written = {
        (Path(item.file).name.split("-")[0], item.form, item.page): item.as_written
        for item in read_expected(SAMPLES)
    }
    names = []
    with write_session(installation.engine) as session:
        for row in queue(session, state="clear", limit=CONFIRMED):
            if row.tps is None or row.contest is None or row.form is None:
                continue
            found = sheet(session, row.contest, row.tps.code, row.form)
            if found is None:
                continue
            readings = readings_for(session, found.contest, found.tps, found.form)
            truth = {
                name: text
                for stored in readings if stored.reading is not None
                for name, text in written[found.tps, found.form, stored.reading.page].items()
            }  # fmt: skip
            _confirm(session, found, readings, truth, reviewer)
            names.append(f"{row.tps.desa} {row.tps.name}")
        session.commit()
    return names


def _confirm(
    session: Session,
    found: Sheet,
    readings: Sequence[StoredReading],
    truth: Mapping[str, str],
    reviewer: Account,
) -> None:
    now = datetime.now(UTC)
    shown = {
        name: field.as_written
        for stored in readings if stored.reading is not None
        for name, field in stored.reading.fields.items()
    }  # fmt: skip
    verification = Verification(
        id=uuid4().hex,
        readings=found.readings,
        photos=found.photos,
        reviewer=reviewer.id,
        at=now,
        fields=MappingProxyType(
            {name: Confirmed(text, shown[name]) for name, text in truth.items()}
        ),
    )
    station = tps(session, found.tps)
    outcome = verify(
        load_form(found.form), [verification],
        pages={stored.reading.page for stored in readings if stored.reading is not None},
        tps=found.tps, contest=found.contest,
        version=found.version + 1, registered=station.registered if station else None,
        readers=1,
        others=lock_pending(session, found.contest, found.tps, found.form).others,
    )  # fmt: skip
    save_verification(
        session, verification, found.contest, found.tps, found.form, outcome, now,
        expected_version=found.version,
    )  # fmt: skip
