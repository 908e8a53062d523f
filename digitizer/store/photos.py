"""Blobs by the sha256 of their bytes: photos, public copies, pages, crops."""

import hashlib
import re
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import ObjectStore

from digitizer.errors import NotFound
from digitizer.store.addresses import folder_of
from digitizer.store.bucket import answering, open_bucket
from digitizer.store.durable import sync_folder, write_once

_SHA256 = re.compile(r"[0-9a-f]{64}")


class PhotoStore(ABC):
    """A place for blobs; the key of a blob is the sha256 of its bytes, in hex.

    Blobs are never changed and never deleted here, so the same key always gives the same bytes.
    Every method raises StoreUnavailable where a bucket refuses or does not answer.
    """

    @staticmethod
    def open(url: str) -> "PhotoStore":
        """The store at a `file://` or `s3://` address.

        Raises:
            SettingsError: the address is of another kind.
        """
        folder = folder_of(url)
        if folder is None:
            return ObjectPhotoStore(open_bucket(url))
        return FilePhotoStore(folder)

    @abstractmethod
    def put(self, data: bytes, sha256: str | None = None) -> str:
        """Keep `data` and return its sha256; on return it survives a power cut.

        `sha256` is that of the data, where the caller has computed it.
        """

    @abstractmethod
    def get(self, sha256: str) -> bytes:
        """The bytes of a blob.

        Raises:
            NotFound: there is no such blob.
        """

    @abstractmethod
    def has(self, sha256: str) -> bool:
        """Whether there is such a blob."""

    @abstractmethod
    def remove(self, sha256: str) -> None:
        """Make a blob's bytes unreachable; harmless when there are none."""

    def verify(self, sha256: str) -> bool:
        """Whether the blob is there and its bytes still have this sha256."""
        try:
            data = self.get(sha256)
        except NotFound:
            return False
        return hashlib.sha256(data).hexdigest() == sha256


class FilePhotoStore(PhotoStore):
    """Blobs as files `ab/cd/<sha256>` under one folder.

    Our own code, since the object store library never forces a local file to disk: after a power
    cut a row could name an empty file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes, sha256: str | None = None) -> str:
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        if path.is_file():
            # Whoever linked it may not have forced the name to disk yet.
            sync_folder(path.parent)
        else:
            write_once(path, data)
        return sha256

    def get(self, sha256: str) -> bytes:
        try:
            return self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise _not_found(sha256) from None

    def has(self, sha256: str) -> bool:
        return self._path(sha256).is_file()

    def remove(self, sha256: str) -> None:
        path = self._path(sha256)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def _path(self, sha256: str) -> Path:
        return self.folder / _key(sha256)


class ObjectPhotoStore(PhotoStore):
    """Blobs as objects of a bucket that acknowledges a write only when it is safe."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    def put(self, data: bytes, sha256: str | None = None) -> str:
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        with suppress(AlreadyExistsError), answering():
            obstore.put(self.store, _key(sha256), data, mode="create")
        return sha256

    def get(self, sha256: str) -> bytes:
        try:
            with answering():
                return bytes(obstore.get(self.store, _key(sha256)).bytes())
        except (NotFoundError, FileNotFoundError):
            raise _not_found(sha256) from None

    def has(self, sha256: str) -> bool:
        try:
            with answering():
                obstore.head(self.store, _key(sha256))
        except (NotFoundError, FileNotFoundError):
            return False
        return True

    def remove(self, sha256: str) -> None:
        if self.has(sha256):
            with answering():
                obstore.delete(self.store, _key(sha256))


def _key(sha256: str) -> str:
    # The key comes from addresses of the web, so it must never be a path of its own.
    if not _SHA256.fullmatch(sha256):
        raise NotFound(f"{sha256!r} is no sha256", "use the 64 hex digits of a receipt")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _not_found(sha256: str) -> NotFound:
    return NotFound(f"no blob has sha256 {sha256}", "check the folder or bucket of the photos")
