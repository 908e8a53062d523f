"""A correction of a D.HASIL is typed by keys; what is refused loses nothing."""

import pytest
from playwright.sync_api import FilePayload, expect

from tests.api.conftest import World, make_world, seeded
from tests.api.test_reviews import body, confirm
from tests.facts import STATION, png
from tests.review_ui.test_real_desk import Enter, enter, url, world

__all__ = ["enter", "make_world", "seeded", "url", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TPS = f"/recap/gubernur/tps/{STATION.code}"
DOCUMENT: FilePayload = {"name": "d-hasil.png", "mimeType": "image/png", "buffer": png(30, 20)}

WRONG: FilePayload = {"name": "d-hasil.png", "mimeType": "image/png", "buffer": b"bukan foto"}


def test_by_keys_and_nothing_is_lost(enter: Enter, url: str, world: World) -> None:
    assert confirm(world, "rina", body(world)).status_code == 201
    tab = enter("sri")
    tab.goto(f"{url}{TPS}/corrections")
    tab.keyboard.type("52")
    first = tab.locator("tr", has_text="Paslon 1")
    expect(first.locator("output")).to_have_text("−9")
    tab.keyboard.press("Enter")
    tab.keyboard.type("6a")
    tab.set_input_files("input[type=file]", WRONG)
    tab.locator("input[name=reason]").fill("angka tertukar")
    tab.keyboard.press("Control+Enter")
    # The browser itself refuses what is no number, and says so at its place.
    assert tab.url.endswith("/corrections")
    tab.locator("#n-paslon_2").fill("61")
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("[role=alert]")).to_contain_text("Koreksi belum lengkap.")
    expect(tab.locator("#n-paslon_1")).to_have_value("52")
    expect(tab.locator("input[name=reason]")).to_have_value("angka tertukar")
    tab.set_input_files("input[type=file]", DOCUMENT)
    tab.locator("#n-paslon_2").press("Control+Enter")
    tab.wait_for_url(f"**{TPS}")
    expect(tab.locator("tr", has_text="Paslon 1")).to_contain_text("52 −9")

    tab.locator("form.inline input").fill("salah TPS")
    tab.get_by_role("button", name="Tarik kembali").click()
    expect(tab.locator(".withdrawn")).to_contain_text("salah TPS")
