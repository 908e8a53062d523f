"""What the database says: that it is safe, at this release, in time, and whole."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from digitizer.doctor.finding import Check, Finding, OpenVisit, Visit
from digitizer.errors import DigitizerError
from digitizer.store.engine import (
    known_revisions,
    open_engine,
    read_session,
    revision_of,
    write_session,
)
from digitizer.store.events import latest_at, verify_chain, verify_ends
from digitizer.store.nodes import KEY_FILE, node_here, public_key_of
from digitizer.store.recap_keeping import check_recap
from digitizer.store.server_settings import (
    postgresql_settings,
    postgresql_version,
    sqlite_fault,
    sqlite_settings,
)
from digitizer.store.single_uploads import recount_singles

EARLIEST: Final = datetime(2024, 11, 27, tzinfo=UTC)
"""Polling day of the first election this product was made for: no form is older."""

AHEAD: Final = timedelta(minutes=2)
"""By so much clocks of several machines may differ."""

LAST_EVENTS: Final = 10_000
OLDEST_POSTGRESQL: Final = 14
FULL: Final = 2
"""SQLite's number for waiting until the disk has it."""

UNSAFE_VALUES: Final = ("off", "local")


def silence(visit: Visit) -> Finding | None:
    """Why the database does not answer; None where it does."""
    settings = visit.settings
    try:
        url = make_url(settings.database)
        if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
            return _bad(
                "database", f"no database at {url.database}", "one",
                "run `digitizer election init`, or `digitizer restore`",
            )  # fmt: skip
        engine = open_engine(settings.database)
        try:
            with read_session(engine) as session:
                session.connection()
        finally:
            engine.dispose()
    except DigitizerError as error:
        return _bad("database", error.message, "a database", error.hint)
    except (SQLAlchemyError, ValueError) as error:
        return _bad(
            "database", f"it does not answer ({type(error).__name__})", "an answer",
            "see DIGITIZER_DATABASE_URL, whether the server runs, and who may open the file",
        )  # fmt: skip
    return None


def check_database(visit: Visit) -> Finding:
    """Reachable, whole, and set so that a power cut takes nothing that was confirmed."""
    if (silent := silence(visit)) is not None:
        return silent
    engine = open_engine(visit.settings.database)
    try:
        with read_session(engine) as session:
            if engine.dialect.name == "sqlite":
                return _sqlite(session, Path(str(engine.url.database)))
            return _server(session)
    except SQLAlchemyError as error:
        return _bad(
            "database", f"it can not be read ({type(error).__name__})", "an answer",
            "stop, copy the data folder, and restore the last backup elsewhere to compare",
        )  # fmt: skip
    finally:
        engine.dispose()


def check_migrations(visit: OpenVisit) -> Finding:
    """The tables are those of this release."""
    with read_session(visit.engine) as session:
        found = revision_of(session.connection())
    newest = known_revisions()[0]
    if found == newest:
        return Finding("migrations", "good", f"at {found}")
    if found is None or found in known_revisions():
        return _bad(
            "migrations", f"at {found or 'none'}", newest,
            "stop web and workers, back up, then start `digitizer serve`: it migrates",
        )  # fmt: skip
    return _bad(
        "migrations", f"at {found}, which this release does not know", newest,
        "install the release that made it, or a newer one",
    )  # fmt: skip


def check_clock(visit: OpenVisit) -> Finding:
    """The clock against the history and against the calendar; no network is asked."""
    now = visit.visit.now
    with read_session(visit.engine) as session:
        newest = latest_at(session)
    mend = "set the clock; on Linux: timedatectl set-ntp true"
    if now < EARLIEST:
        return _bad("clock", f"{now:%Y-%m-%d %H:%M} UTC", f"later than {EARLIEST:%Y-%m-%d}", mend)
    if newest is not None and newest > now + AHEAD:
        return _bad(
            "clock",
            f"{now:%Y-%m-%d %H:%M:%S} UTC, and the newest event is of {newest:%Y-%m-%d %H:%M:%S}",
            "no event of the future",
            f"{mend}; if the event was made by a wrong clock it stays, and says so",
        )
    return Finding("clock", "good", f"{now:%Y-%m-%d %H:%M:%S} UTC, after the newest event")


