"""The way back: a backup put into an empty installation, and held against itself.

Photos first, then all the rest in one transaction: whatever cuts this off, the database is still
empty, and nothing ever starts on half of it or in the name of the original's node.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session

from digitizer.backup.checking import lines_of, refuse_damaged_rows
from digitizer.backup.manifest import BLOBS, PHOTOS, Manifest, Progress, read_manifest, silent
from digitizer.backup.writing import AT_ONCE, blob_names
from digitizer.domain.event import end_to_sign
from digitizer.errors import BackupError, NotFound
from digitizer.settings import Settings
from digitizer.store.backups import note_restored
from digitizer.store.dumping import load_rows, reflected
from digitizer.store.durable import sync_folder
from digitizer.store.engine import (
    known_revisions,
    make_own_folder,
    migrate,
    migrate_within,
    open_engine,
    read_session,
    write_session,
)
from digitizer.store.events import batched, head, last_events, verify_chain
from digitizer.store.line import rejoin
from digitizer.store.merged_history import keep_signature
from digitizer.store.nodes import (
    KEY_FILE,
    ensure_node,
    holds_node,
    leave_node,
    public_key_of,
    signed_by,
)
from digitizer.store.photos import FilePhotoStore, PhotoStore
from digitizer.store.recap_keeping import Difference, check_recap, ensure_recap

ENDING: Final = ".jsonl.gz"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back.

    Attributes:
        manifest: of the backup.
        lacking: blobs that rows name and the backup has not, or with other bytes.
        differing: sums of the recap that a recount found to be others; they are right now.
        queued: photos that nobody has read yet; each has a new job.
        takes_over: whether it goes on in place of the original; else this is a copy to look at.
        signed: whether the end of the original's chain could be signed, so that other installations
            accept it from here.
    """

    manifest: Manifest
    lacking: tuple[str, ...]
    differing: tuple[Difference, ...]
    queued: int
    takes_over: bool
    signed: bool


def restore(
    folder: Path,
    settings: Settings,
    *,
    take_over: bool,
    key: Path | None = None,
    progress: Progress = silent,
    now: datetime,
) -> Restored:
    """Put a backup where the settings say, which must hold no installation yet.

    Two installations that both go on as one node write two histories under one name, and neither
    is believed any more; and what the original did after the backup may have been merged elsewhere
    already. So nothing goes on as that node: no event of it can be added here, and whatever starts
    here is a node of its own. The end of the chain that came back is signed by the key of the
    original, without which nobody else would take it from here. To `take_over` is an event.

    Args:
        folder: the backup.
        settings: of the new installation, on either database.
        take_over: the original is gone, and the work goes on here.
        key: of the original, where it is not in the backup.
        progress: is told how far it is.
        now: when this happens.

    Raises:
        BackupError: no whole backup, rows of it damaged, or an installation is there already;
            nothing was restored.
    """
    manifest = read_manifest(folder)
    refuse_damaged_rows(folder, manifest)
    _refuse_newer(manifest)
    signing = _key_of(folder, manifest, key, needed=take_over)
    _refuse_key_in_place(settings)
    engine = open_engine(settings.database)
    try:
        _refuse_full(engine)
        make_own_folder(settings.data_dir)
        sync_folder(settings.data_dir.resolve().parent)
        lacking = _bring_blobs(folder, manifest, PhotoStore.open(settings.photos), progress)
        migrate(engine, manifest.revision)
        with write_session(engine) as session:
            _load(session, folder, manifest, progress)
            _hold_against(session, manifest)
            migrate_within(session.connection())
            session.expire_all()  # rows as they were before
            progress("history", 0, None)
            # Of an older backup a migration may have put the sums away: nothing of them differs.
            ensure_recap(session)
            differing = check_recap(session)
            unread = rejoin(session)
            if signing is not None:
                _sign_end(session, manifest.node, signing)
            leave_node(session)
            if take_over:
                ensure_node(session, settings.data_dir, now)
                note_restored(session, manifest.head, manifest.node, manifest.taken_at, now)
            session.commit()
    finally:
        engine.dispose()
    return Restored(manifest, lacking, differing, unread, take_over, signing is not None)


