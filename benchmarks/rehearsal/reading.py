"""A worker that reads photos without pictures: all of the line but the pixels.

    python -m benchmarks.rehearsal.reading

Reads what waits in the installation of the environment and ends when nothing does.
"""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Self

import numpy as np

from benchmarks.rehearsal.country import SEED, shown_in, written_at
from digitizer.domain.likeness import BITS
from digitizer.domain.outcome import PhotoOutcome
from digitizer.jobs import run_pending
from digitizer.settings import read_settings

SHARED: Final = MappingProxyType(
    {name: f"gambar {name}".encode() for name in ("page", "header", "crop/suara_sah")}
)
"""The same for every photo: what pictures cost is measured with real ones."""


class WithoutPixels:
    """Stands where the processes stand that look at pictures."""

    workers = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to stop."""

    def abandon(self) -> None:
        """Nothing to stop waiting for."""

    def digest(
        self,
        data: bytes,
        *,
        expected: Collection[str] = (),  # noqa: ARG002  # as a sandbox takes it
    ) -> PhotoOutcome:
        """What the machine would read of a photo, drawn by the code of its TPS."""
        photo = hashlib.sha256(data).hexdigest()
        code, page = shown_in(data)
        (reading,) = [item for item in written_at(code).pages if item.page == page]
        bits = np.random.default_rng([SEED, int(code), page]).bytes(BITS // 8)
        known = replace(reading, photo=photo, ink_hash=bits.hex())
        return PhotoOutcome(photo, known, None, {**SHARED, "public": photo.encode()})


if __name__ == "__main__":
    run_pending(read_settings(), sandbox=WithoutPixels())  # type: ignore[arg-type]
