"""A server restored from an older backup lacks what came after it, and the phone says so."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from digitizer.api import phone_view
from digitizer.api.app import create_app
from tests.api.conftest import World, make_world, seeded
from tests.api.test_invites import invited
from tests.review_ui.phones import (
    PAGE_1,
    PAGE_2,
    PHONE,
    WHOLE,
    Cable,
    arrived,
    cabled,
    choose,
    counted,
    open_phone,
    seeing,
    served,
    sha256_of,
    sign_in,
)

__all__ = ["make_world", "seeded"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return seeing(make_world(), WHOLE)


@pytest.fixture
def cable(world: World) -> Iterator[Cable]:
    with cabled(world) as cable:
        yield cable


@pytest.fixture
def phone(browser: Browser, world: World, cable: Cable) -> Iterator[Page]:
    context = browser.new_context(**PHONE)
    sign_in(context, world, cable.url)
    yield open_phone(context, cable.url)
    context.close()


@dataclass(frozen=True)
class Backup:
    """The server as it was before anything was sent, on a port of its own."""

    world: World
    port: int


@pytest.fixture
def backup(world: World, phone: Page, tmp_path: Path) -> Iterator[Backup]:
    folder = shutil.copytree(world.settings.data_dir, tmp_path / "older")
    settings = world.settings.model_copy(update={"data_dir": folder})
    older = seeing(World(create_app(settings), settings), WHOLE)
    with served(older) as port:
        yield Backup(older, port)


def restore(phone: Page, cable: Cable, backup: Backup) -> None:
    """Let the address of the server lead to the backup."""
    cable.cut()
    cable.target = backup.port
    cable.mend()
    phone.reload()


def test_what_a_restored_server_lacks_is_told_and_chosen_again(
    phone: Page, cable: Cable, backup: Backup
) -> None:
    choose(phone, PAGE_1, PAGE_2)
    counted(phone, "sent", 2)
    restore(phone, cable, backup)
    lost = phone.locator(".lost .shot")
    expect(lost).to_have_count(2)
    expect(lost.first).to_contain_text("tidak ada lagi di server")
    expect(phone.locator(".say")).to_contain_text("2 foto tidak ada lagi di server")
    counted(phone, "sent", 0)
    counted(phone, "here", 0)
    choose(phone, PAGE_2)
    counted(phone, "sent", 1)
    expect(lost).to_have_count(1)
    with phone.expect_file_chooser() as asked:
        lost.get_by_role("button", name="Pilih lagi").tap()
    asked.value.set_files(PAGE_1)
    counted(phone, "sent", 2)
    expect(phone.locator(".lost")).to_be_hidden()
    expect(phone.locator(".say")).to_contain_text("Semua foto sudah aman")
    there = {item.photo for item in arrived(backup.world)}
    assert there == {sha256_of(PAGE_1), sha256_of(PAGE_2)}


def test_a_new_invitation_to_the_tps_tells_it_too(
    phone: Page, cable: Cable, backup: Backup
) -> None:
    choose(phone, PAGE_2)
    counted(phone, "sent", 1)
    # A backup has no sessions: nobody is signed in any more, and this account has no password.
    phone.context.clear_cookies()
    restore(phone, cable, backup)
    phone.goto(cable.url + invited(backup.world))
    phone.get_by_role("button", name="Ikat ponsel ini").tap()
    expect(phone.locator(".lost .shot")).to_have_count(1)
    choose(phone, PAGE_2)
    counted(phone, "sent", 1)
    expect(phone.locator(".lost")).to_be_hidden()


def test_what_nobody_has_any_more_may_be_taken_off_the_list(
    phone: Page, cable: Cable, backup: Backup
) -> None:
    choose(phone, PAGE_2)
    counted(phone, "sent", 1)
    restore(phone, cable, backup)
    phone.locator(".lost").get_by_role("button", name="Hapus dari daftar").tap()
    phone.get_by_role("button", name="Simpan").tap()
    expect(phone.locator(".lost .shot")).to_have_count(1)
    phone.locator(".lost").get_by_role("button", name="Hapus dari daftar").tap()
    phone.get_by_role("button", name="Ya, hapus").tap()
    expect(phone.locator(".lost")).to_be_hidden()


def test_what_the_list_has_no_room_for_is_not_lost(
    phone: Page, cable: Cable, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_view, "SHOWN", 1)
    choose(phone, PAGE_1, PAGE_2)
    counted(phone, "sent", 2)
    phone.reload()
    expect(phone.locator(".there .shot")).to_have_count(1)
    counted(phone, "sent", 2)
    phone.wait_for_load_state("networkidle")
    expect(phone.locator(".say")).to_contain_text("Semua foto sudah aman")
    expect(phone.locator(".lost")).to_be_hidden()
    restore(phone, cable, backup)
    expect(phone.locator(".lost .shot")).to_have_count(2)
