"""Ed25519 signatures (RFC 8032) and the fingerprints by which people compare keys."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ALGORITHM: Final = "Ed25519"

_HEX_OF_64: Final = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a node, its public key in hex, and what signs bytes with its private key."""

    node: str
    public_key: str
    sign: Callable[[bytes], bytes]

    def signature_of(self, data: bytes) -> dict[str, str]:
        """The signature of this data, with who gave it and how."""
        return {
            "algorithm": ALGORITHM,
            "node": self.node,
            "public_key": self.public_key,
            "signature": self.sign(data).hex(),
        }


def fingerprint(public_key: str) -> str:
    """SHA-256, in hex, of the 32 bytes of a public key given in hex.

    Raises:
        ValueError: it is not hex.
    """
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()


def same_fingerprint(found: str, wanted: str) -> bool:
    """Whether two fingerprints are one, however people wrote them down."""
    return "".join(wanted.split()).replace(":", "").lower() == found


def is_signed(data: bytes, signature: str, public_key: str) -> bool:
    """Whether a signature, in hex, is of this data and by this key."""
    # `fromhex` would let capitals and blanks pass: other bytes of the bundle, the same signature.
    if not _HEX_OF_64.fullmatch(signature):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True
