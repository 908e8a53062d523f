"""The icons of the installed page, drawn as icon.svg is: `python -m review_ui.icons`."""

from typing import Final

from PIL import Image, ImageDraw

from review_ui import STATIC

BLUE: Final = "#1f4e79"
SIDE: Final = 32
SQUARES: Final = ((7, 7, 14, 14), (14, 14, 18, 18), (18, 18, 25, 25))
"""A corner mark of the form, in units of icon.svg."""
FINER: Final = 8


def icon(side: int, *, margin: float = 0.0) -> Image.Image:
    """A square icon; with a margin it fills the whole square, and phones cut it to their shape."""
    size = side * FINER
    picture = Image.new("RGBA", (size, size), BLUE if margin else (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    scale = size * (1 - 2 * margin) / SIDE
    if not margin:
        pen.rounded_rectangle((0, 0, size - 1, size - 1), 6 * scale, fill=BLUE)
    for square in SQUARES:
        left, top, right, bottom = (size * margin + scale * at for at in square)
        pen.rectangle((left, top, right - 1, bottom - 1), fill="white")
    return picture.resize((side, side), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    icon(192).save(STATIC / "icon-192.png", optimize=True)
    icon(512).save(STATIC / "icon-512.png", optimize=True)
    icon(512, margin=0.1).convert("RGB").save(STATIC / "icon-maskable-512.png", optimize=True)
