"""The review desk in a real browser: from one form to the next, and how many keys that takes.

Two hundred forms, every third with one doubtful box, on the real application and its store.
"""

import hashlib
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from sqlmodel import Session

from digitizer.api.app import create_app
from digitizer.domain.election import Tps
from digitizer.domain.glyph import GlyphScores
from digitizer.installation import open_installation
from digitizer.jobs import settle_photo
from digitizer.settings import Settings
from digitizer.store.account_tables import AccountRow
from digitizer.store.accounts import add_account
from digitizer.store.election_file import read_election_file
from digitizer.store.elections import init_election
from digitizer.store.engine import write_session
from digitizer.store.photos import PhotoStore
from digitizer.store.readings import save_reading
from digitizer.store.receiving import receive
from tests.facts import NOW, PAGE_1, PAGE_2, page_reading, png, unsure
from tests.review_ui.conftest import ARGUMENTS, BROWSERS, INK_ALONE

FORMS: Final = 200
DOUBTFUL_EVERY: Final = 3
PASSWORD: Final = "kata sandi pengukuran"  # noqa: S105
SAMPLES: Final = Path(__file__).resolve().parent.parent / "samples"

LOOK_MS: Final = 600
"""So long somebody looks at a form at least; the next ones are fetched meanwhile."""

WATCH: Final = """
const now = () => performance.timeOrigin + performance.now();
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter") sessionStorage.pressed = now();
}, true);
document.addEventListener("focusin", (event) => {
  const desk = event.target.closest("review-desk");
  if (desk && desk !== window.lastDesk) {
    window.lastDesk = desk;
    sessionStorage.arrived = now();
  }
}, true);
"""
"""Notes when a key submits and when a form has the focus, on whatever page that is."""

ARRIVED: Final = "Number(sessionStorage.arrived) > Number(sessionStorage.pressed)"
TAKEN: Final = "Number(sessionStorage.arrived) - Number(sessionStorage.pressed)"


@dataclass(frozen=True, slots=True)
class DeskSpeed:
    """What was measured.

    Attributes:
        first_ms: from asking for the first form to its focus, nothing cached.
        next_ms: from the key that submits to the focus on the next form, of every form but one.
        clear_keys, doubt_keys: keys pressed for a form that is clear, and with one doubtful box.
    """

    first_ms: float
    next_ms: list[float]
    clear_keys: int
    doubt_keys: int


def measure(forms: int = FORMS) -> DeskSpeed:
    """Confirm every form by keys, as fast as the script can.

    Raises:
        FileNotFoundError: no browser is installed.
    """
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        raise FileNotFoundError("no Chromium is installed")
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), forms) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            return walk(browser, url, forms)
        finally:
            browser.close()


def walk(browser: Browser, url: str, forms: int) -> DeskSpeed:
    """Sign in and confirm one form after the other."""
    # The pages forbid evaluating strings, which is how the script waits.
    tab = browser.new_page(viewport={"width": 1366, "height": 768}, locale="id-ID", bypass_csp=True)
    tab.add_init_script(WATCH)
    tab.goto(url)
    tab.locator("input[name=username]").fill("rina")
    tab.locator("input[name=password]").fill(PASSWORD)
    tab.locator("input[name=password]").press("Enter")
    tab.wait_for_url("**/queue")
    tab.goto(f"{url}/sheets/next")
    tab.wait_for_function("sessionStorage.arrived > 0")
    first = float(tab.evaluate("Number(sessionStorage.arrived) - performance.timeOrigin"))
    keys: dict[bool, int] = {}
    taken = []
    for number in range(forms):
        tab.wait_for_timeout(LOOK_MS)
        doubtful = tab.locator('[data-state="alternatives"]').count() > 0
        keys[doubtful] = confirm(tab, doubtful=doubtful)
        if number + 1 < forms:
            tab.wait_for_function(ARRIVED)
            taken.append(float(tab.evaluate(TAKEN)))
    tab.wait_for_url("**/queue?done=1")
    tab.close()
    return DeskSpeed(first, taken, keys[False], keys[True])


def confirm(tab: Page, *, doubtful: bool) -> int:
    """Press what a person presses; gives how many keys that were."""
    pressed = ["6", "Enter", "Control+Enter"] if doubtful else ["Enter"]
    for key in pressed:
        tab.keyboard.press(key)
    return len(pressed)


@contextmanager
def served(folder: Path, forms: int) -> Iterator[str]:
    """The application on a store with so many forms that wait for a reviewer."""
    data = folder / "data"
    fill(data, forms)
    settings = Settings(data_dir=data, blind_share=0, seeded_share=0)
    app = create_app(settings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        app.state.web.engine.dispose()
        shutil.rmtree(data, ignore_errors=True)


def fill(data: Path, forms: int) -> None:
    """An election of so many TPS, each with both pages of its form, sent from its own phone."""
    installation = open_installation(Settings(data_dir=data))
    file = read_election_file(SAMPLES / "election.toml")
    stations = tuple(
        Tps(f"64110420{n // 100 + 1:02d}{n % 100 + 1:03d}", f"TPS {n % 100 + 1:03d}", "DESA",
            "KECAMATAN", "KABUPATEN", "PROVINSI", 160)
        for n in range(forms)
    )  # fmt: skip
    with write_session(installation.engine) as session:
        init_election(session, replace(file, tps=stations), "system", NOW)
        reviewer = add_account(session, "rina", "reviewer", PASSWORD, now=NOW)
        hashed = session.get_one(AccountRow, reviewer.id).password_hash
        for station in stations:
            # Nobody signs in as these; hashing a password for each would take the longest.
            session.add(
                AccountRow(id=station.code, username=station.code, role="witness", label="",
                           tps=station.code, password_hash=hashed, created_at=NOW)
            )  # fmt: skip
        session.commit()
    for n, station in enumerate(stations):
        boxes = {("paslon_1", 1): unsure("6", "0", 0.93)} if n % DOUBTFUL_EVERY == 0 else {}
        with write_session(installation.engine) as session:
            for page, written in ((1, PAGE_1), (2, PAGE_2)):
                keep(session, installation.photos, station.code, page, written, boxes)
            session.commit()
    installation.engine.dispose()


def keep(
    session: Session,
    photos: PhotoStore,
    code: str,
    page: int,
    written: dict[str, str],
    boxes: dict[tuple[str, int], GlyphScores],
) -> None:
    """One photo from the phone of its TPS, read and settled; sums make no doubtful box surer."""
    data = f"{code} {page}".encode()
    photo = hashlib.sha256(data).hexdigest()
    reading = page_reading(photo, page, written, boxes)
    names = ("public", "page", "header", *(f"crop/{name}" for name in reading.fields))
    blobs = {name: photos.put(png(300, 110, 200 + page)) for name in names}
    receive(
        session, photos, data, account=code, tps=code, contest=None, file_name=f"hal{page}.jpg",
        idempotency_key=None, now=NOW,
    )  # fmt: skip
    save_reading(session, photo, reading, None, blobs, 0.2, NOW)
    settle_photo(session, photo, NOW, INK_ALONE)
