"""The form designer: from a blank to the first photo that is read, by mouse and by keyboard."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from digitizer.forms import form_file, know_forms, load_form, load_forms
from digitizer.forms.render import render_pdf
from digitizer.store.engine import read_session, write_session
from digitizer.store.form_drafts import begin_draft, draft
from tests.api.conftest import World, make_world, seeded, world
from tests.facts import KWK, NOW, png
from tests.review_ui.test_accessible import faults
from tests.review_ui.test_real_desk import Enter, enter, url
from tests.story import OWN, own_form
from tests.synth import MadePhoto, made_photo

__all__ = ["enter", "make_world", "seeded", "url", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_ACTIONS = 40
LEARN_MS = 300_000
BOX = ".sheet rect.box"


class Hand:
    """A person who counts what they do."""

    def __init__(self, tab: Page, url: str) -> None:
        self.tab, self.url, self.actions = tab, url, 0

    def open_forms(self) -> None:
        self.click(self.tab.get_by_role("link", name="Formulir"))

    def click(self, what: Locator) -> None:
        self.actions += 1
        what.click()

    def fill(self, name: str, value: str) -> None:
        self.actions += 1
        self.tab.locator(f"[name={name}]").fill(value)

    def choose(self, selector: str, *files: Path) -> None:
        self.actions += 1
        self.tab.locator(selector).set_input_files(list(files))

    def begin(self, blank: Path, title: str) -> None:
        """From the page of forms to a draft of this blank."""
        self.choose("input[name=files]", blank)
        self.fill("title", title)
        self.fill("year", "2029")
        self.click(self.tab.get_by_role("button", name="Mulai merancang"))
        self.tab.wait_for_url("**/forms/drafts/*", timeout=LEARN_MS)

    def try_photo(self, photo: Path) -> dict[str, str]:
        """What a photo says, by number."""
        self.choose(".try input", photo)
        expect(self.tab.locator(".try .status.good")).to_be_visible(timeout=LEARN_MS)
        rows = self.tab.locator(".tried li")
        return {
            str(row.get_attribute("data-field")): row.locator("output").inner_text()
            for row in rows.all()
        }

    def save(self) -> None:
        self.click(self.tab.get_by_role("button", name="Simpan dan berlakukan"))
        self.tab.wait_for_url("**/forms?saved=*")


def kept_photo(tmp_path: Path, made: MadePhoto) -> Path:
    photo = tmp_path / "foto.jpg"
    photo.write_bytes(made.shot.jpeg)
    return photo


def written(made: MadePhoto) -> dict[str, str]:
    return {name: entry.as_written for name, entry in made.entries.items()}


def test_from_the_blank_of_the_salinan_to_a_photo_that_is_read(
    enter: Enter, url: str, dev_data: Path, tmp_path: Path
) -> None:
    hand = Hand(enter("admin"), url)
    hand.open_forms()
    hand.begin(dev_data / "forms/c-hasil-salinan-ppwp-2024.pdf", "C.HASIL SALINAN 2029")
    made = made_photo("c-hasil-salinan-ppwp-2024", 1, "easy", 29)
    assert hand.try_photo(kept_photo(tmp_path, made)) == written(made)
    hand.save()
    assert hand.actions <= MOST_ACTIONS
    assert hand.actions == 7
    assert load_form("c-hasil-salinan-2029").number == 1


def test_from_a_blank_of_our_own_to_a_photo_that_is_read(
    enter: Enter, url: str, tmp_path: Path
) -> None:
    blank = tmp_path / "blank.pdf"
    know_forms({OWN: own_form()})
    blank.write_bytes(render_pdf(load_form(OWN)))
    made = made_photo(OWN, 2, "easy", 31)
    know_forms({})
    hand = Hand(enter("admin"), url)
    hand.open_forms()
    hand.begin(blank, "C.HASIL Pilkada 2029")
    assert hand.try_photo(kept_photo(tmp_path, made)) == written(made)
    hand.save()
    assert "c-hasil-pilkada-2029" in {form.id for form in load_forms()}


@pytest.fixture
def drawn_up(world: World) -> str:
    """A draft of the shipped reference layout under a name of its own; gives its id."""
    body = tomllib.loads(own_form(form="c-hasil-desa"))
    with write_session(world.app.state.web.engine) as session:
        name = begin_draft(session, body, (png(420, 600), png(420, 600)), "admin", NOW)
        session.commit()
    return name


@pytest.fixture
def tab(enter: Enter, url: str, drawn_up: str) -> Page:
    tab = enter("admin")
    tab.goto(f"{url}/forms/drafts/{drawn_up}")
    expect(tab.locator(BOX).first).to_be_visible()
    return tab


def body_of(world: World, name: str, tab: Page) -> dict[str, Any]:
    expect(tab.locator(".kept.good")).to_be_visible()
    with read_session(world.app.state.web.engine) as session:
        return dict(draft(session, name).body)


def numbers(body: dict[str, Any], page: int = 0) -> dict[str, Any]:
    return {field["id"]: field for field in body["page"][page]["field"]}


def select(tab: Page, name: str) -> None:
    """Take a number in hand by its line in the list."""
    tab.locator(".fields button", has=tab.get_by_text(name, exact=True)).click()


def test_a_number_is_moved_by_keys_and_by_mouse_and_every_step_undone(
    tab: Page, world: World, drawn_up: str
) -> None:
    before = numbers(tomllib.loads(form_file(KWK)))["pemilih_dpt_l"]["digit_boxes"]
    select(tab, "pemilih_dpt_l")
    tab.locator(".board").focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Shift+ArrowDown")
    moved = numbers(body_of(world, drawn_up, tab))["pemilih_dpt_l"]["digit_boxes"]
    assert moved == [[round(x + 0.5, 2), y + 5, w, h] for x, y, w, h in before]
    tab.keyboard.press("Control+z")
    tab.keyboard.press("Control+z")
    expect(tab.locator(".kept.good")).to_be_visible()
    box = tab.locator(".sheet .selected").first.bounding_box()
    assert box is not None
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 3 * box["width"], box["y"] + 3 * box["height"], steps=4)
    tab.mouse.up()
    dragged = numbers(body_of(world, drawn_up, tab))["pemilih_dpt_l"]["digit_boxes"]
    shifts = {
        (round(a[0] - b[0], 1), round(a[1] - b[1], 1)) for a, b in zip(dragged, before, strict=True)
    }
    assert len(shifts) == 1
    assert min(shifts.pop()) > 5
    tab.keyboard.press("Control+z")
    assert numbers(body_of(world, drawn_up, tab))["pemilih_dpt_l"]["digit_boxes"] == before
    tab.keyboard.press("Control+y")
    assert numbers(body_of(world, drawn_up, tab))["pemilih_dpt_l"]["digit_boxes"] == dragged


def test_boxes_are_added_joined_named_and_put_into_a_rule_without_a_mouse(
    tab: Page, world: World, drawn_up: str
) -> None:
    select(tab, "disabilitas_j")
    tab.locator(".board").focus()
    for key in ("b", "Enter", "Enter", "Escape"):
        tab.keyboard.press(key)
    made = numbers(body_of(world, drawn_up, tab))
    assert [len(made[name]["digit_boxes"]) for name in ("angka_1", "angka_2")] == [1, 1]
    # Both with the pointer's key held, then joined into one number.
    boxes = tab.locator(BOX)
    for at in (-2, -1):
        boxes.nth(boxes.count() + at).click(modifiers=["Shift"], force=True)
    tab.locator(".board").focus()
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    expect(tab.locator(".field-form [name=id]")).to_be_focused()
    tab.keyboard.press("Control+a")
    tab.keyboard.type("pemilih_tambahan")
    tab.keyboard.press("Enter")
    body = body_of(world, drawn_up, tab)
    assert len(numbers(body)["pemilih_tambahan"]["digit_boxes"]) == 2
    assert "angka_2" not in numbers(body)
    tab.locator(".pick").click()
    for name in ("pemilih_dpt_l", "pemilih_dpt_p"):
        select(tab, name)
    tab.locator("[name=right]").select_option("pemilih_tambahan")
    tab.locator(".add-rule").click()
    assert body_of(world, drawn_up, tab)["rule"][-1] == {
        "id": "pemilih-tambahan", "sum": ["pemilih_dpt_l", "pemilih_dpt_p"],
        "equals": "pemilih_tambahan",
    }  # fmt: skip
    # Its name goes with it.
    select(tab, "pemilih_tambahan")
    tab.locator(".field-form [name=id]").fill("pemilih_lain")
    tab.locator(".field-form [name=id]").press("Enter")
    assert body_of(world, drawn_up, tab)["rule"][-1]["equals"] == "pemilih_lain"


def test_what_is_wrong_is_told_at_once_and_leads_there(
    tab: Page, world: World, drawn_up: str
) -> None:
    save = tab.get_by_role("button", name="Simpan dan berlakukan")
    expect(save).to_be_enabled()
    tab.locator(".pages button").nth(1).click()
    select(tab, "paslon_1")
    tab.locator(".field-form [name=id]").fill("paslon_2")
    tab.locator(".field-form [name=id]").press("Enter")
    fault = tab.locator(".faults button").first
    expect(fault).to_contain_text("paslon_2")
    expect(save).to_be_disabled()
    tab.locator(".pages button").nth(0).click()
    fault.click()
    expect(tab.locator(".fields button[aria-pressed=true]")).to_contain_text("paslon_2")
    tab.locator(".board").focus()
    tab.keyboard.press("Control+z")
    expect(tab.locator(".faults button")).to_have_count(0)
    expect(save).to_be_enabled()


def test_without_a_network_nothing_is_lost(tab: Page, world: World, drawn_up: str) -> None:
    def away(route: Route) -> None:
        route.abort() if route.request.method == "PUT" else route.continue_()

    tab.route("**/forms/drafts/*", away)
    tab.locator(".form-facts [name=title]").fill("C.HASIL Desa")
    tab.locator(".form-facts [name=title]").press("Enter")
    expect(tab.locator(".kept.bad")).to_contain_text("Belum tersimpan")
    tab.unroute("**/forms/drafts/*")
    expect(tab.locator(".kept.good")).to_be_visible(timeout=15_000)
    assert body_of(world, drawn_up, tab)["title"] == "C.HASIL Desa"


def test_of_two_windows_the_later_is_told(
    tab: Page, enter: Enter, url: str, world: World, drawn_up: str
) -> None:
    other = enter("admin")
    other.goto(f"{url}/forms/drafts/{drawn_up}")
    for window, title in ((tab, "Satu"), (other, "Dua")):
        window.locator(".form-facts [name=title]").fill(title)
        window.locator(".form-facts [name=title]").press("Enter")
        expect(window.locator(".kept.good, .kept.bad")).to_be_visible()
    expect(other.locator(".kept.bad")).to_contain_text("diubah di tempat lain")
    assert body_of(world, drawn_up, tab)["title"] == "Satu"


def test_a_saved_change_is_a_small_difference(tab: Page, world: World, drawn_up: str) -> None:
    with read_session(world.app.state.web.engine) as session:
        assert draft(session, drawn_up).revision == 1
    tab.get_by_role("button", name="Simpan dan berlakukan").click()
    tab.wait_for_url("**/forms?saved=c-hasil-desa*")
    first = form_file("c-hasil-desa").splitlines()
    tab.locator("tr", has_text="c-hasil-desa").get_by_role("button", name="Ubah").click()
    tab.wait_for_url("**/forms/drafts/*")
    select(tab, "pemilih_dpt_l")
    tab.locator(".board").focus()
    tab.keyboard.press("ArrowUp")
    expect(tab.locator(".kept.good")).to_be_visible()
    tab.get_by_role("button", name="Simpan dan berlakukan").click()
    tab.wait_for_url("**/forms?saved=c-hasil-desa*")
    second = form_file("c-hasil-desa").splitlines()
    changed = [line for line in second if line not in first]
    assert len(first) == len(second)
    assert changed[0] == "version = 2"
    assert [line.partition(" ")[0] for line in changed] == ["version", "digit_boxes"]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (360, 740)])
def test_no_page_has_a_serious_fault_or_scrolls_sideways(
    tab: Page, url: str, width: int, height: int
) -> None:
    tab.set_viewport_size({"width": width, "height": height})
    select(tab, "pemilih_dpt_l")
    for path in (tab.url, f"{url}/forms"):
        if tab.url != path:
            tab.goto(path)
        assert faults(tab) == [], path
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, path
