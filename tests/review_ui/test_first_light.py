"""The straight line: a photo goes in, a person confirms it by keys, a verified tally comes out."""

import csv
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from digitizer.installation import open_installation
from digitizer.settings import Settings
from digitizer.store.accounts import add_account
from digitizer.store.elections import init_election, read_election_file
from digitizer.store.engine import write_session
from tests.conftest import ROOT
from tests.facts import KWK, NOW
from tests.review_ui.conftest import look

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAMPLE = ROOT / "samples/photos/6411032001001-hal2.jpg"
TPS = "6411032001001"
READ, TYPED = "52", "57"
"""What the sample says for paslon 1, and what the person of this test types instead."""
PASSWORD = "kata sandi percobaan"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The real server with its worker, as its user starts it."""
    data = tmp_path / "data"
    installation = open_installation(Settings(data_dir=data))
    with write_session(installation.engine) as session:
        init_election(session, read_election_file(ROOT / "samples/election.toml"), "system", NOW)
        add_account(session, "saksi", "witness", PASSWORD, now=NOW)
        for name in ("rina", "budi"):
            add_account(session, name, "reviewer", PASSWORD, now=NOW)
        session.commit()
    installation.engine.dispose()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    child = subprocess.Popen(
        [sys.executable, "-m", "digitizer", "serve", "--port", str(port)],
        env={
            **os.environ,
            "DIGITIZER_DATA_DIR": str(data),
            "DIGITIZER_BLIND_SHARE": "0",
            "DIGITIZER_SEEDED_SHARE": "0",
        },
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, child)
        yield url
    finally:
        child.terminate()
        child.wait(timeout=60)


def wait_until_ready(url: str, child: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert child.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(f"{url}/readyz") as answer:  # noqa: S310
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not answer within a minute")


def sign_in(tab: Page, url: str, name: str) -> None:
    tab.goto(url)
    tab.locator("input[name=username]").fill(name)
    tab.locator("input[name=password]").fill(PASSWORD)
    tab.locator("input[name=password]").press("Enter")
    tab.wait_for_url(lambda place: "/login" not in place)


def test_from_photo_to_verified_csv(
    browser: Browser, tab: Page, server: str, tmp_path: Path
) -> None:
    witness = browser.new_context(locale="id-ID").new_page()
    sign_in(witness, server, "saksi")
    witness.goto(f"{server}/upload")
    witness.set_input_files("input[type=file]", SAMPLE)
    witness.get_by_role("button", name="Unggah").click()
    receipt = witness.locator(".upload-row.good")
    expect(receipt).to_contain_text("SHA-256")

    sign_in(tab, server, "rina")
    expect(tab.locator("section.queue", has_text=TPS[-3:])).to_be_visible()
    link = tab.locator(f'a[href="/sheets/gubernur/{TPS}/{KWK}"]')
    link.wait_for(timeout=90_000)
    tab.goto(f"{server}/recap/gubernur")
    expect(tab.locator(".big")).to_have_text("0 / 16")

    tab.goto(f"{server}/sheets/next")
    # A witness who may send for any TPS sent it: its number is read from the head of the form.
    tab.keyboard.type(TPS[-3:])
    tab.keyboard.press("Enter")
    value = tab.locator('[data-field="paslon_1"] output')
    expect(value).to_have_text(READ)
    confirm_by_keys(tab)
    tab.wait_for_url("**/queue?done=1")

    # The paper is said to be wrong: another person must say so too, without seeing what rina typed.
    tab.goto(f"{server}/recap/gubernur")
    expect(tab.locator(".big")).to_have_text("0 / 16")
    second = browser.new_context(locale="id-ID").new_page()
    sign_in(second, server, "budi")
    second.goto(f"{server}/sheets/next")
    # Shares of the page are numbers too, and addresses hold any digits.
    assert not re.search(rf"(?<![\d.a-f]){TYPED}(?![\da-f])", second.content())
    read_unseen(second)
    second.wait_for_url("**/queue?done=1")
    second.context.close()

    tab.goto(f"{server}/recap/gubernur")
    expect(tab.locator(".big")).to_have_text("1 / 16")
    expect(tab.locator(".vote").first).to_contain_text(TYPED)
    with tab.expect_download() as download:
        tab.get_by_role("link", name="CSV").click()
    file = tmp_path / "tallies.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert row["paslon_1"] == TYPED
    assert READ not in row.values()

    tab.goto(f"{server}/recap/gubernur/tps/{TPS}")
    proof = tab.locator("tr", has_text="Paslon 1")
    expect(proof).to_contain_text(f"X{READ}")
    expect(proof).to_contain_text(f"X{TYPED}")
    expect(proof.locator("img")).not_to_have_js_property("naturalWidth", 0)
    witness.context.close()


def read_unseen(tab: Page) -> None:
    """Type every number from the ink, one after the other, say that the sum is wrong, submit."""
    for item in json.loads((ROOT / "samples/expected.json").read_text("utf-8")):
        if item["file"].endswith(SAMPLE.name):
            written = {name: field["as_written"] for name, field in item["fields"].items()}
    tab.keyboard.type(TPS[-3:])
    tab.keyboard.press("Enter")
    for glyphs in (written | {"paslon_1": f"X{TYPED}"}).values():
        tab.keyboard.type(glyphs.lower())
        tab.keyboard.press("Enter")
    tab.keyboard.press("s")
    look(tab)
    tab.keyboard.press("Control+Enter")


def confirm_by_keys(tab: Page) -> None:
    """Go up to paslon 1, correct its last digit, say that the paper's own sum is wrong, submit."""
    tab.keyboard.press("ArrowUp")
    for _ in range(40):
        at = tab.evaluate("document.activeElement.closest('[data-field]')?.dataset.field ?? ''")
        if at == "paslon_1":
            break
        tab.keyboard.press("ArrowUp")
    tab.keyboard.type(f"x{TYPED}")
    tab.keyboard.press("Enter")
    tab.keyboard.press("s")
    look(tab)
    tab.keyboard.press("Control+Enter")
