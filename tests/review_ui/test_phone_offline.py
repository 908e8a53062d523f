"""A network that comes and goes: nothing is lost or sent twice, and the page still opens."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from digitizer.api import phone as phone_routes
from digitizer.api.shell import Shell, read_shell, shell
from digitizer.store.engine import read_session
from digitizer.store.events import list_events
from review_ui import STATIC
from tests.api.conftest import OTHER_TPS, PASSWORD, World, make_world, seeded
from tests.api.test_invites import invited
from tests.api.test_preview import SEEN
from tests.review_ui.phones import (
    PAGE_1,
    PAGE_2,
    PHONE,
    Cable,
    arrived,
    cabled,
    choose,
    counted,
    open_phone,
    restarted,
    seeing,
    sha256_of,
    sign_in,
    slow_down,
    wait_for_worker,
)

__all__ = ["make_world", "seeded"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return make_world()


@pytest.fixture
def cable(world: World) -> Iterator[Cable]:
    with cabled(world) as cable:
        yield cable


@pytest.fixture
def context(browser: Browser, world: World, cable: Cable) -> Iterator[BrowserContext]:
    context = browser.new_context(**PHONE)
    sign_in(context, world, cable.url)
    yield context
    context.close()


def network_is_back(phone: Page) -> None:
    """What a browser says; a cable says nothing."""
    phone.evaluate("window.dispatchEvent(new Event('online')) && null")


def sync_in_background(context: BrowserContext, cable: Cable, done: Callable[[], bool]) -> None:
    """What the browser does by itself once the network is back; wait until it is done."""
    watcher = context.new_page()
    session = context.new_cdp_session(watcher)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(item["registrationId"] for item in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    while not found:
        watcher.wait_for_timeout(50)
    session.send(
        "ServiceWorker.dispatchSyncEvent",
        {
            "origin": cable.url,
            "registrationId": found[-1],
            "tag": "photos",
            "lastChance": False,
        },
    )
    for _ in range(200):
        if done():
            break
        watcher.wait_for_timeout(100)


def test_cut_in_the_middle_reloaded_and_restarted_it_arrives_once_and_whole(
    browser: Browser, world: World, cable: Cable, tmp_path: Path
) -> None:
    context = restarted(browser, tmp_path / "profile")
    sign_in(context, world, cable.url)
    phone = open_phone(context, cable.url)
    wait_for_worker(phone)
    slow_down(phone, 60)
    choose(phone, PAGE_1, PAGE_2)
    bar = phone.locator(".here progress[value]").last
    expect(bar).not_to_have_js_property("value", 0)
    cable.cut()
    context.set_offline(True)
    expect(phone.locator(".say")).to_contain_text("Foto aman di ponsel ini")
    counted(phone, "here", 2)
    phone.reload()
    counted(phone, "here", 2)
    expect(phone.locator(".say")).to_contain_text("Foto aman di ponsel ini")
    context.close()

    context = restarted(browser, tmp_path / "profile")
    phone = open_phone(context, cable.url)
    counted(phone, "here", 2)
    assert arrived(world) == ()
    phone.get_by_role("button", name="Coba sekarang").tap()
    cable.mend()
    network_is_back(phone)
    counted(phone, "sent", 2)
    counted(phone, "here", 0)
    assert {item.photo for item in arrived(world)} == {sha256_of(PAGE_1), sha256_of(PAGE_2)}
    photos = world.app.state.web.photos
    assert photos.get(sha256_of(PAGE_1)) == PAGE_1.read_bytes()
    with read_session(world.app.state.web.engine) as session:
        assert len(list_events(session, kind="upload_accepted")) == 2
    context.close()


def test_a_piece_cut_off_half_way_is_not_sent_again(
    context: BrowserContext, world: World, cable: Cable
) -> None:
    phone = open_phone(context, cable.url)
    phone.wait_for_load_state("networkidle")
    size = PAGE_1.stat().st_size
    # The small picture and then most of the first piece.
    cable.sent, cable.cut_after = 0, size // 2
    choose(phone, PAGE_1)
    expect(phone.locator(".say")).to_contain_text("Jaringan terputus")
    cable.mend()
    network_is_back(phone)
    counted(phone, "sent", 1)
    assert cable.sent < size
    assert [item.photo for item in arrived(world)] == [sha256_of(PAGE_1)]


def test_the_page_opens_without_a_network_with_what_it_knew(
    context: BrowserContext, world: World, cable: Cable
) -> None:
    phone = open_phone(context, cable.url)
    wait_for_worker(phone)
    choose(phone, PAGE_2)
    counted(phone, "sent", 1)
    expect(phone.locator(".there .shot")).to_have_count(1)
    phone.close()
    cable.cut()
    phone = open_phone(context, cable.url)
    counted(phone, "sent", 1)
    expect(phone.locator(".there .hash")).to_contain_text(sha256_of(PAGE_2))
    expect(phone.locator(".there canvas")).not_to_have_js_property("width", 0)
    # Other pages are not kept: an election's numbers stay where they are.
    kept = phone.evaluate(
        """async () => {
          const places = [];
          for (const name of await caches.keys()) {
            const requests = await (await caches.open(name)).keys();
            places.push(...requests.map((item) => new URL(item.url).pathname));
          }
          return places;
        }"""
    )
    assert all(place.startswith("/phone/shell/") for place in kept if place != "/phone")
    assert kept.count("/phone") == 1


def test_the_worker_goes_on_sending_when_the_page_is_closed(
    context: BrowserContext, world: World, cable: Cable
) -> None:
    phone = open_phone(context, cable.url)
    wait_for_worker(phone)
    cable.cut()
    choose(phone, PAGE_2)
    expect(phone.locator(".say")).to_contain_text("Jaringan terputus")
    phone.close()
    cable.mend()
    sync_in_background(context, cable, lambda: bool(arrived(world)))
    assert [item.photo for item in arrived(world)] == [sha256_of(PAGE_2)]


def test_the_worker_sends_what_the_page_had_no_time_to_look_at(
    context: BrowserContext, world: World, cable: Cable
) -> None:
    context.add_init_script("window.createImageBitmap = () => new Promise(() => {});")
    phone = open_phone(context, cable.url)
    wait_for_worker(phone)
    choose(phone, PAGE_2)
    expect(phone.locator(".here .shot")).to_contain_text("Sedang dilihat")
    phone.close()
    sync_in_background(context, cable, lambda: bool(arrived(world)))
    assert [item.photo for item in arrived(world)] == [sha256_of(PAGE_2)]


def test_what_was_kept_offline_goes_out_behind_a_closed_page_whatever_the_advice(
    context: BrowserContext, world: World, cable: Cable
) -> None:
    seeing(world, SEEN)
    phone = open_phone(context, cable.url)
    wait_for_worker(phone)
    context.set_offline(True)
    choose(phone, PAGE_2)
    expect(phone.locator(".here .shot")).to_contain_text("Cukup terang")
    expect(phone.locator(".say")).to_contain_text("terkirim sendiri nanti")
    phone.close()
    context.set_offline(False)
    sync_in_background(context, cable, lambda: bool(arrived(world)))
    assert [item.photo for item in arrived(world)] == [sha256_of(PAGE_2)]
    phone = open_phone(context, cable.url)
    counted(phone, "sent", 1)
    counted(phone, "here", 0)


def test_when_the_sheet_is_gone_no_photo_waits_for_a_better_one(
    context: BrowserContext, world: World, cable: Cable
) -> None:
    seeing(world, SEEN)
    phone = open_phone(context, cable.url)
    phone.clock.install()
    context.set_offline(True)
    choose(phone, PAGE_2)
    expect(phone.locator(".here .shot")).to_contain_text("Cukup terang")
    expect(phone.locator(".say")).to_contain_text("terkirim sendiri nanti")
    phone.clock.fast_forward("31:00")
    context.set_offline(False)
    counted(phone, "sent", 1)
    assert [item.photo for item in arrived(world)] == [sha256_of(PAGE_2)]


def leave_slowly(phone: Page, button: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tap a button that leads to the page of the phone, which takes longer than one waits for it
    where an earlier page is at hand."""

    def late() -> Shell:
        time.sleep(6)
        return shell()

    with monkeypatch.context() as patch:
        patch.setattr(phone_routes, "shell", late)
        phone.get_by_role("button", name=button).tap()
        expect(phone.locator("phone-page")).to_be_visible()


