"""The desk on the real application: what comes next, what is taken back, who may read what."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from digitizer.store.engine import read_session
from digitizer.store.leases import lease_of
from tests.api.conftest import OTHER_TPS, PASSWORD, World, make_world, seeded
from tests.api.test_corners import FakeReader, with_reader
from tests.api.test_keying import unreadable
from tests.api.test_reviews import SHEET, rows
from tests.facts import KWK, PAGE_1, PAGE_2, STATION
from tests.review_ui.conftest import look

__all__ = ["make_world", "seeded"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OTHER = f"/sheets/gubernur/{OTHER_TPS}/{KWK}"
THIRD_TPS = "6411042001001"
THIRD = f"/sheets/gubernur/{THIRD_TPS}/{KWK}"
Enter = Callable[[str], Page]


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    world = make_world()
    world.read_form()
    for page, written in ((1, PAGE_1), (2, PAGE_2)):
        world.read(page, written, tps=OTHER_TPS)
    return world


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(world.app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def enter(browser: Browser, url: str) -> Iterator[Enter]:
    """A browser of one person's own, signed in."""
    contexts = []

    def sign_in(name: str) -> Page:
        context = browser.new_context(locale="id-ID", viewport={"width": 1366, "height": 768})
        contexts.append(context)
        tab = context.new_page()
        tab.goto(url)
        tab.locator("input[name=username]").fill(name)
        tab.locator("input[name=password]").fill(PASSWORD)
        tab.locator("input[name=password]").press("Enter")
        tab.wait_for_url(lambda place: "/login" not in place)
        return tab

    yield sign_in
    for context in contexts:
        context.close()


def type_all(tab: Page) -> None:
    """Every number as it is written, in the order of the screen."""
    names = tab.locator("[data-field]").evaluate_all("rows => rows.map((row) => row.dataset.field)")
    for name in names:
        tab.keyboard.type((PAGE_1 | PAGE_2)[name].lower())
        tab.keyboard.press("Enter")


def test_the_next_form_is_there_without_loading_a_page(enter: Enter, url: str) -> None:
    tab = enter("rina")
    with tab.expect_response(lambda answer: OTHER in answer.url):
        tab.goto(url + SHEET)
    tab.wait_for_load_state("networkidle")
    tab.evaluate("window.stays = true")
    look(tab)
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**{OTHER}*")
    assert tab.evaluate("window.stays")
    expect(tab.locator("h1")).to_contain_text("002")
    assert tab.evaluate("document.activeElement.className").startswith("primary submit")
    look(tab)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/queue?done=1")


def wrong_on_paper(world: World) -> None:
    """A form whose own sum is wrong, which takes two readers."""
    for page, written in ((1, PAGE_1), (2, PAGE_2 | {"suara_sah": "123"})):
        world.read(page, written, tps=THIRD_TPS)


def read_first(enter: Enter, url: str) -> None:
    """Its first reader confirms it as it is."""
    first = enter("rina")
    first.goto(url + THIRD)
    look(first)
    for _ in ("suara-sah", "suara-total"):
        first.keyboard.press("s")
        first.keyboard.press("Control+Enter")
    first.wait_for_url(lambda place: THIRD not in place)


def holder(world: World, tps: str) -> str | None:
    """Whoever has the form of a TPS open."""
    with read_session(world.app.state.web.engine) as session:
        held = lease_of(session, "gubernur", tps, KWK, datetime.now(UTC))
    return None if held is None else held.account


def three_clear_forms(world: World, tab: Page, url: str) -> None:
    for page, written in ((1, PAGE_1), (2, PAGE_2)):
        world.read(page, written, tps=THIRD_TPS)
    tab.goto(url + SHEET)
    tab.wait_for_load_state("networkidle")
    look(tab)


def test_a_key_held_down_confirms_one_form(enter: Enter, url: str, world: World) -> None:
    tab = enter("rina")
    three_clear_forms(world, tab, url)
    for _ in range(30):
        tab.keyboard.down("Enter")
        tab.wait_for_timeout(50)
    tab.keyboard.up("Enter")
    assert len(rows(world)) == 1
    here = tab.url
    tab.keyboard.press("Enter")
    tab.wait_for_url(lambda place: place != here)
    assert len(rows(world)) == 2


