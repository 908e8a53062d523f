"""Blobs by the sha256 of their bytes: photos, public copies, pages, crops."""

from abc import ABC, abstractmethod


class PhotoStore(ABC):
    """A place for blobs; the key of a blob is the sha256 of its bytes, in hex."""

    @staticmethod
    def open(url: str) -> "PhotoStore":
        """The store at a `file://` or `s3://` address.

        Raises:
            SettingsError: the address is of another kind.
        """
        raise NotImplementedError

    @abstractmethod
    def put(self, data: bytes) -> str:
        """Keep `data` and return its sha256; on return it survives a power cut."""

    @abstractmethod
    def get(self, sha256: str) -> bytes:
        """The bytes of a blob.

        Raises:
            NotFound: there is no such blob.
        """

    @abstractmethod
    def has(self, sha256: str) -> bool:
        """Whether there is such a blob."""

    def verify(self, sha256: str) -> bool:
        """Whether the blob is there and its bytes still have this sha256."""
        raise NotImplementedError
