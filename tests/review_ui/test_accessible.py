"""axe finds no serious or critical fault on any page, in both themes and at twice the size."""

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.api.conftest import OTHER_TPS, World, make_world, seeded
from tests.api.test_invites import invited
from tests.api.test_keying import unreadable
from tests.api.test_reviews import SHEET, body, confirm
from tests.facts import KWK, PAGE_1, STATION
from tests.review_ui.test_real_desk import Enter, enter, url, world

__all__ = ["enter", "make_world", "seeded", "url", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RECAP = f"/recap/gubernur/tps/{STATION.code}"
OTHER = f"/sheets/gubernur/{OTHER_TPS}/{KWK}"


def faults(tab: Page) -> list[str]:
    """Serious and critical faults of a page, each with the first element that has it."""
    found: list[dict[str, Any]] = Axe().run(tab).response["violations"]
    return [
        f"{item['id']}: {item['help']}: {item['nodes'][0]['html'][:120]}"
        for item in found
        if item["impact"] in ("serious", "critical")
    ]


@pytest.fixture
def pages(world: World) -> dict[str, list[str]]:
    """Every page, by who sees it; one form is verified, one needs a second reader."""
    assert confirm(world, "rina", body(world)).status_code == 201
    upload = unreadable(world)
    receipt = world.read(1, PAGE_1, sender="saksi-tps", data=b"mine")
    return {
        "saksi": ["/phone", "/upload", "/receipts", "/account"],
        "saksi-tps": ["/phone", f"/receipts/{receipt}"],
        "rina": ["/queue", "/glyphs?digit=6", "/sheets/next", SHEET, f"/uploads/{upload}/keying"],
        "sri": [
            "/figures",
            "/status",
            "/recap",
            "/recap/gubernur",
            RECAP,
            OTHER,
            f"{RECAP}/corrections",
        ],
        "amat": ["/recap/gubernur/6411", "/recap/gubernur/missing"],
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault(
    enter: Enter, url: str, pages: dict[str, list[str]], scheme: Literal["light", "dark"]
) -> None:
    found: dict[str, list[str]] = {}
    for who, paths in pages.items():
        tab = enter(who)
        tab.emulate_media(color_scheme=scheme)
        for path in paths:
            tab.goto(url + path)
            found[f"{who} {path}"] = faults(tab)
    assert {page: wrong for page, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_phone_has_none_before_its_scripts_came(
    enter: Enter, url: str, scheme: Literal["light", "dark"]
) -> None:
    tab = enter("saksi")
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": 360, "height": 740})
    tab.route("**/*.js", lambda route: route.abort())
    tab.goto(url + "/phone")
    assert tab.locator(".live").count() == 0
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert faults(tab) == []


def test_the_entrance_and_an_invitation_have_none(browser: Browser, url: str, world: World) -> None:
    tab = browser.new_page()
    for path in ("/login", invited(world)):
        tab.goto(url + path)
        assert faults(tab) == []
    tab.close()


def test_at_twice_the_size_nothing_is_cut_off(enter: Enter, url: str) -> None:
    tab = enter("rina")
    # 200 % on a screen of 1366 x 768 leaves 683 x 384 to lay out.
    tab.set_viewport_size({"width": 683, "height": 384})
    for path in (SHEET, "/queue"):
        tab.goto(url + path)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 683
        assert tab.locator("h1").is_visible()
