"""A photo belongs to the TPS and the round that were named when it was chosen, whatever comes."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.api.conftest import OTHER_TPS, World, make_world, seeded
from tests.api.test_rounds import voted
from tests.facts import STATION
from tests.review_ui.phones import (
    PAGE_1,
    PAGE_2,
    PHONE,
    WHOLE,
    arrived,
    choose,
    counted,
    open_phone,
    seeing,
    sign_in,
    spoiled,
)
from tests.review_ui.test_phone import card, url

__all__ = ["make_world", "seeded", "url", "voted"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FREE = "saksi"
"""The name of a witness whose account is bound to no TPS."""


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return seeing(make_world(), WHOLE)


@pytest.fixture
def context(browser: Browser, world: World, url: str) -> Iterator[BrowserContext]:
    context = browser.new_context(**PHONE)
    sign_in(context, world, url, FREE)
    yield context
    context.close()


@pytest.fixture
def phone(context: BrowserContext, url: str) -> Page:
    return open_phone(context, url)


def held(phone: Page, photo: Path) -> None:
    """Choose a dark photo for STATION; it waits for a decision."""
    phone.fill("input[name=tps]", STATION.dotted)
    choose(phone, spoiled(PAGE_1, photo, light=0.12))
    expect(card(phone, photo.name)).to_contain_text("Terlalu gelap")


def places(world: World) -> dict[str, str | None]:
    return {item.file_name: item.tps for item in arrived(world, FREE)}


def test_taken_again_it_is_for_the_tps_of_the_first_photo(
    phone: Page, world: World, tmp_path: Path
) -> None:
    held(phone, tmp_path / "gelap.jpg")
    expect(card(phone, "gelap")).to_contain_text(f"TPS {STATION.dotted}")
    phone.fill("input[name=tps]", OTHER_TPS)
    with phone.expect_file_chooser() as asked:
        card(phone, "gelap").get_by_role("button", name="Foto ulang").tap()
    asked.value.set_files(PAGE_2)
    counted(phone, "sent", 1)
    assert places(world) == {PAGE_2.name: STATION.code}


def test_a_camera_that_was_closed_again_leaves_nothing_to_the_next_photo(
    phone: Page, world: World, tmp_path: Path
) -> None:
    held(phone, tmp_path / "gelap.jpg")
    with phone.expect_file_chooser():
        card(phone, "gelap").get_by_role("button", name="Foto ulang").tap()
    phone.fill("input[name=tps]", OTHER_TPS)
    with phone.expect_file_chooser() as asked:
        phone.locator(".camera").tap()
    asked.value.set_files(PAGE_2)
    counted(phone, "sent", 1)
    assert places(world) == {PAGE_2.name: OTHER_TPS}


def test_a_photo_without_a_tps_says_so(
    phone: Page, context: BrowserContext, tmp_path: Path
) -> None:
    context.set_offline(True)
    choose(phone, spoiled(PAGE_1, tmp_path / "gelap.jpg", light=0.12))
    expect(card(phone, "gelap")).to_contain_text("Kode TPS tidak diketik")


@pytest.mark.usefixtures("voted")
def test_the_same_photo_is_sent_for_each_round_that_is_named(
    phone: Page, context: BrowserContext
) -> None:
    announced: list[str] = []
    context.on("request", lambda item: announced.append(item.headers.get("upload-metadata", "")))
    phone.reload()  # the re-vote was ordered meanwhile
    phone.fill("input[name=tps]", STATION.code)
    context.set_offline(True)
    for contest in ("gubernur", "psu", "psu"):
        phone.select_option("select[name=contest]", contest)
        choose(phone, PAGE_2)
    counted(phone, "here", 2)
    expect(phone.locator(".alerts")).to_contain_text("tidak ditambahkan dua kali")
    name = phone.locator("option[value=psu]").inner_text()
    assert [name in told for told in phone.locator(".here .shot").all_inner_texts()] == [
        True,
        False,
    ]
    context.set_offline(False)
    counted(phone, "here", 0)
    for contest in ("gubernur", "psu"):
        said = f"contest {b64encode(contest.encode()).decode()}"
        assert len([metadata for metadata in announced if said in metadata]) == 1
