"""How large a photo may be: the same for the phone, for what takes it in, and for the decoder.

What is taken in and cannot be decoded is found out when the sheet has left.
"""

from typing import Final

MAX_BYTES: Final = 30 << 20
"""Of a file."""

MAX_PIXELS: Final = 52_000_000
"""Of a picture that is decoded as it is. What is called 50 megapixels is up to 8192 x 6144; of a
WebP or HEIC the memory of a reading process holds no more (measured in tests/test_sandbox.py)."""

MAX_JPEG_PIXELS: Final = 110_000_000
"""Of a JPEG, which can be decoded at half its width and height: beyond `MAX_PIXELS` it is. A sensor
of 108 megapixels gives 12000 x 9000."""
