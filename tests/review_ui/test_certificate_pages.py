"""The certificate in a browser: keyed by the keyboard alone, readable on a phone and on paper."""

import pytest
from playwright.sync_api import Page, expect

from digitizer.api.web import now_of
from tests.api.conftest import World, make_world, seeded
from tests.api.samples import drawn, keyed, verify_at, when
from tests.facts import PAGE_2
from tests.review_ui.test_accessible import faults
from tests.review_ui.test_real_desk import Enter, enter, url, world

__all__ = ["enter", "make_world", "seeded", "url", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TPS = ("6411032003001", "6411032004001")


@pytest.fixture
def sample(world: World) -> str:
    """A sample of two verified TPS, both drawn."""
    for tps in TPS:
        verify_at(world, tps)
    world.app.dependency_overrides[now_of] = when
    return f"/certificates/{drawn(world, 2)}"


def key_all(tab: Page) -> None:
    for glyphs in PAGE_2.values():
        tab.keyboard.type(glyphs.lower())
    expect(tab.get_by_role("button", name="Simpan")).to_be_focused()
    with tab.expect_navigation(wait_until="load"):
        tab.keyboard.press("Enter")


def test_a_sample_is_keyed_without_a_mouse(enter: Enter, url: str, sample: str) -> None:
    tab = enter("rina")
    tab.goto(f"{url}{sample}/next")
    key_all(tab)
    # Where a glyph is none of a box it is not taken, and nothing is passed on.
    expect(tab.locator("input[name=paslon_1]")).to_be_focused()
    tab.keyboard.type("q6?")
    assert tab.locator("input[name=paslon_1]").input_value() == "6?"
    tab.keyboard.press("Backspace")
    tab.keyboard.press("Backspace")
    key_all(tab)
    expect(tab.locator(".statement")).to_contain_text("0 ternyata salah")
    expect(tab.locator(".tag.good")).to_have_count(1)


def test_no_page_has_a_serious_fault_or_scrolls_sideways(
    enter: Enter, url: str, sample: str, world: World
) -> None:
    key, settle = f"{sample}/tps/{TPS[1]}", f"{sample}/tps/{TPS[0]}/settle"
    keyed(world, sample.rpartition("/")[2], TPS[0], world.reviewer("kiki"), paslon_1="X67")
    for who, paths in (("rina", [key]), ("sri", [settle, sample]), ("admin", ["/certificates"])):
        tab = enter(who)
        for path in paths:
            for width, height in ((1366, 768), (360, 740)):
                tab.set_viewport_size({"width": width, "height": height})
                tab.goto(url + path)
                assert faults(tab) == [], path
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, path


def test_on_paper_there_is_the_statement_and_nothing_to_press(
    enter: Enter, url: str, sample: str
) -> None:
    tab = enter("admin")
    tab.emulate_media(media="print")
    tab.goto(url + sample)
    assert tab.locator("nav").is_hidden()
    assert not [button for button in tab.locator("main button").all() if button.is_visible()]
    expect(tab.locator(".facts")).to_be_visible()