def test_a_phone_that_is_bound_to_another_tps_opens_its_page_and_no_earlier_one(
    context: BrowserContext, world: World, cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = open_phone(context, cable.url)
    wait_for_worker(phone)
    phone.goto(cable.url + invited(world, tps=OTHER_TPS))
    leave_slowly(phone, "Ikat ponsel ini", monkeypatch)
    expect(phone.locator("phone-page")).to_have_attribute("data-tps", OTHER_TPS)
    # Opened again without a network it is the same.
    expect(phone).to_have_url(f"{cable.url}/phone")
    cable.cut()
    phone.reload()
    expect(phone.locator("phone-page")).to_have_attribute("data-tps", OTHER_TPS)


def test_whoever_signs_in_gets_their_own_page(
    context: BrowserContext, world: World, cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = open_phone(context, cable.url)
    wait_for_worker(phone)
    context.clear_cookies()
    phone.goto(f"{cable.url}/login?next=/phone")
    phone.fill("input[name=username]", "saksi")
    phone.fill("input[name=password]", PASSWORD)
    leave_slowly(phone, "Masuk", monkeypatch)
    expect(phone.locator("phone-page")).to_have_attribute("data-tps", "")


def test_a_new_version_brings_all_its_modules_at_once(
    context: BrowserContext, cable: Cable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = open_phone(context, cable.url)
    wait_for_worker(phone)
    newer = shutil.copytree(STATIC, tmp_path / "static")
    words = newer / "words.js"
    words.write_text(words.read_text() + "\ndocument.documentElement.dataset.newer = '1';\n")
    shell = read_shell(newer)
    monkeypatch.setattr(phone_routes, "shell", lambda: shell)
    for _ in range(2):  # by the network first, then from what the new worker keeps
        phone.reload()
        expect(phone.locator(".standing")).to_be_visible()
        expect(phone.locator("html")).to_have_attribute("data-newer", "1")
        phone.evaluate(
            """async (name) => {
              const pause = () => new Promise((go) => setTimeout(go, 50));
              while ((await caches.keys()).join() !== name) await pause();
            }""",
            f"phone-{shell.version}",
        )
        cable.cut()
