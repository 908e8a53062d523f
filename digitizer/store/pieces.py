"""Pieces of photos that are on their way: what arrived before a connection was cut.

A piece is named by its transfer and by the byte at which it begins, and is never changed. Pieces
are no fact: they are put together into a photo once they are whole, and then dropped.
"""

import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import ObjectStore

from digitizer.errors import NotFound
from digitizer.store.addresses import folder_of
from digitizer.store.bucket import answering, open_bucket
from digitizer.store.durable import write_once

FOLDER: Final = "pieces"
"""Below the photos, where no sha256 leads."""

_TRANSFER: Final = re.compile(r"[0-9a-f]{32}")


class PieceStore(ABC):
    """A place for pieces, shared by every process that takes photos in.

    Every method raises StoreUnavailable where a bucket refuses or does not answer.
    """

    @staticmethod
    def open(url: str) -> "PieceStore":
        """The pieces beside the photos at a `file://` or `s3://` address.

        Raises:
            SettingsError: the address is of another kind.
        """
        folder = folder_of(url)
        if folder is None:
            return ObjectPieceStore(open_bucket(url))
        return FilePieceStore(folder / FOLDER)

    @abstractmethod
    def put(self, transfer: str, start: int, data: bytes) -> bool:
        """Keep a piece that begins at byte `start`; False when one begins there already.

        On return it survives a power cut.
        """

    @abstractmethod
    def get(self, transfer: str, start: int) -> bytes:
        """The bytes of a piece; none when it was dropped meanwhile."""

    @abstractmethod
    def sizes(self, transfer: str) -> Mapping[int, int]:
        """How many bytes each piece has, by the byte at which it begins."""

    @abstractmethod
    def drop(self, transfer: str) -> None:
        """Forget the pieces of a transfer; harmless when there are none."""

    def arrived(self, transfer: str) -> int:
        """How many bytes from the first on are there without a gap."""
        sizes = self.sizes(transfer)
        end = 0
        while step := sizes.get(end, 0):
            end += step
        return end

    def joined(self, transfer: str) -> bytes:
        """All bytes from the first on that are there without a gap."""
        whole = bytearray()
        while piece := self.get(transfer, len(whole)):
            whole += piece
        return bytes(whole)


class FilePieceStore(PieceStore):
    """Pieces as files `<transfer>/<start>` under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, transfer: str, start: int, data: bytes) -> bool:
        return write_once(self._place(transfer) / str(start), data)

    def get(self, transfer: str, start: int) -> bytes:
        try:
            return (self._place(transfer) / str(start)).read_bytes()
        except FileNotFoundError:
            return b""

    def sizes(self, transfer: str) -> Mapping[int, int]:
        # One that is being written has a name that is no number.
        files = [path for path in self._place(transfer).glob("*") if path.name.isdigit()]
        return {int(path.name): path.stat().st_size for path in files}

    def drop(self, transfer: str) -> None:
        # One that is dropped by two at once, or written to meanwhile, stays as an empty folder.
        shutil.rmtree(self._place(transfer), ignore_errors=True)

    def _place(self, transfer: str) -> Path:
        return self.folder / _checked(transfer)


class ObjectPieceStore(PieceStore):
    """Pieces as objects `pieces/<transfer>/<start>` of a bucket."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    def put(self, transfer: str, start: int, data: bytes) -> bool:
        try:
            with answering():
                obstore.put(self.store, _key(transfer, start), data, mode="create")
        except AlreadyExistsError:
            return False
        return True

    def get(self, transfer: str, start: int) -> bytes:
        try:
            with answering():
                return bytes(obstore.get(self.store, _key(transfer, start)).bytes())
        except (NotFoundError, FileNotFoundError):
            return b""

    def sizes(self, transfer: str) -> Mapping[int, int]:
        prefix = f"{FOLDER}/{_checked(transfer)}/"
        with answering():
            return {
                int(str(item["path"]).rpartition("/")[2]): int(item["size"])
                for page in obstore.list(self.store, prefix)
                for item in page
            }

    def drop(self, transfer: str) -> None:
        keys = [_key(transfer, start) for start in self.sizes(transfer)]
        if keys:
            with answering():
                obstore.delete(self.store, keys)


def _key(transfer: str, start: int) -> str:
    return f"{FOLDER}/{_checked(transfer)}/{start}"


def _checked(transfer: str) -> str:
    # It comes from addresses of the web, so it must never be a path of its own.
    if not _TRANSFER.fullmatch(transfer):
        raise NotFound(f"{transfer!r} is no transfer", "begin it with POST /tus")
    return transfer
