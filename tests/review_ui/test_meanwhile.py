"""What is done on the desk while something else is open, on its way, or waits to be sent."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.facts import unsure
from tests.review_ui.conftest import DeskServer, look
from tests.review_ui.test_desk import DOUBT, boxes, focused

pytestmark = pytest.mark.browser

BROKEN = {"suara_sah": "123"}
SAVED = """() => sessionStorage.setItem("undo", JSON.stringify({
  verification: "v1", name: "TPS 001", url: "/sheet", sheet: {}, draft: {},
  until: Date.now() + 30000 }))"""


@pytest.mark.parametrize("opens", ["?", "l", "e"])
def test_a_key_pressed_in_a_dialog_confirms_nothing_behind_it(
    tab: Page, desk: DeskServer, opens: str
) -> None:
    tab.goto(desk.show())
    look(tab)
    tab.keyboard.press(opens)
    expect(tab.locator("dialog[open]")).to_have_count(1)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_timeout(300)
    assert desk.posted == []
    expect(tab.locator("dialog[open]")).to_have_count(1)


def test_in_the_dialog_of_handing_on_the_same_key_hands_on(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    look(tab)
    tab.keyboard.press("e")
    tab.keyboard.type("tinta luntur")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    assert [body.get("reason") for body in desk.posted] == ["tinta luntur"]


def test_undoing_in_a_dialog_undoes_what_is_typed_there(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    tab.keyboard.press("6")
    tab.keyboard.press("Enter")
    tab.keyboard.press("e")
    tab.keyboard.type("robek")
    tab.keyboard.press("Control+z")
    expect(tab.locator("dialog.handing textarea")).not_to_have_value("robek")
    expect(tab.locator('[data-field="paslon_1"]')).to_have_attribute("data-state", "confirmed")


def test_what_was_accepted_at_once_is_undone_at_once(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    tab.evaluate(SAVED)
    tab.keyboard.press(" ")
    confirmed = tab.locator('[data-field][data-state="confirmed"]')
    assert confirmed.count() > 20
    tab.keyboard.press("Control+z")
    expect(confirmed).to_have_count(0)
    assert not any(path.endswith("withdrawal") for path in desk.asked)


def test_what_was_said_of_the_paper_is_undone_and_comes_back_with_its_number(
    tab: Page, desk: DeskServer
) -> None:
    tab.goto(desk.show(page_2=BROKEN))
    tab.evaluate(SAVED)
    said = tab.locator('.acknowledge[aria-pressed="true"]')
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.keyboard.press("s")
    assert said.count() > 0
    tab.keyboard.press("Control+z")
    expect(said).to_have_count(0)
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.keyboard.press("s")
    tab.keyboard.type("9")
    expect(said).to_have_count(0)
    tab.keyboard.press("Control+z")
    assert boxes(tab, "paslon_1") == "X61"
    assert said.count() > 0
    assert not any(path.endswith("withdrawal") for path in desk.asked)


def test_whoever_goes_on_typing_is_not_sent_by_itself(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    tab.wait_for_load_state("networkidle")
    look(tab)
    tab.context.set_offline(True)
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".status")).to_contain_text("dikirim lagi sendiri")
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.keyboard.type("x6")
    tab.context.set_offline(False)
    tab.wait_for_timeout(6000)
    assert desk.posted == []
    assert focused(tab) == "paslon_1 2"
    tab.keyboard.type("1")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    assert [body["fields"]["paslon_1"]["as_written"] for body in desk.posted] == ["X61"]


def test_what_is_on_its_way_stays_as_it_was_sent(tab: Page, desk: DeskServer) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    tab.goto(desk.show(boxes={("paslon_1", 1): unsure("6", "0")}))
    tab.keyboard.press("6")
    tab.keyboard.press("Enter")
    tab.route("**/verifications*", hold)
    look(tab)
    tab.locator('[data-field="paslon_2"] .boxes input').first.click()
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".status")).to_contain_text("Menyimpan")
    before = boxes(tab, "paslon_2")
    tab.keyboard.type("7")
    tab.keyboard.press(" ")
    tab.keyboard.press("Control+z")
    assert boxes(tab, "paslon_2") == before
    expect(tab.locator('[data-field="paslon_1"]')).to_have_attribute("data-state", "confirmed")
    held[0].abort()
    expect(tab.locator(".status")).to_contain_text("dikirim lagi sendiri")
    assert focused(tab) == "paslon_2 0"
