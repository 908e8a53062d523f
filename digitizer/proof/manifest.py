"""Manifest and signature of a bundle, and whether they belong together."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from digitizer.domain.event import Head
from digitizer.proof import layout
from digitizer.proof.faults import Faults
from digitizer.proof.signing import ALGORITHM, fingerprint, is_signed, same_fingerprint

SIGNED: Final = {"algorithm", "node", "public_key", "signature"}
NO_KEY: Final = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says; what it does not say is empty.

    Attributes:
        files: SHA-256 of each file by its name.
        chains: the last event of every chain.
        keys: the public key of each node.
        signer: the node that signed; `public_key` in hex, "" without a signature.
    """

    contest: str | None
    contests: tuple[str, ...]
    chains: tuple[Head, ...]
    head: str
    keys: Mapping[str, str]
    files: Mapping[str, str]
    with_photos: bool
    signer: str
    public_key: str

    @property
    def fingerprint(self) -> str | None:
        """Of the key that signed, None without."""
        return fingerprint(self.public_key) if self.public_key else None


def read_manifest(said: bytes, signed: bytes, faults: Faults, key: str | None) -> Manifest:
    """The manifest; everything about it and its signature that does not hold is noted.

    Args:
        said: the bytes of the manifest.
        signed: those of the signature.
        faults: where it is noted.
        key: fingerprint of the key that must have signed, None for any.
    """
    signature = _object(signed, layout.SIGNATURE, faults)
    if signature.keys() != SIGNED or signature.get("algorithm") != ALGORITHM:
        faults.add(layout.SIGNATURE, f"it is no {ALGORITHM} signature",
                   found=sorted(signature), needed=sorted(SIGNED))  # fmt: skip
    signer, public_key = str(signature.get("node", "")), str(signature.get("public_key", ""))
    if not is_signed(said, str(signature.get("signature", "")), public_key):
        faults.add(layout.SIGNATURE, "the signature is not of this manifest")
    try:
        found = fingerprint(public_key)
    except ValueError:
        found, public_key = "", NO_KEY
    if key is not None and not same_fingerprint(found, key):
        faults.add(layout.SIGNATURE, "another key signed", found=found or "none", needed=key)
    manifest = _object(said, layout.MANIFEST, faults)
    if manifest.get("format") != layout.FORMAT:
        faults.add(
            layout.MANIFEST, "it is of no known format",
            found=manifest.get("format"), needed=layout.FORMAT,
        )  # fmt: skip
    keys = _texts(manifest.get("keys"))
    if keys.get(signer) != public_key:
        faults.add(
            layout.SIGNATURE, "the key that signed is not that of its node",
            found=public_key, needed=keys.get(signer),
        )  # fmt: skip
    contest = manifest.get("contest")
    contests = manifest.get("contests")
    return Manifest(
        contest=contest if isinstance(contest, str) else None,
        contests=tuple(map(str, contests)) if isinstance(contests, list) else (),
        chains=tuple(_heads(manifest.get("chains"))),
        head=str(manifest.get("head", "")),
        keys=keys,
        files=_digests(manifest.get("files")),
        with_photos=manifest.get("with_photos") is True,
        signer=signer,
        public_key=public_key,
    )


def _object(data: bytes, name: str, faults: Faults) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        faults.add(name, "it is no JSON", found=str(error))
        return {}
    if not isinstance(found, dict):
        faults.add(name, "it is no JSON object")
        return {}
    return found


def _texts(found: object) -> Mapping[str, str]:
    pairs = found.items() if isinstance(found, dict) else ()
    return {str(key): value for key, value in pairs if isinstance(value, str)}


def _digests(found: object) -> Mapping[str, str]:
    pairs = found.items() if isinstance(found, dict) else ()
    return {name: str(value.get("sha256")) for name, value in pairs if isinstance(value, dict)}


def _heads(found: object) -> list[Head]:
    listed = found if isinstance(found, list) else []
    return [(str(node), int(seq), str(sealed)) for node, seq, sealed in filter(_is_head, listed)]


def _is_head(item: object) -> bool:
    return isinstance(item, list) and list(map(type, item)) == [str, int, str]