def test_the_second_click_of_two_confirms_nothing(enter: Enter, url: str, world: World) -> None:
    tab = enter("rina")
    three_clear_forms(world, tab, url)
    here = tab.url
    tab.locator(".submit").dblclick(delay=60)
    tab.wait_for_url(lambda place: place != here)
    look(tab)
    assert len(rows(world)) == 1
    # Two clicks that are none to the browser: the second meets a form nobody has looked at.
    here = tab.url
    tab.locator(".submit").click()
    tab.wait_for_url(lambda place: place != here)
    tab.locator(".submit").click(no_wait_after=True)
    expect(tab.locator(".status")).to_contain_text("baru saja tampil")
    assert len(rows(world)) == 2


def test_space_confirms_no_form(enter: Enter, url: str, world: World) -> None:
    tab = enter("rina")
    tab.goto(url + SHEET)
    look(tab)
    assert tab.evaluate("document.activeElement.className").startswith("primary submit")
    tab.keyboard.press(" ")
    expect(tab.locator('[data-state="sure"]')).to_have_count(0)
    assert rows(world) == []


def test_a_form_that_is_loaded_anew_stays_with_whoever_has_it(
    enter: Enter, url: str, world: World
) -> None:
    tab = enter("rina")
    tab.goto(url + SHEET)
    tab.wait_for_load_state("networkidle")
    tab.reload()
    look(tab)
    assert holder(world, STATION.code) == world.account_id("rina")
    tab.goto(f"{url}/queue")
    look(tab)
    assert holder(world, STATION.code) is None


def test_what_was_filled_in_when_shown_is_not_put_back_into_a_form_to_be_read_unseen(
    enter: Enter, url: str, world: World
) -> None:
    wrong_on_paper(world)
    second = enter("budi")
    second.goto(url + THIRD)
    second.keyboard.press(" ")
    expect(second.locator('[data-state="sure"]')).to_have_count(0)
    second.goto(f"{url}/queue")
    look(second)
    assert holder(world, THIRD_TPS) is None
    read_first(enter, url)
    second.goto(url + THIRD)
    expect(second.locator(".mode")).to_contain_text("pembaca kedua")
    expect(second.locator('[data-state="blind"]')).to_have_count(27)
    expect(second.locator(".restored")).to_be_hidden()


def test_a_form_just_saved_is_taken_back_with_all_that_was_typed(
    enter: Enter, url: str, world: World
) -> None:
    tab = enter("rina")
    tab.goto(url + SHEET)
    tab.wait_for_load_state("networkidle")
    row = tab.locator('[data-field="disabilitas_l"]')
    row.locator("input").first.click()
    tab.keyboard.type("xx1")
    tab.keyboard.press("Enter")
    tab.locator(".note input").fill("ditulis tipis")
    look(tab)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url(f"**{OTHER}*")
    assert len(rows(world)) == 1
    expect(tab.locator("undo-bar")).to_contain_text("TPS 001 LAHAM tersimpan")
    tab.keyboard.press("Control+z")
    tab.wait_for_url(f"**{SHEET}*")
    expect(tab.locator(".restored")).to_be_visible()
    expect(row).to_have_attribute("data-state", "confirmed")
    assert rows(world) == []
    look(tab)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url(f"**{OTHER}*")
    assert len(rows(world)) == 1


def test_one_step_after_the_other_is_undone(enter: Enter, url: str) -> None:
    tab = enter("rina")
    tab.goto(url + SHEET)
    row = tab.locator('[data-field="paslon_1"]')
    row.locator("input").first.click()
    tab.keyboard.type("x99")
    expect(row.locator("output")).to_have_text("99")
    for shown in ("91", "61", "61"):
        tab.keyboard.press("Control+z")
        expect(row.locator("output")).to_have_text(shown)
    expect(row).to_have_attribute("data-state", "sure")


