"""The child's side of `Lookout`: load the forms once, then look at one preview after another."""

import sys
from collections.abc import Callable
from typing import BinaryIO, Final

from digitizer.errors import PhotoRefused
from digitizer.forms import load_forms
from digitizer.sandbox.child import Turn, serve
from digitizer.sandbox.frames import read_preview, write_inspection
from digitizer.vision.inspect import inspect
from digitizer.vision.photo import decode_photo
from digitizer.vision.photo_header import MEGA, PhotoLimits

LIMITS: Final = PhotoLimits(
    max_bytes=2 * MEGA, max_pixels=4 * MEGA, max_jpeg_pixels=4 * MEGA, min_side=64
)
"""Of a preview: what is larger is no preview."""


def load_looker() -> Turn:
    """Forms, loaded once, as what looks at a preview at each turn."""
    forms = load_forms()

    def turn(requests: BinaryIO, answers: BinaryIO, began: Callable[[], None]) -> bool:
        request = read_preview(requests)
        if request is None:
            return False
        began()
        data, full_size = request
        try:
            picture = decode_photo(data, LIMITS).image
        except PhotoRefused:
            write_inspection(answers, None)
        else:
            write_inspection(answers, inspect(picture, forms, full_size))
        return True

    return turn


def main() -> None:
    """Entry of `python -m digitizer.sandbox.looker MEMORY_MIB SECONDS`."""
    serve(load_looker, memory_mib=int(sys.argv[1]), seconds=float(sys.argv[2]))


if __name__ == "__main__":
    main()
