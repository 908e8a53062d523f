"""What tired hands and bad networks do to the desk: nothing typed is lost, nothing is doubled."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.conftest import World, make_world, seeded
from tests.api.test_keying import unreadable
from tests.api.test_reviews import SHEET, rows
from tests.facts import KWK, PAGE_1, PAGE_2, STATION
from tests.review_ui.conftest import DeskServer, look
from tests.review_ui.test_desk import boxes, focused
from tests.review_ui.test_real_desk import OTHER, THIRD, THIRD_TPS, Enter, enter, url, world

__all__ = ["enter", "make_world", "seeded", "url", "world"]

pytestmark = pytest.mark.browser

PASTE = """text => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def test_a_pasted_number_is_typed_box_by_box(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.evaluate(PASTE, " 123\n")
    assert boxes(tab, "paslon_1") == "123"
    assert focused(tab) == "paslon_1 2"


def test_pasted_text_that_is_too_long_blocks_the_number(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.evaluate(PASTE, "12345")
    tab.keyboard.press("Enter")
    expect(tab.locator(".status")).to_contain_text("lebih dari 3 kotak")
    expect(tab.locator('[data-field="paslon_1"]')).not_to_have_attribute("data-state", "confirmed")


@pytest.mark.parametrize("letter", ["k", "O", "é", "+", "*"])
def test_a_letter_is_no_glyph_and_changes_nothing(tab: Page, desk: DeskServer, letter: str) -> None:
    tab.goto(desk.show())
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.keyboard.type(letter)
    expect(tab.locator(".status")).to_contain_text(f'"{letter}" bukan tanda formulir')
    assert boxes(tab, "paslon_1") == "X61"
    assert focused(tab) == "paslon_1 0"


def test_sent_twice_at_once_it_is_sent_once(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    look(tab)
    tab.evaluate("""() => {
      const button = document.querySelector(".submit");
      button.click();
      button.click();
    }""")
    tab.wait_for_url("**/done")
    assert len(desk.posted) == 1


@pytest.mark.slow
def test_an_answer_that_was_lost_makes_no_second_version(
    enter: Enter, url: str, world: World
) -> None:
    tab = enter("rina")
    tab.goto(url + SHEET)
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        answer = route.fetch()
        if lost:
            route.fulfill(response=answer)
        else:
            lost.append(answer.status)
            route.abort()

    tab.route("**/verifications*", lose_the_first)
    look(tab)
    tab.keyboard.press("Enter")
    expect(tab.locator(".status")).to_contain_text("Jaringan terputus")
    tab.wait_for_url(f"**{OTHER}*", timeout=15_000)
    assert lost == [201]
    (written,) = rows(world)
    assert written["version"] == "1"


@pytest.mark.slow
def test_back_and_forward_lose_nothing_that_was_typed(enter: Enter, url: str) -> None:
    tab = enter("rina")
    tab.goto(url + SHEET)
    tab.wait_for_load_state("networkidle")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**{OTHER}*")
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.keyboard.type("x99")
    tab.go_back()
    expect(tab.locator("h1")).to_contain_text(STATION.name)
    expect(tab.locator(".notice").first).to_contain_text("Sudah dikonfirmasi (versi 1)")
    tab.go_forward()
    expect(tab.locator(".restored")).to_be_visible()
    assert boxes(tab, "paslon_1") == "X99"


@pytest.mark.slow
def test_a_form_is_moved_by_keys(enter: Enter, url: str) -> None:
    tab = enter("rina")
    tab.goto(url + SHEET)
    tab.wait_for_load_state("networkidle")
    tab.keyboard.press("l")
    tab.keyboard.type("6411039999999")
    tab.keyboard.press("Enter")
    expect(tab.locator("dialog.moving .refused")).not_to_be_empty()
    tab.locator("dialog.moving input").fill(THIRD_TPS)
    tab.keyboard.press("Enter")
    tab.wait_for_url(lambda place: SHEET not in place)
    tab.goto(url + THIRD)
    expect(tab.locator("[data-field]")).to_have_count(27)


@pytest.mark.slow
def test_another_tps_number_than_expected_stops_the_form(
    enter: Enter, url: str, world: World
) -> None:
    world.read(2, PAGE_2, tps=THIRD_TPS, sender="saksi")
    tab = enter("rina")
    tab.goto(url + THIRD)
    expect(tab.locator(".lens")).to_have_class("lens head")
    tab.keyboard.type("k")
    expect(tab.locator(".status")).to_contain_text("hanya terdiri atas angka")
    tab.keyboard.type("777")
    tab.keyboard.press("Enter")
    look(tab)
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".lens")).to_have_class("lens")
    expect(tab.locator(".status")).to_contain_text("bukan TPS ini")
    tab.locator(".tps-number input").focus()
    tab.keyboard.press("l")
    expect(tab.locator("dialog.moving")).to_be_visible()
    assert rows(world) == []


@pytest.mark.slow
def test_on_a_phone_the_enlarged_head_covers_neither_title_nor_field(
    enter: Enter, url: str, world: World
) -> None:
    world.read(2, PAGE_2, tps=THIRD_TPS, sender="saksi")
    tab = enter("rina")
    tab.set_viewport_size({"width": 360, "height": 740})
    tab.goto(url + THIRD)
    head = tab.locator(".lens.head").bounding_box()
    assert head is not None
    for name in ("h1", ".tps-number input", ".simulated"):
        other = tab.locator(name).first.bounding_box()
        assert other is not None
        above = other["y"] + other["height"] <= head["y"] + 2
        assert above or other["y"] >= head["y"] + head["height"], name


@pytest.mark.slow
def test_a_letter_at_the_head_says_nothing_of_a_sum_that_does_not_hold(
    enter: Enter, url: str, world: World
) -> None:
    world.read(1, PAGE_1, tps=THIRD_TPS, sender="saksi")
    world.read(2, PAGE_2 | {"suara_sah": "123"}, tps=THIRD_TPS, sender="saksi")
    tab = enter("rina")
    tab.goto(url + THIRD)
    tab.keyboard.press("s")
    expect(tab.locator(".tps-number input")).to_be_focused()
    assert tab.locator('.acknowledge[aria-pressed="true"]').count() == 0
    assert tab.locator(".acknowledge").count() == 2


@pytest.mark.slow
def test_a_photo_that_no_machine_reads_is_keyed_by_keys(
    enter: Enter, url: str, world: World
) -> None:
    upload = unreadable(world)
    for who in ("rina", "budi"):
        tab = enter(who)
        if who == "rina":
            tab.goto(f"{url}/uploads/{upload}/keying")
            tab.locator("select[name=page]").select_option(f"{KWK} 2")
            tab.locator("input[name=tps]").fill(THIRD_TPS)
            tab.locator("input[name=tps]").press("Enter")
            tab.wait_for_url(f"**{THIRD}*")
        else:
            tab.goto(url + THIRD)
        expect(tab.locator("photo-view img")).to_be_visible()
        tab.keyboard.type(THIRD_TPS[-3:])
        tab.keyboard.press("Enter")
        for name in tab.locator("[data-field]").evaluate_all(
            "rows => rows.map((row) => row.dataset.field)"
        ):
            tab.keyboard.type(PAGE_2[name].lower())
            tab.keyboard.press("Enter")
        look(tab)
        tab.keyboard.press("Control+Enter")
        tab.wait_for_url(lambda place: THIRD not in place)
    (row,) = rows(world)
    assert row["tps"].replace(".", "") == THIRD_TPS
    assert (row["paslon_1"], row["origin"]) == ("61", "keyed")