def check_node_key(visit: OpenVisit) -> Finding:
    """The key that signs this installation's history: there, its own, and nobody else's."""
    path = visit.settings.data_dir / KEY_FILE
    with read_session(visit.engine) as session:
        node = node_here(session)
    if not path.is_file():
        if node is None:
            return Finding("node_key", "warning", "no node yet", "one", "start `digitizer serve`")
        return _bad(
            "node_key", f"{path} is missing", f"the key of node {node[0]}",
            "put it back from the backup; a worker's own machine needs none",
        )  # fmt: skip
    try:
        public_key = public_key_of(path)
    except DigitizerError as error:
        return _bad("node_key", error.message, "an Ed25519 key", error.hint)
    if node is not None and public_key != node[1]:
        return _bad(
            "node_key", f"{path} is another node's key", f"that of node {node[0]}",
            "use the data folder that belongs to this database",
        )  # fmt: skip
    if (mode := path.stat().st_mode & 0o777) & 0o077:
        return _bad(
            "node_key", f"{path} has mode {mode:o}: others can read it", "mode 600",
            f"chmod 600 {path}; who copied it can write history in this node's name",
        )  # fmt: skip
    return Finding("node_key", "good", f"{path}, mode {mode:o}")


def check_chain(visit: OpenVisit) -> Finding:
    """Every event holds: its hash, its number, and that it follows the one before."""
    every = visit.visit.every
    with read_session(visit.engine) as session:
        faults = verify_chain(session) if every else verify_ends(session, LAST_EVENTS)
    if faults:
        first = faults[0]
        return _bad(
            "chain",
            f"{len(faults)} events do not hold, the first is {first.seq} of node {first.node}: "
            f"{first.fault}",
            "chains without a fault",
            "stop, keep everything as it is, and compare with the last backup and noted heads",
        )
    looked = "all events" if every else f"the last {LAST_EVENTS:,} events of each node"
    return Finding("chain", "good", f"{looked} hold")


def check_sums(visit: OpenVisit) -> Finding:
    """The recap and the comparison with official results are what a recount of all tallies gives,
    and single uploads stand in the queue for what they are; nothing is changed here.
    """
    if not visit.visit.recount:
        return Finding("recap", "good", "not recounted; --recount does")
    with write_session(visit.engine) as session:
        differing = check_recap(session)
        uploads = recount_singles(session)
        session.rollback()
    if differing:
        place = differing[0].place
        return _bad(
            "recap",
            f"{len(differing)} sums differ, the first in {place.contest}, "
            f"{place.wilayah or 'everywhere'}",
            "what a recount gives",
            "run `digitizer recap --recount`, which mends them, and tell the developers",
        )
    if uploads:
        return _bad(
            "recap",
            f"{len(uploads)} uploads stand in the queue for what they are not, or are missing "
            f"there, the first is {uploads[0]}",
            "what their readings and their TPS say",
            "run `digitizer recap --recount`, which mends them, and tell the developers",
        )
    return Finding("recap", "good", "every sum is what a recount gives")


def _sqlite(session: Session, path: Path) -> Finding:
    settings = sqlite_settings(session)
    if settings.journal != "wal":
        return _bad(
            "database", f"SQLite with journal {settings.journal}", "wal",
            "put the data folder on a local disk: network file systems cannot do it",
        )  # fmt: skip
    if settings.synchronous != FULL:
        found = f"SQLite with synchronous {settings.synchronous}"
        return _bad("database", found, f"{FULL} (FULL)", "install again")
    if (fault := sqlite_fault(session)) is not None:
        return _bad(
            "database", f"SQLite finds a fault: {fault}", "ok",
            "stop, copy the data folder, and restore the last backup elsewhere to compare",
        )  # fmt: skip
    # A folder that nobody else may enter hides whatever lies in it.
    mode, above = (item.stat().st_mode & 0o777 for item in (path, path.parent))
    if mode & 0o077 and above & 0o077:
        return _bad(
            "database", f"{path} has mode {mode:o}: others can read it", "mode 600",
            f"chmod 600 {path}*; who copied it has password hashes and the seeds of the lots",
        )  # fmt: skip
    return Finding("database", "good", f"SQLite {settings.version}, WAL, synchronous, intact")


def _server(session: Session) -> Finding:
    version = postgresql_version(session)
    if int(version.partition(".")[0]) < OLDEST_POSTGRESQL:
        return _bad("database", f"PostgreSQL {version}", f"{OLDEST_POSTGRESQL} or newer", "upgrade")
    for name, value in postgresql_settings(session).items():
        if value in UNSAFE_VALUES:
            return _bad(
                "database", f"PostgreSQL {version} with {name} {value}", "on",
                f"ALTER SYSTEM SET {name} = on, then reload; a power cut takes votes without it",
            )  # fmt: skip
    return Finding("database", "good", f"PostgreSQL {version}, synchronous")


def _bad(check: Check, found: str, needed: str, mend: str) -> Finding:
    return Finding(check, "bad", found, needed, mend)
