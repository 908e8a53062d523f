"""A witness's phone in a real browser, and the cable between it and the real application."""

import hashlib
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import uvicorn
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from digitizer.domain.advice import Advice, Inspection
from digitizer.store.engine import read_session
from digitizer.store.uploads import Upload, uploads_of
from tests.api.conftest import World
from tests.api.test_preview import SEEN, with_lookout
from tests.conftest import ROOT, require_tool
from tests.facts import KWK
from tests.review_ui.conftest import ARGUMENTS, BROWSERS

PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "id-ID",
}
SAMPLES: Final = ROOT / "samples/photos"
PAGE_1: Final = SAMPLES / "6411032001001-hal1.jpg"
PAGE_2: Final = SAMPLES / "6411032001001-hal2.jpg"
WHO: Final = "saksi-tps"
YEAR_S: Final = 365 * 24 * 3600
WHOLE: Final = replace(SEEN, missing=(), advice=Advice("ready", {"form": KWK, "page": 2}))
"""A page against which nothing speaks; of `SEEN` a corner is missing."""

expect.set_options(timeout=20_000)


@contextmanager
def served(world: World) -> Iterator[int]:
    """The application on a port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    config = uvicorn.Config(world.app, port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield port
    server.should_exit = True
    thread.join(timeout=10)


@dataclass
class Cable:
    """Passes bytes on between phone and server, until it is cut.

    Attributes:
        whole: whether anything passes; a cut one drops what it carries and takes nothing new.
        cut_after: bytes towards the server after which it cuts itself, once.
    """

    target: int
    whole: bool = True
    cut_after: int | None = None
    sent: int = 0
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    pairs: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if not self.whole:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:  # nobody serves there any more
                near.close()
                continue
            self.pairs.append((near, far))
            threading.Thread(target=self.carry, args=(near, far), daemon=True).start()

    def carry(self, near: socket.socket, far: socket.socket) -> None:
        choice = selectors.DefaultSelector()
        choice.register(near, selectors.EVENT_READ, far)
        choice.register(far, selectors.EVENT_READ, near)
        with suppress(OSError, ValueError):
            # A socket that another thread closed is never told of again: so it is looked after.
            while near.fileno() >= 0 and far.fileno() >= 0:
                for key, _ in choice.select(1.0):
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    data = source.recv(16384)
                    if not data:
                        return self.hang_up(near, far)
                    if source is near:
                        self.sent += len(data)
                    key.data.sendall(data)
                    if self.cut_after is not None and self.sent >= self.cut_after:
                        self.cut_after = None
                        self.cut()
                        return None
        return self.hang_up(near, far)

    def cut(self) -> None:
        self.whole = False
        for pair in self.pairs:
            self.hang_up(*pair)
        self.pairs.clear()

    @staticmethod
    def hang_up(*ends: socket.socket) -> None:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def mend(self) -> None:
        self.sent = 0
        self.whole = True


@contextmanager
def cabled(world: World) -> Iterator[Cable]:
    with served(world) as port:
        cable = Cable(port)
        thread = threading.Thread(target=cable.run, daemon=True)
        thread.start()
        yield cable
        cable.cut()
        cable.listener.shutdown(socket.SHUT_RDWR)
        cable.listener.close()
        thread.join(timeout=10)


def sign_in(context: BrowserContext, world: World, url: str, who: str = WHO) -> None:
    """Sign this phone in, for as long as an invitation would."""
    cookie = world.client(who).cookies["session"]
    expires = time.time() + YEAR_S
    context.add_cookies([{"name": "session", "value": cookie, "url": url, "expires": expires}])


def open_phone(context: BrowserContext, url: str) -> Page:
    tab = context.new_page()
    tab.set_default_timeout(20_000)
    tab.goto(f"{url}/phone")
    expect(tab.locator(".standing")).to_be_visible()
    return tab


def restarted(browser: Browser, folder: Path) -> BrowserContext:
    """A browser that keeps what it stores in a folder, as a phone does."""
    return browser.browser_type.launch_persistent_context(
        folder, executable_path=require_tool(*BROWSERS), args=ARGUMENTS, **PHONE
    )


def wait_for_worker(tab: Page) -> None:
    tab.evaluate(
        """async () => {
          await navigator.serviceWorker.ready;
          while (!navigator.serviceWorker.controller) await new Promise((go) => setTimeout(go, 50));
        }"""
    )


def choose(tab: Page, *files: Path) -> None:
    tab.set_input_files(".gallery input", list(files))


def counted(tab: Page, name: str, number: int, *, within_s: float = 20) -> None:
    """Wait until the page's standing says so many `here`, `sent` or `read`."""
    row = tab.locator(f"[data-count={name}] dd")
    expect(row).to_have_text(str(number), timeout=1000 * within_s)


def slow_down(tab: Page, kilobytes_a_second: float = 30) -> CDPSession:
    """A network like 2G: 300 ms until an answer begins. It lasts as long as what is returned."""
    session = tab.context.new_cdp_session(tab)
    speed = 1000 * kilobytes_a_second
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 300, "downloadThroughput": speed, "uploadThroughput": speed},
    )
    return session


def arrived(world: World, who: str = WHO) -> tuple[Upload, ...]:
    with read_session(world.app.state.web.engine) as session:
        return uploads_of(session, world.account_id(who))


def seeing(world: World, inspection: Inspection | None) -> World:
    """Let the server see this in every small picture, at once and on a busy machine too."""
    with_lookout(world, lambda *_: inspection)
    return world


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def spoiled(path: Path, target: Path, *, light: float = 1.0, blur: float = 0.0) -> Path:
    """A photo made darker or blurred."""
    picture = cv2.imread(str(path))
    assert picture is not None
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    dark = np.asarray(picture * light, np.uint8)
    cv2.imwrite(str(target), dark)
    return target
