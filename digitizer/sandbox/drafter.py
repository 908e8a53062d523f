"""The child's side of `Drafting`: look at blanks, and read photos with drafts."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.domain.geometry import Size
from digitizer.errors import DigitizerError
from digitizer.forms import parse_form
from digitizer.forms.render import render_pdf, render_png
from digitizer.forms.write import form_text
from digitizer.learn import Seen, look_at, look_at_picture, propose, stacked
from digitizer.pipeline import atlas_of, digest_photo
from digitizer.sandbox.child import Turn, serve
from digitizer.sandbox.drafting import PICTURE_HEIGHT
from digitizer.sandbox.frames import read_frame, write_frame, write_outcome
from digitizer.vision.digits import GlyphReader
from digitizer.vision.photo import decode_photo
from digitizer.vision.tesseract import find_tesseract

Grey = NDArray[np.uint8]

LONGER_SIDE: Final = 2400
"""Of the picture under a draft, in pixels: as much as anybody sees of it."""


def load_drafter() -> Turn:
    """The digit model, loaded with the first photo that is tried."""
    reader: list[GlyphReader] = []

    def turn(requests: BinaryIO, answers: BinaryIO, began: Callable[[], None]) -> bool:
        first = read_frame(requests)
        if first is None:
            return False
        asked = json.loads(first)
        files = [read_frame(requests) or b"" for _ in range(asked["files"])]
        began()
        try:
            match asked["do"]:
                case "learn":
                    _learn(answers, asked, files)
                case "draw":
                    _draw(answers, asked["text"])
                case _:
                    reader[:] = reader or [GlyphReader.load()]
                    _read(answers, asked["text"], files[0], reader[0])
        except DigitizerError as error:
            fault = {"code": error.code, "message": error.message, "hint": error.hint}
            write_frame(answers, json.dumps({"fault": fault}).encode())
        return True

    return turn


def _learn(answers: BinaryIO, asked: Mapping[str, Any], files: list[bytes]) -> None:
    paper = None if asked["paper"] is None else Size(**asked["paper"])
    pages, used = _seen(files, paper)
    form = propose(
        [seen for seen, _ in pages], id=asked["name"], title=asked["title"], year=asked["year"]
    )
    text = form_text(form)
    parse_form(text.encode(), asked["name"], finished=False)
    head = {"text": text, "pictures": len(pages), "used": used}
    write_frame(answers, json.dumps(head).encode())
    for _, picture in pages:
        write_frame(answers, _png(picture))


def _seen(files: list[bytes], paper: Size | None) -> tuple[list[tuple[Seen, Grey]], int]:
    tool = find_tesseract()
    if len(files) == 1:
        return list(look_at(files[0], paper, tool)), 0
    greys = (cv2.cvtColor(decode_photo(data).image, cv2.COLOR_BGR2GRAY) for data in files)
    common, used = stacked(np.asarray(grey, np.uint8) for grey in greys)
    return [look_at_picture(common, paper, tool)], used


def _read(answers: BinaryIO, text: str, photo: bytes, reader: GlyphReader) -> None:
    form = parse_form(text.encode(), "the draft", finished=False)
    outcome = digest_photo(photo, atlas_of((form,)), reader)
    write_frame(answers, b"{}")
    write_outcome(answers, outcome)


def _draw(answers: BinaryIO, text: str) -> None:
    form = parse_form(text.encode(), "the form file", finished=False)
    pictures = [
        render_png(form, page.number, PICTURE_HEIGHT / page.size.height) for page in form.pages
    ]
    write_frame(answers, json.dumps({"pictures": 1 + len(pictures)}).encode())
    for drawn in (render_pdf(form), *pictures):
        write_frame(answers, drawn)


def _png(picture: Grey) -> bytes:
    scale = min(1.0, LONGER_SIDE / max(picture.shape))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".png", small)[1])


def main() -> None:
    """Entry of `python -m digitizer.sandbox.drafter MEMORY_MIB SECONDS`."""
    serve(load_drafter, memory_mib=int(sys.argv[1]), seconds=float(sys.argv[2]))


if __name__ == "__main__":
    main()
