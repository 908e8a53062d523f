"""An S3 store (moto's server), and a bad line to it."""

import http.client
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal

from tests.chaos.processes import wait_until

BUCKET: Final = "foto"
Trouble = Literal["none", "refuse", "hang up", "forbid", "slow", "half"]


class Bucket:
    """A bucket in a server of its own.

    Attributes:
        trouble: what happens to each request: 503, a closed connection, 403, an answer after
            `pause_s`, or half an answer.
    """

    def __init__(self) -> None:
        self.trouble: Trouble = "none"
        self.pause_s = 1.0
        self.asked = 0
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._server = subprocess.Popen(
            (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until("moto listens", lambda: listens(port))
        self._target = ("127.0.0.1", port)
        line = http.client.HTTPConnection(*self._target)
        line.request("PUT", f"/{BUCKET}")
        assert line.getresponse().status == 200
        line.close()
        self._line = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._line.daemon_threads = True
        threading.Thread(target=self._line.serve_forever, daemon=True).start()

    @property
    def line(self) -> str:
        """The address by which trouble is met."""
        return f"http://127.0.0.1:{self._line.server_port}"

    def environment(self, url: str) -> dict[str, str]:
        """What an S3 client must know."""
        return {
            "AWS_ENDPOINT_URL": url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "percobaan",
            "AWS_SECRET_ACCESS_KEY": "percobaan",
        }

    def close(self) -> None:
        """Stop both servers."""
        self._line.shutdown()
        self._line.server_close()
        self._server.kill()
        self._server.wait()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        bucket = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                bucket.asked += 1
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                match bucket.trouble:
                    case "hang up":
                        self.close_connection = True
                        return
                    case "refuse":
                        self._send(503, [("Content-Type", "application/xml")], SLOW_DOWN)
                        return
                    case "forbid":
                        self._send(403, [("Content-Type", "application/xml")], FORBIDDEN)
                        return
                    case "slow":
                        time.sleep(bucket.pause_s)
                self._forward(body)

            do_PUT = do_HEAD = do_DELETE = do_POST = do_GET  # noqa: N815  # as the library asks

            def _forward(self, body: bytes) -> None:
                line = http.client.HTTPConnection(*bucket._target)
                line.request(self.command, self.path, body, dict(self.headers))
                answer = line.getresponse()
                data = answer.read()
                kept = [
                    (name, value) for name, value in answer.getheaders()
                    if name.lower() not in ("connection", "transfer-encoding", "content-length")
                ]  # fmt: skip
                size = answer.getheader("Content-Length") if self.command == "HEAD" else None
                line.close()
                self._send(answer.status, kept, data, size)

            def _send(
                self,
                status: int,
                headers: list[tuple[str, str]],
                body: bytes,
                size: str | None = None,
            ) -> None:
                named = [*headers, ("Content-Length", size or str(len(body)))]
                head = f"HTTP/1.1 {status} -\r\n" + "".join(f"{n}: {v}\r\n" for n, v in named)
                whole = head.encode() + b"\r\n" + (b"" if self.command == "HEAD" else body)
                if bucket.trouble == "half":
                    # Half of the body where there is one, else half of the head; then the end.
                    cut = len(whole) - len(body) // 2 if body else len(head) // 2
                    whole, self.close_connection = whole[:cut], True
                self.wfile.write(whole)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler


SLOW_DOWN: Final = (
    b"<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>"
)
FORBIDDEN: Final = (
    b"<Error><Code>SignatureDoesNotMatch</Code><Message>Check your key and signing method."
    b"</Message></Error>"
)


def free_port() -> int:
    """A TCP port that nobody has."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody takes connections on it."""
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
