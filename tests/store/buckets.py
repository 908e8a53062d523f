"""An S3-compatible server for tests, and one that refuses or is slow."""

import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from uuid import uuid4

import httpx
import pytest

KEYS = {
    "AWS_ACCESS_KEY_ID": "uji",
    "AWS_SECRET_ACCESS_KEY": "rahasia-uji",
    "AWS_REGION": "us-east-1",
}


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a server that keeps everything in memory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer  # noqa: PLC0415  # its import warns

        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def use_bucket(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> str:
    """The address of a folder in a new bucket, whose keys are put into the environment."""
    name = f"foto-{uuid4().hex[:12]}"
    httpx.put(f"{endpoint}/{name}").raise_for_status()
    for key, value in {**KEYS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(key, value)
    return f"s3://{name}/pilkada"


class Stub(ThreadingHTTPServer):
    """A server that answers nothing but what it is told to, and counts."""

    def __init__(self, mood: Literal["refusing", "denying", "slow"]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mood = mood
        self.asked = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Stub

    def _answer(self) -> None:
        self.server.asked += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.mood == "slow":
            time.sleep(1.5)
        self.send_response({"refusing": 503, "denying": 403, "slow": 200}[self.server.mood])
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _answer  # noqa: N815  # names of the library

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def stub(mood: Literal["refusing", "denying", "slow"]) -> Iterator[Stub]:
    """Such a server, in a thread."""
    server = Stub(mood)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
