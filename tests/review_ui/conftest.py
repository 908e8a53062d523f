"""A real Chromium, and the review screen served without a store behind it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

from digitizer.domain.glyph import GlyphScores
from digitizer.domain.policy import Policy
from digitizer.domain.posterior import PaperModel
from digitizer.forms import load_form
from review_ui import STATIC
from tests.conftest import require_tool
from tests.facts import CONTEST, KWK, NOW, PAGE_1, PAGE_2, STATION, page_reading, png
from tests.review_ui.drawing import draw_sheet

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"
]  # fmt: skip

PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one module.

    While one is open its event loop counts as running in this thread, and no worker can be started
    in it, as other modules do.
    """
    path = require_tool(*BROWSERS)
    with sync_playwright() as playwright:
        browser = launched(playwright, path)
        yield browser
        browser.close()


def launched(playwright: Playwright, path: Path) -> Browser:
    """A browser; on a machine that is out of breath a first one may not come up in time."""
    chromium = playwright.chromium
    try:
        return chromium.launch(executable_path=path, args=ARGUMENTS, timeout=PATIENCE_MS)
    except TookTooLong:
        return chromium.launch(executable_path=path, args=ARGUMENTS, timeout=2 * PATIENCE_MS)


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A page of 1366 x 768 on which any error of a script fails the test."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="id-ID")
    page = context.new_page()
    page.set_default_timeout(10_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda message: (
            faults.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    yield page
    context.close()
    assert faults == []


def look(tab: Page) -> None:
    """Let a form be on the screen for as long as it takes before it can be confirmed."""
    tab.wait_for_timeout(600)


INK_ALONE = Policy(paper=PaperModel(slip=1.0, chance=1.0))
"""Sums make no number surer, so that one doubtful box is one doubtful number."""


@dataclass
class DeskServer:
    """The review screen of one form; keeps what was posted and answers as told."""

    url: str
    pages: dict[str, str] = field(default_factory=dict)
    posted: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    status: int = 201
    answer: dict[str, Any] = field(default_factory=lambda: {"next": "/done"})

    def show(
        self,
        page_1: dict[str, str] | None = None,
        page_2: dict[str, str] | None = None,
        boxes: dict[tuple[str, int], GlyphScores] | None = None,
        lang: str = "id",
        policy: Policy = INK_ALONE,
    ) -> str:
        """Serve a form written so, and return its address."""
        form = load_form(KWK)
        readings = [
            page_reading("a" * 64, 1, {**PAGE_1, **(page_1 or {})}, boxes),
            page_reading("b" * 64, 2, {**PAGE_2, **(page_2 or {})}, boxes),
        ]
        self.pages["/sheet"] = draw_sheet(
            form, CONTEST, STATION, readings=readings, now=NOW, policy=policy, lang=lang
        )
        return f"{self.url}/sheet"


@pytest.fixture
def desk() -> Iterator[DeskServer]:
    state: DeskServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/static/"):
                path = STATIC / self.path.removeprefix("/static/")
                kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
                self._send(200, kind[path.suffix[1:]], path.read_bytes())
            elif self.path.startswith("/pictures/"):
                self._send(200, "image/png", png(300, 110))
            elif self.path.startswith("/sheets/upcoming"):
                self._send(200, "application/json", json.dumps({"urls": state.ahead}).encode())
            else:
                page = state.pages.get(self.path.partition("?")[0], "<title>done</title>")
                self._send(200, "text/html; charset=utf-8", page.encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.asked.append(self.path)
            if self.path.rpartition("/")[2] in ("lease", "leave", "withdrawal"):
                self._send(200, "application/json", b"{}")
                return
            state.posted.append(json.loads(body))
            self._send(state.status, "application/json", json.dumps(state.answer).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", "default-src 'self'")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state = DeskServer(f"http://127.0.0.1:{server.server_port}")
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def browser_without_scripts(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False, locale="id-ID")
    yield context.new_page()
    context.close()
