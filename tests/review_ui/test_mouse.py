"""The desk with a mouse alone: a box takes one click, and nothing needs a key."""

from collections import Counter

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api.conftest import OTHER_TPS, World, make_world, seeded
from tests.api.test_four_eyes import draw_all
from tests.api.test_reviews import SHEET, rows
from tests.facts import PAGE_1, PAGE_2, STATION, unsure
from tests.review_ui.conftest import DeskServer, look
from tests.review_ui.test_accessible import faults
from tests.review_ui.test_desk import boxes
from tests.review_ui.test_real_desk import Enter, enter, url, world

__all__ = ["enter", "make_world", "seeded", "url", "world"]

pytestmark = pytest.mark.browser

WRITTEN = PAGE_1 | PAGE_2


class Mouse:
    """Clicks, and counts on what."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.clicks = Counter[str]()

    def click(self, what: str, at: Locator) -> None:
        at.click()
        self.clicks[what] += 1

    def pad(self, glyph: str) -> None:
        key = "u" if glyph == "?" else glyph
        self.click("pad", self.tab.locator(f'.pad [data-key="{key}"]'))


@pytest.mark.slow
def test_a_box_takes_one_click_on_a_form_that_arrives_empty(
    enter: Enter, url: str, world: World
) -> None:
    draw_all(world)
    tab = enter("rina")
    tab.goto(url + SHEET)
    mouse = Mouse(tab)
    for digit in STATION.code[-3:]:
        mouse.pad(digit)
    names = tab.locator("[data-field]").evaluate_all("rows => rows.map((row) => row.dataset.field)")
    mouse.click("number", tab.locator(f'[data-field="{names[0]}"] .ink'))
    for name in names:
        for glyph in WRITTEN[name]:
            mouse.pad(glyph)
        mouse.click("number", tab.locator(f'[data-field="{name}"] .tick'))
    mouse.click("submit", tab.locator(".submit"))
    tab.wait_for_url(lambda place: SHEET not in place)
    places = sum(len(glyphs) for glyphs in WRITTEN.values()) + len(STATION.code[-3:])
    assert mouse.clicks == {"pad": places, "number": len(WRITTEN) + 1, "submit": 1}
    (written,) = rows(world)
    assert written["paslon_1"] == "61"


def test_a_doubtful_box_takes_one_click(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes={("paslon_1", 1): unsure("6", "0")}))
    mouse = Mouse(tab)
    mouse.pad("6")
    mouse.click("number", tab.locator('[data-field="paslon_1"] .tick'))
    look(tab)
    mouse.click("submit", tab.locator(".submit"))
    tab.wait_for_url("**/done")
    assert desk.posted[0]["fields"]["paslon_1"]["as_written"] == "X61"


@pytest.mark.slow
def test_both_photos_of_a_paper_are_one_click_away_and_as_wide_as_the_rows(
    enter: Enter, url: str, world: World
) -> None:
    for tps in (STATION.code, OTHER_TPS):
        world.read(
            2, PAGE_2, tps=tps, ink_hash="ab" * 32, data=f"kertas {tps}".encode(), sender="saksi"
        )
    tab = enter("rina")
    tab.goto(url + SHEET)
    # The number of the TPS has the focus, and nothing may move when the click takes it away.
    expect(tab.locator(".tps-number input")).to_be_focused()
    tab.locator(".twins summary").click()
    pair = tab.locator(".pair")
    expect(pair).to_be_visible()
    box = pair.bounding_box()
    assert box is not None
    assert box["width"] > 900
    assert box["x"] + box["width"] <= 1000
    expect(tab.locator(".submit")).to_be_in_viewport()
    assert faults(tab) == []


def test_any_box_is_filled_after_a_click_on_it(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    mouse = Mouse(tab)
    mouse.click("box", tab.locator('[data-field="paslon_2"] .boxes input').nth(1))
    mouse.pad("?")
    assert boxes(tab, "paslon_2") == "X?2"
    mouse.click("undo", tab.locator(".undo-step"))
    assert boxes(tab, "paslon_2") == "X52"


def test_before_any_number_is_chosen_the_pad_says_so(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    Mouse(tab).pad("4")
    expect(tab.locator(".status")).to_contain_text("Pilih angkanya dahulu")


def test_the_ink_is_enlarged_while_the_button_is_held(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes={("paslon_1", 1): unsure("6", "0")}))
    tab.locator(".lens img").hover()
    tab.mouse.down()
    expect(tab.locator(".lens")).to_have_class("lens zoomed")
    tab.mouse.up()
    expect(tab.locator(".lens")).to_have_class("lens")
