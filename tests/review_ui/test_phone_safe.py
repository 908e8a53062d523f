"""The page says that all is safe when it is, and one photo in trouble keeps no other back."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.api.conftest import World, make_world, seeded
from tests.review_ui.phones import (
    PAGE_1,
    PAGE_2,
    WHOLE,
    arrived,
    choose,
    counted,
    open_phone,
    seeing,
    sha256_of,
    sign_in,
)
from tests.review_ui.test_phone import card, context, url

__all__ = ["context", "make_world", "seeded", "url"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLAIMS = """(() => {
  window.claims = [];
  new MutationObserver(() => {
    const said = document.querySelector(".say")?.textContent ?? "";
    const here = document.querySelector("[data-count=here] dd")?.textContent ?? "0";
    if (said.includes("Semua foto sudah aman") && here !== "0") window.claims.push([said, here]);
  }).observe(document, { subtree: true, childList: true, characterData: true });
})()"""
"""Notes every moment in which all is said to be safe while photos are on the phone alone."""

NO_PICTURES = "HTMLCanvasElement.prototype.getContext = () => null;"
NO_ANSWER = "window.createImageBitmap = () => new Promise(() => {});"
NO_ROOM = """{
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, ...key) {
    if (value.advice) throw new DOMException("no room", "QuotaExceededError");
    return put.call(this, value, ...key);
  };
}"""


NOTHING_OF_THE_FIRST = """{
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, ...key) {
    if (!window.full || !value.name?.endsWith("-hal1.jpg")) return put.call(this, value, ...key);
    this.transaction.abort();
  };
  Object.defineProperty(IDBTransaction.prototype, "error", {
    get: () => new DOMException("no room", "QuotaExceededError"),
  });
}"""
"""A phone too full to note anything of page 1, as long as `full` is set."""


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return seeing(make_world(), WHOLE)


@pytest.fixture(autouse=True)
def truthful(context: BrowserContext) -> Iterator[None]:
    context.add_init_script(CLAIMS)
    yield
    for tab in context.pages:
        assert tab.evaluate("window.claims") == []


def all_there(phone: Page, world: World) -> None:
    counted(phone, "sent", 2)
    counted(phone, "here", 0)
    assert {item.photo for item in arrived(world)} == {sha256_of(PAGE_1), sha256_of(PAGE_2)}
    expect(phone.locator(".say")).to_contain_text("Semua foto sudah aman")


@pytest.mark.parametrize("fault", [NO_PICTURES, NO_ROOM], ids=["no pictures", "no room"])
def test_what_cannot_be_looked_at_is_sent(
    context: BrowserContext, url: str, world: World, fault: str
) -> None:
    context.add_init_script(fault)
    phone = open_phone(context, url)
    choose(phone, PAGE_1, PAGE_2)
    all_there(phone, world)


def test_while_a_photo_is_looked_at_it_is_not_safe(
    context: BrowserContext, url: str, world: World
) -> None:
    phone = open_phone(context, url)
    phone.clock.install()
    choose(phone, PAGE_2)
    counted(phone, "sent", 1)
    phone.evaluate(f"() => {{ {NO_ANSWER} }}")
    choose(phone, PAGE_1)
    expect(card(phone, PAGE_1.name)).to_contain_text("Sedang dilihat")
    expect(phone.locator(".say")).to_contain_text("Mengirim 1 foto")
    # One that is never done with keeps back nothing for good, itself neither.
    phone.clock.fast_forward(60_000)
    all_there(phone, world)


def test_what_cannot_be_noted_on_a_full_phone_keeps_no_other_back(
    context: BrowserContext, url: str, world: World
) -> None:
    context.add_init_script(NOTHING_OF_THE_FIRST)
    phone = open_phone(context, url)
    context.set_offline(True)
    choose(phone, PAGE_1)
    expect(card(phone, PAGE_1.name)).to_contain_text("menunggu giliran")
    choose(phone, PAGE_2)
    expect(card(phone, PAGE_2.name)).to_contain_text("menunggu giliran")
    phone.evaluate("() => { window.full = true; }")
    context.set_offline(False)
    counted(phone, "sent", 1)
    expect(phone.locator(".say")).to_contain_text("Penyimpanan ponsel penuh")
    phone.evaluate("() => { window.full = false; }")
    phone.get_by_role("button", name="Coba sekarang").tap()
    all_there(phone, world)


def test_a_new_photo_that_a_full_phone_cannot_note_is_told(
    context: BrowserContext, url: str
) -> None:
    context.add_init_script("window.full = true;" + NOTHING_OF_THE_FIRST)
    phone = open_phone(context, url)
    choose(phone, PAGE_1)
    expect(phone.locator(".alerts")).to_contain_text("Penyimpanan ponsel penuh")
    counted(phone, "here", 1)
    phone.evaluate("() => { window.full = false; }")
    choose(phone, PAGE_2)
    counted(phone, "sent", 2)
    expect(phone.locator(".alerts")).not_to_contain_text("Penyimpanan")


def test_what_another_account_left_on_the_phone_is_not_all_safe(
    context: BrowserContext, url: str, world: World
) -> None:
    phone = open_phone(context, url)
    context.set_offline(True)
    choose(phone, PAGE_2)
    expect(phone.locator(".say")).to_contain_text("Tidak ada jaringan")
    context.set_offline(False)
    context.clear_cookies()
    sign_in(context, world, url, "saksi")
    phone.goto(f"{url}/phone")
    choose(phone, PAGE_1)
    counted(phone, "sent", 1)
    expect(phone.locator(".say")).to_contain_text("Semua foto akun ini sudah aman")
    expect(phone.locator(".alerts")).to_contain_text("1 foto akun lain menunggu")


def test_what_waits_is_sent_before_what_is_left_is_looked_at(
    context: BrowserContext, url: str, world: World
) -> None:
    phone = open_phone(context, url)
    context.set_offline(True)
    choose(phone, PAGE_2)
    expect(card(phone, PAGE_2.name)).to_contain_text("Cukup terang")
    phone.evaluate(f"() => {{ {NO_ANSWER} }}")
    choose(phone, PAGE_1)
    counted(phone, "here", 2)
    phone.close()
    context.add_init_script(NO_ANSWER)
    context.set_offline(False)
    phone = open_phone(context, url)
    counted(phone, "sent", 1)
    assert [item.photo for item in arrived(world)] == [sha256_of(PAGE_2)]
