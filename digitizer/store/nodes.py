"""This installation: its random id and its Ed25519 key."""

from datetime import datetime
from pathlib import Path

from sqlmodel import Session


def ensure_node(session: Session, data_dir: Path, now: datetime) -> str:
    """Id of this installation; the first call makes it, with its key in `data_dir/node.key`.

    Raises:
        StoreError: the key file and the database do not belong together.
    """
    raise NotImplementedError
