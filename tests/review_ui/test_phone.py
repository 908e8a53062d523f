"""A witness's photos: chosen, looked at, sent once, and seen again with their receipts."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from digitizer.domain.advice import Inspection
from tests.api.conftest import World, make_world, seeded
from tests.api.test_invites import invited
from tests.api.test_preview import SEEN, with_lookout
from tests.facts import PAGE_1 as FACTS_1
from tests.review_ui.phones import (
    PAGE_1,
    PAGE_2,
    PHONE,
    WHOLE,
    arrived,
    choose,
    counted,
    open_phone,
    served,
    sha256_of,
    sign_in,
    slow_down,
    spoiled,
    wait_for_worker,
)

__all__ = ["make_world", "seeded"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return make_world()


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with served(world) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def context(browser: Browser, world: World, url: str) -> Iterator[BrowserContext]:
    context = browser.new_context(**PHONE)
    sign_in(context, world, url)
    yield context
    context.close()


@pytest.fixture
def phone(context: BrowserContext, url: str) -> Iterator[Page]:
    tab = open_phone(context, url)
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    assert faults == []


def size_of(photo: Path) -> tuple[int, int]:
    with Image.open(photo) as picture:
        return picture.size


def card(phone: Page, name: str) -> Locator:
    """A photo on this phone, by the name of its file."""
    return phone.locator(".here .shot", has_text=name)


def test_a_photo_goes_out_by_itself_and_its_receipt_names_its_sha256(
    phone: Page, world: World
) -> None:
    choose(phone, PAGE_2)
    counted(phone, "sent", 1)
    counted(phone, "here", 0)
    expect(phone.locator(".there .hash code")).to_have_text(sha256_of(PAGE_2))
    expect(phone.locator(".say")).to_contain_text("Semua foto sudah aman di server.")
    (upload,) = arrived(world)
    assert world.app.state.web.photos.get(upload.photo) == PAGE_2.read_bytes()
    phone.get_by_role("link", name="Lihat tanda terima").click()
    expect(phone.locator(".facts code")).to_have_text(sha256_of(PAGE_2))


OLD = """
delete AbortSignal.timeout;
delete window.BroadcastChannel;
"""


def test_a_photo_goes_out_from_a_browser_of_2021_too(
    context: BrowserContext, world: World, url: str
) -> None:
    context.add_init_script(OLD)
    phone = open_phone(context, url)
    choose(phone, PAGE_2)
    counted(phone, "sent", 1)
    counted(phone, "here", 0)
    assert {item.photo for item in arrived(world)} == {sha256_of(PAGE_2)}


def test_several_at_once_arrive_once_each_and_a_second_tap_adds_nothing(
    phone: Page, world: World
) -> None:
    choose(phone, PAGE_1, PAGE_2)
    choose(phone, PAGE_2)
    counted(phone, "sent", 2)
    expect(phone.locator(".alerts")).to_contain_text("tidak ditambahkan dua kali")
    assert {item.photo for item in arrived(world)} == {sha256_of(PAGE_1), sha256_of(PAGE_2)}


CHOOSE_TWICE = """(photos) => {
  const input = document.querySelector(".gallery input");
  const bytes = photos.map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  for (const chosen of [[0, 1], [0]]) {
    const files = new DataTransfer();
    for (const at of chosen) files.items.add(new File([bytes[at]], `foto-${at}.jpg`));
    input.files = files.files;
    input.dispatchEvent(new Event("change"));
  }
}"""


def test_a_photo_chosen_again_before_the_first_choice_is_kept_is_still_one(
    phone: Page, world: World
) -> None:
    photos = [b64encode(path.read_bytes()).decode() for path in (PAGE_1, PAGE_2)]
    phone.evaluate(CHOOSE_TWICE, photos)
    counted(phone, "sent", 2)
    expect(phone.locator(".alerts")).to_contain_text("foto-0.jpg")
    assert len(arrived(world)) == 2


def test_advice_comes_before_the_photo_and_one_may_send_it_anyway(
    phone: Page, context: BrowserContext, world: World, tmp_path: Path
) -> None:
    # Without a network nothing is asked: light and sharpness are judged on the phone itself.
    context.set_offline(True)
    choose(phone, spoiled(PAGE_1, tmp_path / "gelap.jpg", light=0.12))
    choose(phone, spoiled(PAGE_1, tmp_path / "buram.jpg", blur=5))
    dark, blurred = card(phone, "gelap"), card(phone, "buram")
    expect(dark).to_contain_text("Terlalu gelap", timeout=8000)
    expect(blurred).to_contain_text("Buram", timeout=8000)
    expect(phone.locator(".say")).to_contain_text("2 foto menunggu keputusan Anda")
    blurred.get_by_role("button", name="Hapus").tap()
    phone.get_by_role("button", name="Simpan").tap()
    expect(blurred).to_be_visible()
    blurred.get_by_role("button", name="Hapus").tap()
    phone.get_by_role("button", name="Ya, hapus").tap()
    expect(blurred).to_have_count(0)
    anyway = dark.get_by_role("button", name="Tetap kirim")
    anyway.evaluate("(button) => { button.click(); button.click(); }")
    expect(phone.locator(".say")).to_contain_text("Tidak ada jaringan")
    counted(phone, "here", 1)
    context.set_offline(False)
    counted(phone, "sent", 1)
    assert [item.file_name for item in arrived(world)] == ["gelap.jpg"]


def test_the_server_names_the_page_and_what_is_missing(phone: Page, world: World) -> None:
    asked_of: list[tuple[int, int] | None] = []

    def look(picture: bytes, size: tuple[int, int] | None) -> Inspection:
        assert picture.startswith(b"\xff\xd8")
        assert len(picture) < 100_000
        asked_of.append(size)
        return SEEN if len(asked_of) == 1 else WHOLE

    with_lookout(world, look)
    choose(phone, PAGE_1)
    held = phone.locator(".here .shot[data-state=held]")
    expect(held).to_contain_text("3 dari 4 sudut terlihat")
    expect(held.locator("strong").first).to_contain_text("Halaman 2")
    counted(phone, "here", 1)
    with phone.expect_file_chooser() as asked:
        held.get_by_role("button", name="Foto ulang").tap()
    asked.value.set_files(PAGE_2)
    counted(phone, "sent", 1)
    # Not read yet, and its page is named all the same; the earlier photo is kept.
    expect(phone.locator(".there .shot strong").first).to_contain_text("Halaman 2")
    expect(held).to_be_visible()
    assert asked_of == [size_of(PAGE_1), size_of(PAGE_2)]


def test_heic_is_sent_though_this_browser_cannot_show_it(
    phone: Page, context: BrowserContext, world: World, tmp_path: Path
) -> None:
    photo = tmp_path / "IMG_0001.heic"
    pillow_heif.from_pillow(Image.open(PAGE_2).resize((600, 800))).save(photo)
    context.set_offline(True)
    choose(phone, photo)
    expect(card(phone, "IMG_0001")).to_contain_text("ponsel ini tidak dapat menampilkannya")
    context.set_offline(False)
    counted(phone, "sent", 1)
    (upload,) = arrived(world)
    assert upload.photo == sha256_of(photo)


def test_what_became_of_photos_and_which_pages_are_missing(
    context: BrowserContext, url: str, world: World
) -> None:
    world.read(1, FACTS_1)
    world.read(1, FACTS_1, data=b"again")
    phone = open_phone(context, url)
    counted(phone, "read", 2)
    expect(phone.locator(".there .tag")).to_have_text("versi 2")
    pages = phone.locator(".forms li").first.locator(".chip")
    assert pages.evaluate_all("all => all.map((chip) => chip.dataset.state)") == ["good", "missing"]
    expect(pages.nth(1)).to_contain_text("belum ada")


def test_progress_is_seen_over_2g(context: BrowserContext, url: str) -> None:
    phone = open_phone(context, url)
    wait_for_worker(phone)
    slow = slow_down(phone)
    choose(phone, PAGE_2)
    bar = phone.locator(".here progress")
    expect(bar).to_be_visible()
    expect(bar).not_to_have_js_property("value", 0)
    expect(phone.locator(".here .far")).to_contain_text("Terkirim")
    share = bar.evaluate("(bar) => bar.value / bar.max")
    assert 0 < share < 1
    slow.detach()
    counted(phone, "sent", 1)


def test_two_tabs_send_a_photo_once(
    context: BrowserContext, url: str, world: World, phone: Page
) -> None:
    begun: list[str] = []
    context.on("request", lambda item: begun.append(item.url) if item.method == "POST" else None)
    second = open_phone(context, url)
    choose(phone, PAGE_1)
    choose(second, PAGE_2)
    for tab in (phone, second):
        counted(tab, "sent", 2)
        counted(tab, "here", 0)
    assert len([place for place in begun if place.endswith("/tus")]) == 2
    assert len(arrived(world)) == 2


def test_a_session_that_ended_loses_nothing(
    context: BrowserContext, url: str, world: World, phone: Page
) -> None:
    wait_for_worker(phone)
    context.clear_cookies()
    choose(phone, PAGE_2)
    expect(phone.locator(".alerts")).to_contain_text("Tidak ada foto yang hilang")
    phone.reload()
    expect(phone.locator(".alerts")).to_contain_text("Tidak ada foto yang hilang")
    link = phone.get_by_role("link", name="Masuk")
    assert link.get_attribute("href") == "/login?next=/phone"
    counted(phone, "here", 1)
    # A new invitation to the same TPS makes another account, and that may send it.
    phone.goto(url + invited(world))
    phone.get_by_role("button", name="Ikat ponsel ini").tap()
    phone.wait_for_url("**/phone")
    counted(phone, "sent", 1)
    assert arrived(world) == ()


def test_photos_of_another_account_stay(
    context: BrowserContext, url: str, world: World, phone: Page
) -> None:
    context.set_offline(True)
    choose(phone, PAGE_2)
    expect(phone.locator(".say")).to_contain_text("Tidak ada jaringan")
    context.set_offline(False)
    context.clear_cookies()
    sign_in(context, world, url, "saksi")
    phone.goto(f"{url}/phone")
    expect(phone.locator(".alerts")).to_contain_text("1 foto akun lain menunggu")
    counted(phone, "here", 0)
    expect(phone.locator(".here")).to_be_hidden()
    phone.wait_for_load_state("networkidle")
    assert arrived(world) == arrived(world, "saksi") == ()


def test_signing_out_with_photos_unsent_asks_first(
    context: BrowserContext, url: str, phone: Page, tmp_path: Path
) -> None:
    wait_for_worker(phone)
    choose(phone, spoiled(PAGE_1, tmp_path / "gelap.jpg", light=0.12))
    expect(card(phone, "gelap")).to_contain_text("Terlalu gelap")
    phone.goto(f"{url}/receipts")
    phone.get_by_role("button", name="Keluar").tap()
    expect(phone.locator("dialog")).to_contain_text("1 foto Anda belum terkirim")
    phone.get_by_role("button", name="Tetap masuk").tap()
    phone.get_by_role("button", name="Keluar").tap()
    phone.get_by_role("button", name="Tetap keluar").tap()
    phone.wait_for_url("**/login")
    # The page that was kept for times without a network is gone with the account.
    phone.goto(f"{url}/phone")
    phone.wait_for_url("**/login?next=/phone")


def test_a_full_phone_is_told(phone: Page) -> None:
    phone.evaluate(
        """() => {
          IDBObjectStore.prototype.add = () => {
            throw new DOMException("no room", "QuotaExceededError");
          };
        }"""
    )
    choose(phone, PAGE_1, PAGE_2)
    for photo in (PAGE_1, PAGE_2):
        told = f"Penyimpanan ponsel penuh: {photo.name} BELUM tersimpan"
        expect(phone.locator(".alerts")).to_contain_text(told)
    counted(phone, "here", 0)


def test_a_form_without_scripts_still_sends(browser: Browser, url: str, world: World) -> None:
    context = browser.new_context(**PHONE, java_script_enabled=False)
    sign_in(context, world, url)
    tab = context.new_page()
    tab.goto(f"{url}/phone")
    tab.set_input_files(".gallery input", PAGE_2)
    tab.get_by_role("button", name="Unggah").tap()
    tab.wait_for_url("**/receipts")
    assert len(arrived(world)) == 1
    context.close()


def test_a_browser_that_keeps_nothing_sends_at_once(
    context: BrowserContext, url: str, world: World
) -> None:
    context.add_init_script(
        """indexedDB.open = () => {
          throw new DOMException("not in a private window", "SecurityError");
        };"""
    )
    tab = context.new_page()
    tab.goto(f"{url}/phone")
    expect(tab.locator(".alerts")).to_contain_text("tidak dapat menyimpan foto")
    choose(tab, PAGE_2)
    tab.get_by_role("button", name="Unggah").tap()
    tab.wait_for_url("**/receipts")
    assert len(arrived(world)) == 1


def test_it_fits_360_pixels_and_a_thumb(phone: Page, tmp_path: Path) -> None:
    choose(phone, spoiled(PAGE_1, tmp_path / "gelap.jpg", light=0.12), PAGE_2)
    counted(phone, "sent", 1)
    expect(card(phone, "gelap")).to_contain_text("Terlalu gelap")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    small = phone.evaluate(
        """() => [...document.querySelectorAll("a, button, .hand label, input:not([type=file])")]
        .filter((node) => node.checkVisibility() && !node.matches(".skip, footer a, .brand"))
        .map((node) => [node.textContent.trim(), node.getBoundingClientRect()])
        .filter(([, box]) => box.height > 0 && box.height < 44)
        .map(([text, box]) => `${text}: ${box.height}`)"""
    )
    assert small == []
