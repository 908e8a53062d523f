"""The upload page: every file goes out for the TPS that was typed when it was chosen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.api.conftest import OTHER_TPS, World, make_world, seeded
from tests.facts import STATION
from tests.review_ui.phones import PAGE_1, PAGE_2, arrived, sign_in
from tests.review_ui.test_phone import url, world

__all__ = ["make_world", "seeded", "url", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WHO = "saksi"


@pytest.fixture
def tab(browser: Browser, world: World, url: str) -> Iterator[Page]:
    context = browser.new_context(locale="id-ID")
    sign_in(context, world, url, WHO)
    tab = context.new_page()
    tab.set_default_timeout(20_000)
    tab.goto(f"{url}/upload")
    yield tab
    context.close()


def send(tab: Page, tps: str, *photos: object) -> None:
    tab.fill("input[name=tps]", tps)
    tab.set_input_files("input[type=file]", [str(photo) for photo in photos])
    tab.get_by_role("button", name="Unggah").click()


def places(world: World) -> dict[str, str | None]:
    return {item.file_name: item.tps for item in arrived(world, WHO)}


def test_sent_again_a_photo_goes_to_the_tps_it_was_chosen_for(tab: Page, world: World) -> None:
    tab.route("**/photos", lambda route: route.abort())
    send(tab, STATION.code, PAGE_1)
    row = tab.locator(".upload-row", has_text=PAGE_1.name)
    again = row.get_by_role("button", name="Coba lagi")
    expect(again).to_be_visible()
    expect(row).to_contain_text(f"TPS {STATION.dotted}")
    # What was typed stays as long as something of it is to be sent.
    assert tab.input_value("input[name=tps]") == STATION.code
    tab.unroute("**/photos")
    tab.fill("input[name=tps]", OTHER_TPS)
    again.click()
    expect(row.get_by_role("link", name="Lihat tanda terima")).to_be_visible()
    assert places(world) == {PAGE_1.name: STATION.code}
    assert tab.input_value("input[name=tps]") == OTHER_TPS


def test_what_is_typed_while_photos_go_out_is_for_the_next_ones(tab: Page, world: World) -> None:
    typed: list[str] = []

    def type_meanwhile(route: Route) -> None:
        if not typed:
            typed.append(OTHER_TPS)
            tab.fill("input[name=tps]", OTHER_TPS)
        route.continue_()

    tab.route("**/photos", type_meanwhile)
    send(tab, STATION.code, PAGE_1, PAGE_2)
    expect(tab.locator(".upload-row.good")).to_have_count(2)
    assert places(world) == {PAGE_1.name: STATION.code, PAGE_2.name: STATION.code}
    expect(tab.get_by_role("button", name="Unggah")).to_be_enabled()
    assert tab.input_value("input[name=tps]") == OTHER_TPS


def test_when_all_is_sent_the_form_is_empty_again(tab: Page) -> None:
    send(tab, STATION.code, PAGE_1)
    expect(tab.locator(".upload-row.good")).to_have_count(1)
    expect(tab.locator("input[name=tps]")).to_have_value("")


def test_what_must_wait_for_its_quota_may_be_sent_again(tab: Page, world: World) -> None:
    tab.route("**/photos", lambda route: route.fulfill(status=429, json={"text": "Nanti."}))
    send(tab, STATION.code, PAGE_1)
    row = tab.locator(".upload-row")
    expect(row).to_contain_text("Nanti.")
    again = row.get_by_role("button", name="Coba lagi")
    expect(again).to_be_visible()
    tab.unroute("**/photos")
    again.click()
    expect(row.get_by_role("link", name="Lihat tanda terima")).to_be_visible()
    assert places(world) == {PAGE_1.name: STATION.code}


def test_whose_session_ended_signs_in_elsewhere_and_sends_again(
    tab: Page, world: World, url: str
) -> None:
    tab.context.clear_cookies()
    send(tab, STATION.code, PAGE_1)
    row = tab.locator(".upload-row.bad")
    expect(row.get_by_role("button", name="Coba lagi")).to_be_visible()
    sign_in(tab.context, world, url, WHO)
    row.get_by_role("button", name="Coba lagi").click()
    expect(tab.locator(".upload-row.good")).to_have_count(1)
    assert places(world) == {PAGE_1.name: STATION.code}


def test_files_chosen_while_others_go_out_stay_chosen(tab: Page, world: World) -> None:
    chosen: list[str] = []

    def choose_meanwhile(route: Route) -> None:
        if not chosen:
            chosen.append(str(PAGE_2))
            tab.set_input_files("input[type=file]", chosen)
        route.continue_()

    tab.route("**/photos", choose_meanwhile)
    send(tab, STATION.code, PAGE_1)
    expect(tab.locator(".upload-row.good")).to_have_count(1)
    expect(tab.get_by_role("button", name="Unggah")).to_be_enabled()
    tab.get_by_role("button", name="Unggah").click()
    expect(tab.locator(".upload-row.good")).to_have_count(2)
    assert places(world) == {PAGE_1.name: STATION.code, PAGE_2.name: STATION.code}


def test_the_page_of_a_gate_in_between_is_no_receipt(tab: Page, world: World) -> None:
    tab.route(
        "**/photos",
        lambda route: route.fulfill(status=200, content_type="text/html", body="<p>Wi-Fi</p>"),
    )
    send(tab, STATION.code, PAGE_1)
    row = tab.locator(".upload-row", has_text=PAGE_1.name)
    again = row.get_by_role("button", name="Coba lagi")
    expect(again).to_be_visible()
    expect(tab.locator(".upload-row.good")).to_have_count(0)
    tab.unroute("**/photos")
    again.click()
    expect(row.get_by_role("link", name="Lihat tanda terima")).to_be_visible()
    assert places(world) == {PAGE_1.name: STATION.code}
