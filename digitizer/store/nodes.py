"""This installation: its random id and its Ed25519 key."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy import inspect
from sqlmodel import Session, col, select

from digitizer.errors import StoreError
from digitizer.store.columns import random_id
from digitizer.store.durable import write_once
from digitizer.store.events import append_event, let_go_of_chain
from digitizer.store.tables import ChainSignatureRow, NodeRow

KEY_FILE = "node.key"


def ensure_node(session: Session, data_dir: Path, now: datetime) -> str:
    """Id of this installation; the first call makes it, with its key in `data_dir/node.key`.

    Raises:
        StoreError: the key file and the database do not belong together.
    """
    path = data_dir / KEY_FILE
    row = session.exec(select(NodeRow).where(col(NodeRow.here))).one_or_none()
    if row is not None and not path.exists():
        raise StoreError(
            f"the database belongs to node {row.id}, and {path} is missing",
            "put it there, from the backup or from the data folder of another process of this node",
        )
    # The key comes first: a key without a row is found again, a row without a key is lost.
    public_key = _public_key(_read_key(path) if path.exists() else _make_key(path))
    if row is not None:
        if row.public_key != public_key:
            raise StoreError(
                f"{path} is not the key of node {row.id}",
                "use the data folder that belongs to this database",
            )
        return row.id
    node = NodeRow(id=random_id(), public_key=public_key, here=True, created_at=now)
    session.add(node)
    session.flush()
    append_event(session, "node_created", {"public_key": public_key}, "system", now)
    return node.id


def holds_node(session: Session) -> bool:
    """Whether an installation was ever set up in this database, with tables or without."""
    if not inspect(session.connection()).has_table(str(NodeRow.__tablename__)):
        return False
    return session.exec(select(NodeRow.id).limit(1)).first() is not None


def signing_key(session: Session, data_dir: Path) -> tuple[str, str, Callable[[bytes], bytes]]:
    """Id and public key, in hex, of this installation, and what signs bytes by Ed25519.

    Raises:
        StoreError: the key is missing, or is not that of the database's node.
    """
    row = session.exec(select(NodeRow).where(col(NodeRow.here))).one()
    path = data_dir / KEY_FILE
    if not path.exists():
        raise StoreError(f"{path} is missing", "put the key file back, from the backup")
    key = _read_key(path)
    if _public_key(key) != row.public_key:
        raise StoreError(
            f"{path} is not the key of node {row.id}",
            "use the data folder that belongs to this database",
        )
    return row.id, row.public_key, key.sign


def node_here(session: Session) -> tuple[str, str] | None:
    """Id and public key of the node that this database belongs to, None where it is none yet."""
    row = session.exec(select(NodeRow).where(col(NodeRow.here))).one_or_none()
    return None if row is None else (row.id, row.public_key)


def leave_node(session: Session) -> None:
    """From now on this database is no node: it holds the history of others, and adds nothing to it.

    The next call of `ensure_node` makes a node of its own.
    """
    for row in session.exec(select(NodeRow).where(col(NodeRow.here))):
        row.here = False
        session.add(row)
    session.flush()
    let_go_of_chain(session)


def public_key_of(path: Path) -> str:
    """The public key, in hex, that belongs to a key file.

    Raises:
        StoreError: the file holds no Ed25519 key.
        FileNotFoundError: there is none.
    """
    return _public_key(_read_key(path))


def signed_by(path: Path, data: bytes) -> str:
    """The Ed25519 signature of data, in hex, by a key file.

    Raises:
        StoreError: the file holds no Ed25519 key.
        FileNotFoundError: there is none.
    """
    return _read_key(path).sign(data).hex()


def public_keys(session: Session) -> Mapping[str, str]:
    """The public key, in hex, of every node whose events are here."""
    return {row.id: row.public_key for row in session.exec(select(NodeRow))}


def own_node(session: Session) -> str:
    """Id of this installation.

    Raises:
        StoreError: the database has no node yet.
    """
    node = session.exec(select(NodeRow.id).where(col(NodeRow.here))).one_or_none()
    if node is None:
        raise StoreError("this database has no node yet", "run `digitizer election init` first")
    return node


def chain_signatures(session: Session) -> Mapping[str, tuple[int, str]]:
    """How far each other node signed its own chain, and the signature in hex; among them the one
    that this database was restored from.
    """
    rows = session.exec(select(ChainSignatureRow))
    return {row.node: (row.seq, row.signature) for row in rows}


def _make_key(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key if write_once(path, pem) else _read_key(path)


def _read_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError:
        raise StoreError(f"{path} holds no key", "restore it from the backup") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise StoreError(f"{path} is no Ed25519 key", "restore it from the backup")
    return key


def _public_key(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
