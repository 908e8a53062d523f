"""The comparison in a real browser: an admin imports, a viewer walks down to the ink."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.api.conftest import OTHER_TPS, World, make_world, seeded
from tests.api.test_compare import VOTES, table
from tests.api.test_reviews import body, confirm
from tests.facts import STATION
from tests.review_ui.test_accessible import faults
from tests.review_ui.test_real_desk import Enter, enter, url, world

__all__ = ["enter", "make_world", "seeded", "url", "world"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

THEIRS = {STATION.code: {**VOTES, "paslon_1": 68}, OTHER_TPS: VOTES}


def bring_in(tab: Page, url: str, file: Path, data: bytes) -> None:
    """Import a file as an admin does."""
    file.write_bytes(data)
    tab.goto(f"{url}/compare/gubernur")
    form = tab.locator("form[action$='/imports']")
    if not form.is_visible():
        tab.locator("summary", has_text="Impor hasil resmi").click()
    form.locator("input[type=file]").set_input_files(file)
    form.locator("input[name=source]").fill("data terbuka, 28 November 2024")
    form.locator("button").click()


@pytest.fixture
def verified(world: World) -> World:
    assert confirm(world, "rina", body(world)).status_code == 201
    return world


def test_an_admin_imports_and_a_viewer_walks_to_the_ink(
    enter: Enter, url: str, verified: World, tmp_path: Path
) -> None:
    admin = enter("admin")
    bring_in(admin, url, tmp_path / "salah.csv", table(THEIRS).replace(b"113", b"1.130"))
    expect(admin.get_by_role("alert")).to_contain_text("row 2, column suara_sah: found '1.130'")
    expect(admin.locator("input[name=source]")).to_have_value("data terbuka, 28 November 2024")
    bring_in(admin, url, tmp_path / "hasil.csv", table(THEIRS))
    admin.wait_for_url(f"{url}/compare/gubernur")
    expect(admin.locator("main")).to_contain_text("data terbuka, 28 November 2024")

    tab = enter("amat")
    tab.goto(f"{url}/compare")
    expect(tab.locator("form[action$='/imports']")).to_have_count(0)
    expect(tab.locator(".differences")).to_contain_text("−7")
    expect(tab.locator(".unofficial-inline, footer").first).to_contain_text("Bukan hasil resmi")
    for name in ("KALIMANTAN TIMUR", "MAHAKAM ULU", "LAHAM", "LAHAM"):
        tab.locator("table.children a", has_text=name).first.click()
        expect(tab.locator("h1")).to_contain_text(name)
    expect(tab.locator("table.children")).to_contain_text("Berbeda")
    tab.locator("table.children a", has_text="TPS 001").click()
    tab.wait_for_url(f"**/recap/gubernur/tps/{STATION.code}")
    expect(tab.locator("img.ink").first).to_be_visible()


def test_the_page_follows_a_new_import_by_itself(
    enter: Enter, url: str, verified: World, tmp_path: Path
) -> None:
    admin, tab = enter("admin"), enter("amat")
    bring_in(admin, url, tmp_path / "satu.csv", table(THEIRS))
    admin.wait_for_url(f"{url}/compare/gubernur")
    tab.goto(f"{url}/compare/gubernur?show=differing")
    expect(tab.locator(".differences")).to_contain_text("−7")
    bring_in(admin, url, tmp_path / "dua.csv", table({STATION.code: {**VOTES, "paslon_2": 50}}))
    expect(tab.locator(".differences")).to_contain_text("+2", timeout=15_000)


def test_the_file_of_differences_is_whole(
    enter: Enter, url: str, verified: World, tmp_path: Path
) -> None:
    admin = enter("admin")
    bring_in(admin, url, tmp_path / "hasil.csv", table(THEIRS))
    admin.wait_for_url(f"{url}/compare/gubernur")
    with admin.expect_download() as download:
        admin.locator("a", has_text="Selisih (CSV)").click()
    download.value.save_as(tmp_path / "selisih.csv")
    rows = list(csv.DictReader((tmp_path / "selisih.csv").read_text("utf-8-sig").splitlines()))
    assert {row["kind"] for row in rows} == {"differs", "only_theirs"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(
    enter: Enter, url: str, verified: World, tmp_path: Path, scheme: str
) -> None:
    admin = enter("admin")
    admin.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    admin.goto(f"{url}/compare/gubernur")
    assert faults(admin) == []
    bring_in(admin, url, tmp_path / "hasil.csv", table(THEIRS))
    admin.wait_for_url(f"{url}/compare/gubernur")
    for path in ("", f"/{STATION.code[:10]}", "?show=only_theirs"):
        admin.goto(f"{url}/compare/gubernur{path}")
        assert faults(admin) == [], path


def test_on_a_phone_nothing_lies_outside_the_screen(
    enter: Enter, url: str, verified: World, tmp_path: Path
) -> None:
    admin = enter("admin")
    bring_in(admin, url, tmp_path / "hasil.csv", table(THEIRS))
    admin.wait_for_url(f"{url}/compare/gubernur")
    admin.set_viewport_size({"width": 390, "height": 844})
    for path in ("", "/64", f"/{STATION.code[:10]}"):
        admin.goto(f"{url}/compare/gubernur{path}")
        assert admin.evaluate("document.documentElement.scrollWidth") <= 390, path
