"""What the desk keeps and sends is what stands on it; what was taken back does not return."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.conftest import World, make_world, seeded
from tests.api.test_reviews import SHEET
from tests.facts import unsure
from tests.review_ui.conftest import DeskServer, look
from tests.review_ui.test_desk import boxes, focused
from tests.review_ui.test_real_desk import OTHER, Enter, enter, holder, url, world

__all__ = ["enter", "make_world", "seeded", "url", "world"]

pytestmark = pytest.mark.browser

DOUBT = {("paslon_1", 1): unsure("6", "0")}
ROW = '[data-field="paslon_1"]'
DRAFTS = "Object.keys(localStorage).filter((key) => key.startsWith('draft ')).length"
TPS = """<label class="tps-number" hidden data-script>TPS
<input type="text" inputmode="numeric" maxlength="3"></label>"""


def gate(route: Route) -> None:
    """The sign-in page of a Wi-Fi in place of the server's answer."""
    route.fulfill(status=200, content_type="text/html", body="<h1>Wi-Fi</h1>")


def with_tps(desk: DeskServer) -> str:
    """The doubtful form, with the field for the number of its TPS."""
    address = desk.show(boxes=DOUBT)
    page = desk.pages["/sheet"]
    desk.pages["/sheet"] = page.replace('<div class="strip">', f'<div class="strip">{TPS}', 1)
    return address


@pytest.mark.parametrize("keys", [["Enter"], ["9"], ["9", "Enter"]])
def test_what_was_undone_stays_undone_when_the_page_is_loaded_anew(
    tab: Page, desk: DeskServer, keys: list[str]
) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    for key in keys:
        tab.keyboard.press(key)
    for _ in keys:
        tab.keyboard.press("Control+z")
    tab.reload()
    assert boxes(tab, "paslon_1") == "X61"
    expect(tab.locator(ROW)).to_have_attribute("data-state", "alternatives")
    assert focused(tab) == "paslon_1 1"
    expect(tab.locator(".restored")).to_be_hidden()


def test_a_note_that_was_erased_stays_erased(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    tab.locator(f"{ROW} .boxes input").first.click()
    tab.keyboard.press("f")
    tab.keyboard.type("salah")
    tab.keyboard.press("Control+a")
    tab.keyboard.press("Delete")
    tab.reload()
    tab.locator(f"{ROW} .boxes input").first.click()
    expect(tab.locator(".note input")).to_have_value("")


def test_undoing_a_step_keeps_the_note(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    tab.keyboard.press("6")
    tab.keyboard.press("f")
    tab.keyboard.type("tinta tertutup")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Control+z")
    expect(tab.locator(ROW)).to_have_attribute("data-state", "alternatives")
    tab.keyboard.press("Enter")
    look(tab)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    assert desk.posted[0]["fields"]["paslon_1"]["note"] == "tinta tertutup"


def test_the_number_of_the_tps_alone_is_kept(tab: Page, desk: DeskServer) -> None:
    tab.goto(with_tps(desk))
    tab.keyboard.type("012")
    tab.reload()
    expect(tab.locator(".tps-number input")).to_have_value("012")


def test_the_ink_beside_the_head_is_that_of_the_number_again(tab: Page, desk: DeskServer) -> None:
    tab.goto(with_tps(desk))
    tab.keyboard.type("1")
    tab.keyboard.press("Enter")
    shown = tab.locator(".lens figcaption").inner_text()
    tab.locator(".tps-number input").click()
    assert tab.locator(".lens figcaption").inner_text() != shown
    tab.keyboard.press("Enter")
    assert focused(tab) == "paslon_1 1"
    assert tab.locator(".lens figcaption").inner_text() == shown


def test_from_the_note_enter_leads_back_to_its_number(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(page_2={"paslon_1": "961", "suara_sah": "101"}))
    tab.locator(f"{ROW} .boxes input").first.click()
    tab.keyboard.press("s")
    expect(tab.locator(".status")).to_contain_text("lalu Enter dan s")
    tab.keyboard.type("tertulis 9")
    tab.keyboard.press("Enter")
    assert focused(tab) == "paslon_1 0"
    tab.keyboard.press("s")
    expect(tab.locator(".note input")).to_have_value("tertulis 9")
    expect(tab.locator('.acknowledge[aria-pressed="true"]')).not_to_have_count(0)


def test_an_answer_that_is_not_ours_confirms_nothing(tab: Page, desk: DeskServer) -> None:
    address = desk.show(boxes=DOUBT)
    tab.goto(address)
    tab.keyboard.press("6")
    tab.keyboard.press("Enter")
    tab.route("**/verifications*", gate)
    look(tab)
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".status")).to_contain_text("Jaringan terputus")
    assert tab.url == address
    assert tab.evaluate(DRAFTS) == 1
    tab.unroute("**/verifications*")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    assert len(desk.posted) == 1


