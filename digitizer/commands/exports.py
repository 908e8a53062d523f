"""A file that is written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(output: Path) -> Iterator[BinaryIO]:
    """A file beside `output` that takes its name once it is whole; after a failure none is left."""
    unfinished = output.with_name(output.name + ".part")
    try:
        with unfinished.open("w+b") as file:
            yield file
        unfinished.replace(output)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
