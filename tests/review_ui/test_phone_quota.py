"""Photos that must wait keep nothing back that need not."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.api.conftest import OTHER_TPS, World, make_world, seeded
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

__all__ = ["make_world", "seeded", "url"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return seeing(make_world(tps_quota=1), WHOLE)


@pytest.fixture
def context(browser: Browser, world: World, url: str) -> Iterator[BrowserContext]:
    context = browser.new_context(**PHONE)
    sign_in(context, world, url, "saksi")
    yield context
    context.close()


def test_a_tps_over_its_quota_keeps_no_other_back(
    context: BrowserContext, url: str, world: World, tmp_path: Path
) -> None:
    phone = open_phone(context, url)
    phone.fill("input[name=tps]", STATION.code)
    choose(phone, PAGE_1)
    counted(phone, "sent", 1)
    context.set_offline(True)
    choose(phone, PAGE_2)
    expect(card(phone, PAGE_2.name)).to_contain_text("menunggu giliran")
    phone.fill("input[name=tps]", OTHER_TPS)
    choose(phone, spoiled(PAGE_1, tmp_path / "lain.jpg"))
    expect(card(phone, "lain")).to_contain_text("menunggu giliran")
    context.set_offline(False)
    counted(phone, "sent", 2)
    assert {item.tps for item in arrived(world, "saksi")} == {STATION.code, OTHER_TPS}
    counted(phone, "here", 1)
    expect(phone.locator(".say")).to_contain_text("Terlalu banyak foto dalam waktu singkat")