@pytest.mark.parametrize("cut", [gate, lambda route: route.abort()])
def test_a_confirmation_is_taken_back_when_the_server_says_so(
    tab: Page, desk: DeskServer, cut: Callable[[Route], None]
) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    desk.answer = {"next": "/sheet", "verification": "v1"}
    tab.keyboard.press("6")
    tab.keyboard.press("Enter")
    look(tab)
    tab.keyboard.press("Control+Enter")
    bar = tab.locator("undo-bar [role=status]")
    expect(bar).to_contain_text("dapat dibatalkan")
    tab.route("**/withdrawal", cut)
    tab.locator("undo-bar button").click()
    expect(bar).to_contain_text("Belum dibatalkan")
    tab.wait_for_timeout(1500)
    expect(bar).to_contain_text("Belum dibatalkan")


def test_whoever_confirms_by_keys_alone_keeps_the_form(tab: Page, desk: DeskServer) -> None:
    tab.clock.install()
    tab.goto(desk.show(boxes=DOUBT))
    tab.keyboard.press("Enter")
    tab.clock.run_for(65_000)
    tab.wait_for_timeout(300)
    assert [path for path in desk.asked if path.endswith("/lease")]


@pytest.mark.slow
def test_a_second_tab_that_closes_gives_the_form_away_from_nobody(
    enter: Enter, url: str, world: World
) -> None:
    tab = enter("rina")
    tab.goto(url + SHEET)
    tps = SHEET.split("/")[3]
    mine = holder(world, tps)
    assert mine is not None
    second = tab.context.new_page()
    second.goto(url + SHEET)
    second.close(run_before_unload=True)
    tab.wait_for_timeout(1000)
    assert holder(world, tps) == mine
    tab.goto(url + "/queue")
    tab.wait_for_timeout(1000)
    assert holder(world, tps) is None


@pytest.mark.slow
def test_the_other_language_is_that_of_the_form_on_the_screen(
    enter: Enter, url: str, world: World
) -> None:
    del world
    tab = enter("rina")
    tab.goto(url + SHEET)
    tab.wait_for_load_state("networkidle")
    look(tab)
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**{OTHER}*")
    (token,) = parse_qs(urlsplit(tab.url).query)["s"]
    link = tab.locator(".who [hreflang]").get_attribute("href") or ""
    assert parse_qs(urlsplit(link).query) == {"s": [token], "lang": ["en"]}


@pytest.mark.slow
def test_a_page_that_asks_again_keeps_what_it_shows_behind_a_gate(
    enter: Enter, url: str, world: World
) -> None:
    del world
    tab = enter("rina")
    tab.goto(f"{url}/queue")
    shown = tab.locator("live-part").inner_text()
    tab.route("**/queue?part=1*", gate)
    tab.evaluate("document.querySelector('live-part').replace()")
    assert tab.locator("live-part").inner_text() == shown
    assert "Wi-Fi" not in tab.content()
