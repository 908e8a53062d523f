"""The phone judges light and sharpness exactly as the server does."""

import base64
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page

from digitizer.vision import refuse
from digitizer.vision.photo_header import PhotoLimits
from review_ui.i18n import catalogue
from tests.review_ui.conftest import DeskServer
from tests.review_ui.phones import PAGE_1, PAGE_2, SAMPLES

pytestmark = pytest.mark.browser

SAID_BY_CODE = (
    *(f"phone.{code}{hint}" for hint in ("", "_hint")
      for code in ("too_heavy", "too_large", "too_small", "too_dark", "too_blurred", "not_shown")),
    *(f"phone.{code}" for code in ("looks_good", "ready", "heic")),
    *(f"phone.{decision}" for decision in ("again", "anyway", "retry", "choose")),
    *(f"phone.{decision}{sure}" for decision in ("remove", "forget") for sure in ("", "_sure")),
    *(f"phone.why_{why}" for why in ("network", "server", "wait", "signed_out", "full")),
    *(f"phone.page_{state}" for state in ("missing", "doubtful", "good")),
)  # fmt: skip
"""Words whose keys the modules put together."""

FROM_PIXELS = """async ([width, height, packed]) => {
  const check = await import("/static/picture_check.js");
  const levels = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const shares = [0.5, 0.9, 0.99];
  return [shares.map((share) => check.greyLevel(levels, share)),
    check.edgeSharpness({ width, height, levels })];
}"""
FROM_FILE = """async (packed) => {
  const check = await import("/static/picture_check.js");
  const { look } = await import("/static/phone_look.js");
  const blob = new Blob([Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))]);
  const { width, height, picture, advice } = await look(blob);
  return [width, height, picture.size, advice];
}"""


def pictures() -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    found = []
    for path in (PAGE_1, PAGE_2, SAMPLES / "6411042004001-hal2.jpg"):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert grey is not None
        small = refuse.reduced(np.asarray(grey, np.uint8))
        softer = (cv2.GaussianBlur(small, (0, 0), 2.5), small // 6, cv2.blur(small, (9, 1)))
        found += [small, *(np.asarray(picture, np.uint8) for picture in softer)]
    return [*found, np.full((40, 30), 7, np.uint8)]


def test_every_code_of_the_phone_has_words() -> None:
    assert set(SAID_BY_CODE) - set(catalogue()) == set()


def test_light_and_sharpness_are_the_servers(tab: Page, desk: DeskServer) -> None:
    tab.goto(f"{desk.url}/blank")
    for grey in pictures():
        packed = base64.b64encode(np.ascontiguousarray(grey).tobytes()).decode()
        height, width = grey.shape
        levels, sharpness = tab.evaluate(FROM_PIXELS, [width, height, packed])
        assert levels == [refuse.grey_level(grey, share) for share in (0.5, 0.9, 0.99)]
        expected = refuse.edge_sharpness(grey)
        assert sharpness == (None if expected is None else pytest.approx(expected, abs=1e-6))


def test_thresholds_are_the_servers(tab: Page, desk: DeskServer) -> None:
    tab.goto(f"{desk.url}/blank")
    found = tab.evaluate(
        """async () => {
          const check = await import("/static/picture_check.js");
          return [check.WORK_SIDE, check.DARK_GREY, check.SHARP_EDGE,
            check.MAX_BYTES, check.MAX_PIXELS, check.MAX_JPEG_PIXELS];
        }"""
    )
    limits = PhotoLimits()
    assert found == [
        refuse.WORK_SIDE, refuse.DARK_GREY, refuse.SHARP_EDGE,
        limits.max_bytes, limits.max_pixels, limits.max_jpeg_pixels,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("photo", "fault"),
    [
        ((8160, 6144, 30 << 20, True), None),
        ((12000, 9000, 29 << 20, True), None),
        ((16320, 12240, 29 << 20, True), ("too_large", 200, 110)),
        ((8160, 6144, 9 << 20, False), None),
        ((9248, 6936, 9 << 20, False), ("too_large", 65, 52)),
        ((0, 0, (30 << 20) + 1, True), ("too_heavy", 31, 30)),
    ],
)
def test_what_the_server_could_not_read_is_known_on_the_phone(
    tab: Page, desk: DeskServer, photo: tuple[int, int, int, bool], fault: tuple[str, int, int]
) -> None:
    tab.goto(f"{desk.url}/blank")
    said = tab.evaluate(
        """async ([width, height, bytes, jpeg]) => {
          const check = await import("/static/picture_check.js");
          const light = { width: 40, height: 30, levels: new Uint8Array(1200).fill(200) };
          const photo = { width, height, bytes, jpeg };
          const [large, first] = [check.excessOf(photo), check.faultOf(light, photo)];
          if (width > 0 && JSON.stringify(large) !== JSON.stringify(first)) throw new Error("two");
          return large && [large.code, large.numbers.found, large.numbers.needed];
        }""",
        list(photo),
    )
    assert said == (None if fault is None else list(fault))


def test_a_file_of_too_many_bytes_is_held_though_it_opens_as_no_picture(
    tab: Page, desk: DeskServer
) -> None:
    tab.goto(f"{desk.url}/blank")
    advice = tab.evaluate(
        """async () => {
          const { look } = await import("/static/phone_look.js");
          return (await look(new Blob([new Uint8Array(31 * 2 ** 20)]))).advice;
        }"""
    )
    assert advice == {
        "code": "too_heavy", "numbers": {"found": 31, "needed": 30}, "good": False,
    }  # fmt: skip


def test_colours_are_weighed_as_the_server_does(tab: Page, desk: DeskServer) -> None:
    tab.goto(f"{desk.url}/blank")
    colours = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    rgba = np.dstack([colours[..., ::-1], np.full((30, 40), 255, np.uint8)])
    grey = tab.evaluate(
        """async (data) => {
          const { greyOf } = await import("/static/picture_check.js");
          return [...greyOf(new ImageData(new Uint8ClampedArray(data), 40, 30)).levels];
        }""",
        rgba.ravel().tolist(),
    )
    assert grey == cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY).ravel().tolist()


def test_a_whole_photo_is_judged_from_its_file(tab: Page, desk: DeskServer, tmp_path: Path) -> None:
    tab.goto(f"{desk.url}/blank")
    photo = cv2.imread(str(PAGE_1))
    assert photo is not None
    height, width = photo.shape[:2]
    said = {}
    for name, picture in {
        "good": photo, "blurred": cv2.GaussianBlur(photo, (0, 0), 5), "dark": photo // 8,
        "small": cv2.resize(photo, (600, 800)),
    }.items():  # fmt: skip
        path = tmp_path / f"{name}.jpg"
        cv2.imwrite(str(path), picture)
        packed = base64.b64encode(path.read_bytes()).decode()
        wide, high, size, advice = tab.evaluate(FROM_FILE, packed)
        assert (wide, high) == ((600, 800) if name == "small" else (width, height))
        assert size < 100_000
        said[name] = (advice["code"], advice["good"])
    assert said == {
        "good": ("looks_good", True), "blurred": ("too_blurred", False),
        "dark": ("too_dark", False), "small": ("too_small", False),
    }  # fmt: skip