def _sign_end(session: Session, node: str, key: Path) -> None:
    """Keep the signature of the end of a chain, as each node signs its own when it hands it on."""
    (end,) = (item for item in last_events(session) if item[0] == node)
    keep_signature(session, node, end[1], signed_by(key, end_to_sign(end)))


def _refuse_newer(manifest: Manifest) -> None:
    if manifest.revision not in known_revisions():
        raise BackupError(
            f"the backup has tables of migration {manifest.revision}, made by {manifest.version}; "
            f"this release knows none beyond {known_revisions()[0]}",
            "install that release or a newer one, then restore",
        )


def _key_of(folder: Path, manifest: Manifest, given: Path | None, *, needed: bool) -> Path | None:
    path = given or folder / KEY_FILE
    if not path.is_file():
        if given is None and not needed:
            return None
        raise BackupError(
            f"{path} is missing, and without the key of node {manifest.node} nobody else takes "
            "its history from here",
            "give the key that was kept elsewhere with --key FILE",
        )
    if public_key_of(path) != manifest.public_key:
        raise BackupError(
            f"{path} is not the key of node {manifest.node}", "give the one that belongs to it"
        )
    return path


def _refuse_key_in_place(settings: Settings) -> None:
    path = settings.data_dir / KEY_FILE
    if path.exists():
        raise BackupError(
            f"{path} belongs to an installation that is there already",
            "set DIGITIZER_DATA_DIR to a new folder; nothing that is there is ever written over",
        )


def _refuse_full(engine: Engine) -> None:
    with read_session(engine) as session:
        full = holds_node(session)
    if full:
        raise BackupError(
            "the database holds an installation already",
            "set DIGITIZER_DATABASE_URL to an empty database, DIGITIZER_DATA_DIR to a new folder",
        )


def _bring_blobs(
    folder: Path, manifest: Manifest, target: PhotoStore, progress: Progress
) -> tuple[str, ...]:
    source = FilePhotoStore(folder / PHOTOS)
    done, lacking = 0, list[str]()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for part in batched(list(blob_names(folder / manifest.rows)), 20 * AT_ONCE):
            whole = pool.map(lambda sha256: bring(source, target, sha256), part)
            lacking += [name for name, is_whole in zip(part, whole, strict=True) if not is_whole]
            done += len(part)
            progress("photos", done, manifest.files[BLOBS].rows)
    return tuple(lacking)


def bring(source: FilePhotoStore, target: PhotoStore, sha256: str) -> bool:
    """Copy a blob; False where it is missing, cannot be read (a bad block of a stick), or has other
    bytes than its name says.
    """
    try:
        data = source.get(sha256)
    except (NotFound, OSError):
        return False
    if hashlib.sha256(data).hexdigest() != sha256:
        return False
    target.put(data, sha256)
    return True


def _load(session: Session, folder: Path, manifest: Manifest, progress: Progress) -> None:
    names = {name.removesuffix(ENDING) for name in manifest.files if name.endswith(ENDING)}
    tables = reflected(session.connection(), names)
    for number, (name, table) in enumerate(tables.items()):
        progress("rows", number, len(tables))
        file = f"{name}{ENDING}"
        count = load_rows(session, table, lines_of(folder, manifest, file))
        if count != manifest.files[file].rows:
            raise BackupError(
                f"{file} has {count} rows, the manifest says {manifest.files[file].rows}",
                "use another backup; nothing was restored",
            )
    progress("rows", len(tables), len(tables))


def _hold_against(session: Session, manifest: Manifest) -> None:
    """Refuse rows whose chains do not hold, or end elsewhere than the manifest says."""
    faults = verify_chain(session)
    found = head(session)
    if faults:
        first = faults[0]
        raise BackupError(
            f"event {first.seq} of node {first.node} does not hold: {first.fault}",
            "use another backup; nothing was restored",
        )
    if found != manifest.head:
        raise BackupError(
            f"the history ends with head {found}, the manifest says {manifest.head}",
            "use another backup; nothing was restored",
        )
