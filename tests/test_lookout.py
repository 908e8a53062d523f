"""Looking at previews in a real child."""

import io
import threading
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from digitizer.domain.advice import Advice, Inspection
from digitizer.errors import SandboxError
from digitizer.forms import load_forms
from digitizer.sandbox import Lookout
from digitizer.sandbox.frames import (
    BrokenFrame,
    read_inspection,
    read_preview,
    write_frame,
    write_inspection,
    write_preview,
)
from digitizer.sandbox.lookout import MOST_WAITING
from digitizer.vision.inspect import inspect
from tests.vision.pages import PPWP, good_shot


@pytest.fixture(scope="module")
def lookout() -> Iterator[Lookout]:
    with Lookout() as opened:
        yield opened


def small(side: int) -> bytes:
    image = good_shot(2).image
    scale = side / max(image.shape)
    picture = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 60))[1].tobytes()


def test_a_preview_is_looked_at_as_inspect_does(lookout: Lookout) -> None:
    data = small(1000)
    found = lookout.look(data, (3000, 4000))
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert found == inspect(np.asarray(decoded, np.uint8), load_forms(), (3000, 4000))
    assert found is not None
    assert found.advice == Advice("ready", {"form": PPWP, "page": 2})


@pytest.mark.parametrize("data", [b"", b"no picture", small(1000)[:2000]])
def test_what_is_no_picture_is_not_looked_at(lookout: Lookout, data: bytes) -> None:
    assert lookout.look(data, None) is None
    assert lookout.look(small(1000), None) is not None


def test_a_picture_that_is_no_preview_is_not_looked_at(lookout: Lookout) -> None:
    assert lookout.look(small(3000), None) is None


def test_a_child_that_does_not_start_is_told() -> None:
    with (
        Lookout(program=("-c", "raise SystemExit(3)")) as broken,
        pytest.raises(SandboxError, match="did not start"),
    ):
        broken.look(small(1000), None)


def test_nobody_stands_in_a_long_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with Lookout() as lookout:
        held = threading.Event()
        monkeypatch.setattr(lookout, "ask", lambda _: held.wait(10) and None)
        waiting = [
            threading.Thread(target=lookout.look, args=(b"x", None)) for _ in range(MOST_WAITING)
        ]
        for thread in waiting:
            thread.start()
        while lookout._places._value:
            pass
        assert lookout.look(b"x", None) is None
        held.set()
        for thread in waiting:
            thread.join()


def test_frames_carry_previews_and_inspections() -> None:
    pipe = io.BytesIO()
    write_preview(pipe, b"data", (3, 4))
    write_preview(pipe, b"more", None)
    pipe.seek(0)
    assert read_preview(pipe) == (b"data", (3, 4))
    assert read_preview(pipe) == (b"more", None)
    assert read_preview(pipe) is None
    found = Inspection(
        PPWP, 2, 102, ("top_left",), ("top_right",), 1.5, 200.0, None, 0,
        Advice("glare", {"found": 3, "form": PPWP}),
    )  # fmt: skip
    for said in (found, None):
        pipe = io.BytesIO()
        write_inspection(pipe, said)
        pipe.seek(0)
        assert read_inspection(pipe) == said


@pytest.mark.parametrize(
    "answer", [b"{}", b"[]", b"7", b"{", b'{"advice": "vote"}', b'{"advice": "ready"}']
)
def test_what_is_no_inspection_is_refused(answer: bytes) -> None:
    pipe = io.BytesIO()
    write_frame(pipe, answer)
    pipe.seek(0)
    with pytest.raises(BrokenFrame):
        read_inspection(pipe)
