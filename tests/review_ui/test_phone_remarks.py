"""A witness says on the receipt whether the numbers are those of the paper."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from digitizer.store.engine import read_session
from digitizer.store.remarks import Remark, latest_remarks
from tests.api.conftest import World, make_world, seeded
from tests.api.test_remarks import read_anew
from tests.facts import PAGE_2
from tests.review_ui.phones import PHONE, WHO, served, sign_in

__all__ = ["make_world", "seeded"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return make_world()


@pytest.fixture
def receipt(world: World) -> str:
    return world.read(2, PAGE_2, sender=WHO)


@pytest.fixture
def tab(browser: Browser, world: World, receipt: str) -> Iterator[Page]:
    with served(world) as port:
        url = f"http://127.0.0.1:{port}"
        context = browser.new_context(**PHONE)
        sign_in(context, world, url)
        tab = context.new_page()
        tab.goto(f"{url}/receipts/{receipt}")
        yield tab
        context.close()


def said(world: World, receipt: str) -> Remark | None:
    with read_session(world.app.state.web.engine) as session:
        return latest_remarks(session, (receipt,)).get(receipt)


def test_all_agree_with_one_tap(tab: Page, world: World, receipt: str) -> None:
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    expect(tab.locator("receipt-remark img").first).not_to_have_js_property("naturalWidth", 0)
    tab.get_by_role("button", name="Semua sesuai").tap()
    expect(tab.locator(".said-last")).to_have_text("Anda bilang: semua sesuai dengan kertas.")
    remark = said(world, receipt)
    assert remark is not None
    assert remark.agrees


def test_a_number_that_differs_goes_to_review_by_touch_and_by_keys(
    tab: Page, world: World, receipt: str
) -> None:
    row = tab.locator('[data-field="paslon_1"]')
    row.get_by_role("button").tap()
    expect(tab.get_by_role("button", name="Semua sesuai")).to_be_hidden()
    other = tab.locator('[data-field="suara_sah"]').get_by_role("button")
    other.focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    tab.keyboard.type("118")
    # The page asks the server meanwhile, and keeps what is not sent.
    tab.wait_for_timeout(4500)
    expect(row.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    tab.get_by_role("button", name="Kirim 2 yang tidak sesuai").tap()
    expect(tab.locator(".said-last")).to_contain_text("2 angka tidak sesuai")
    remark = said(world, receipt)
    assert remark is not None
    assert remark.fields == {"paslon_1": "", "suara_sah": "118"}
    tab.reload()
    expect(tab.locator(".said-last")).to_contain_text("2 angka tidak sesuai")
    expect(tab.locator('[data-field="suara_sah"] input')).to_have_value("118")
    # Said again, the latest counts.
    row.get_by_role("button").tap()
    tab.locator('[data-field="suara_sah"]').get_by_role("button").tap()
    tab.get_by_role("button", name="Semua sesuai").tap()
    expect(tab.locator(".said-last")).to_have_text("Anda bilang: semua sesuai dengan kertas.")


def test_numbers_that_were_read_since_are_shown_before_anything_is_said_of_them(
    tab: Page, world: World, receipt: str
) -> None:
    # What is begun keeps the page as it is; meanwhile somebody has the photo read once more.
    for field, note in (("paslon_1", "67"), ("suara_sah", "118")):
        row = tab.locator(f'[data-field="{field}"]')
        row.get_by_role("button").tap()
        row.get_by_role("textbox").fill(note)
    read_anew(world, receipt, paslon_1="X67")
    tab.get_by_role("button", name="Kirim 2 yang tidak sesuai").tap()
    expect(tab.locator(".said-last")).to_contain_text("dibaca ulang")
    first, other = (tab.locator(f'[data-field="{name}"]') for name in ("paslon_1", "suara_sah"))
    expect(first.locator("code")).to_have_text("X67")
    assert said(world, receipt) is None
    # What was begun on a number that stayed as it is goes on; of the other nothing was said yet.
    expect(other.get_by_role("textbox")).to_have_value("118")
    expect(first.get_by_role("button")).to_have_attribute("aria-pressed", "false")
    send = tab.get_by_role("button", name="Kirim 1 yang tidak sesuai")
    # For a moment nothing is sent, since nobody looks so fast; it lasts until the test says.
    remark = tab.locator("receipt-remark")
    assert remark.evaluate("node => node.from > 0 && (node.from += 1e6)")
    send.tap()
    assert said(world, receipt) is None
    remark.evaluate("node => { node.from = 0; }")
    send.tap()
    expect(tab.locator(".said-last")).to_contain_text("1 angka tidak sesuai")
    kept = said(world, receipt)
    assert kept is not None and kept.fields == {"suara_sah": "118"}


def test_without_a_network_marks_are_kept(tab: Page, world: World, receipt: str) -> None:
    tab.locator('[data-field="paslon_1"]').get_by_role("button").tap()
    tab.context.set_offline(True)
    send = tab.get_by_role("button", name="Kirim 1 yang tidak sesuai")
    send.tap()
    expect(tab.locator(".said-last")).to_contain_text("Jaringan terputus")
    tab.context.set_offline(False)
    send.tap()
    expect(tab.locator(".said-last")).to_contain_text("1 angka tidak sesuai")
    assert said(world, receipt) is not None


def test_whoever_reviews_sees_no_buttons_on_the_receipt_of_another(
    browser: Browser, world: World, receipt: str
) -> None:
    page = world.client("rina", page=True).get(f"/receipts/{receipt}").text
    assert "receipt-remark" not in page
    assert "X61" in page


def test_an_answer_that_is_not_ours_is_no_receipt_of_it(
    tab: Page, world: World, receipt: str
) -> None:
    """The sign-in page of a Wi-Fi answers for the server."""
    tab.route("**/remarks", lambda route: route.fulfill(body="<h1>Wi-Fi</h1>"))
    tab.locator('[data-field="paslon_1"]').get_by_role("button").tap()
    tab.locator("receipt-remark .send").tap()
    expect(tab.locator(".said-last")).to_contain_text("Jaringan terputus")
    assert said(world, receipt) is None
    tab.unroute("**/remarks")
    tab.locator("receipt-remark .send").tap()
    expect(tab.locator(".said-last")).to_contain_text("tidak sesuai")
    assert said(world, receipt) is not None