def test_a_second_reader_types_from_the_ink_and_a_supervisor_decides(
    enter: Enter, url: str, world: World
) -> None:
    wrong_on_paper(world)
    read_first(enter, url)

    second = enter("budi")
    second.goto(url + THIRD)
    expect(second.locator(".mode")).to_contain_text("pembaca kedua")
    expect(second.locator('[data-state="blind"]')).to_have_count(27)
    second.keyboard.type(THIRD_TPS[-3:])
    second.keyboard.press("Enter")
    type_all(second)
    look(second)
    second.keyboard.press("Control+Enter")
    second.wait_for_url(lambda place: THIRD not in place)
    assert rows(world) == []

    decider = enter("sri")
    decider.goto(f"{url}/sheets/next")
    expect(decider.locator('[data-state="blind"]')).to_have_count(1)
    expect(decider.locator('[data-field="suara_sah"] .doubts')).to_contain_text("Pembaca 1: 123")
    decider.keyboard.type("113")
    decider.keyboard.press("Enter")
    look(decider)
    decider.keyboard.press("Control+Enter")
    decider.wait_for_url(lambda place: THIRD not in place)
    (written,) = rows(world)
    assert written["suara_sah"] == "113"


def test_two_browsers_on_one_form_never_overwrite_each_other(enter: Enter, url: str) -> None:
    first, second = enter("rina"), enter("budi")
    first.goto(url + SHEET)
    second.goto(url + SHEET)
    expect(second.locator(".notice.bad")).to_contain_text("sedang dibuka orang lain")
    expect(second.locator(".submit")).to_have_count(0)


def test_handing_on_asks_why(enter: Enter, url: str) -> None:
    tab = enter("rina")
    tab.goto(url + SHEET)
    tab.wait_for_load_state("networkidle")
    tab.keyboard.press("e")
    tab.locator("dialog.handing textarea").fill("tinta luntur")
    tab.get_by_role("button", name="Serahkan", exact=True).click()
    tab.wait_for_url(f"**{OTHER}*")
    tab.goto(f"{url}/queue?state=escalated")
    expect(tab.locator(".card")).to_contain_text(STATION.name)


def test_the_ink_is_enlarged_while_z_is_held(enter: Enter, url: str) -> None:
    tab = enter("rina")
    tab.goto(url + SHEET)
    tab.locator('[data-field="paslon_1"] input').first.click()
    tab.keyboard.down("z")
    expect(tab.locator(".lens")).to_have_class("lens zoomed")
    tab.keyboard.up("z")
    expect(tab.locator(".lens")).to_have_class("lens")


def test_odd_boxes_are_marked_by_keys(enter: Enter, url: str) -> None:
    tab = enter("rina")
    tab.goto(f"{url}/glyphs?digit=6")
    cells = tab.locator("glyph-grid .grid button")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press(" ")
    expect(cells.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(tab.locator(".status")).to_have_text("1 ditandai")
    before = cells.count()
    look(tab)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/glyphs?digit=7")
    tab.goto(f"{url}/glyphs?digit=6")
    expect(cells).to_have_count(before - 1)


def test_corners_are_pointed_at_by_keys(enter: Enter, url: str, world: World) -> None:
    reader = with_reader(world, FakeReader())
    upload = unreadable(world)
    tab = enter("rina")
    tab.goto(f"{url}/uploads/{upload}/keying")
    tab.get_by_role("button", name="Tunjukkan sudut").click()
    corners = tab.locator("corner-mode")
    corners.locator("select").select_option(f"{KWK} 2")
    corners.focus()
    tab.keyboard.press("3")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("Shift+ArrowUp")
    expect(corners.locator(".status")).to_have_text("Sudut 3")
    tab.keyboard.press("r")
    tab.wait_for_url("**/queue")
    (placement,) = reader.seen
    assert placement is not None
    assert placement.corners == ((0.08, 0.08), (0.92, 0.08), (0.918, 0.9), (0.08, 0.92))
    assert (placement.form, placement.page) == (KWK, 2)
