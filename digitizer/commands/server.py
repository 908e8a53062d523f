"""`digitizer serve` and `digitizer work`: the web application and its worker."""

import errno
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from typing import Annotated, Final

import typer
import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from digitizer.api.app import create_app
from digitizer.errors import SettingsError
from digitizer.installation import open_installation
from digitizer.jobs import run_worker, worker_process
from digitizer.logs import set_up
from digitizer.metrics import counted_together
from digitizer.settings import Settings, read_settings

_log: Final = logging.getLogger(__name__)

NOT_STARTED: Final = 3
"""How a server ends that never served; the number is uvicorn's."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address; DIGITIZER_HOST by default.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; DIGITIZER_PORT by default.", min=1, max=65535)
    ] = None,
    worker: Annotated[
        bool, typer.Option(help="Run the worker as a child process beside the web.")
    ] = True,
    processes: Annotated[
        int, typer.Option(help="Processes that serve; several pay with PostgreSQL.", min=1)
    ] = 1,
) -> None:
    """Serve the web application; photos are read by a worker in a process of its own."""
    given = {"host": host, "port": port}
    changed = {name: value for name, value in given.items() if value is not None}
    settings = read_settings().model_copy(update=changed)
    if processes == 1:
        run_server(settings, worker=worker)
        return
    set_up(settings.log_level)
    # Each makes its application itself, from the environment: nothing open is shared.
    os.environ.update({f"DIGITIZER_{name.upper()}": str(value) for name, value in changed.items()})
    with bound(settings.host, settings.port) as sockets:
        # What is wrong is said here once: each process that cannot start is only started again.
        open_installation(settings).engine.dispose()
        config = uvicorn.Config(
            "digitizer.commands.server:application",
            factory=True,
            workers=processes,
            log_config=None,
            access_log=False,
        )
        with worker_process(settings) if worker else nullcontext(), counted_together():
            for opened in sockets:
                opened.listen(config.backlog)
            _say_listening(settings)
            Multiprocess(config, sockets).run()


def application() -> FastAPI:
    """The web application of one of several processes."""
    settings = read_settings()
    set_up(settings.log_level)
    return create_app(settings)


def run_server(settings: Settings, *, worker: bool) -> None:
    """Serve until stopped; the worker, if any, stops with it."""
    set_up(settings.log_level)
    with (
        bound(settings.host, settings.port) as sockets,
        worker_process(settings) if worker else nullcontext(),
    ):
        config = uvicorn.Config(create_app(settings), log_config=None, access_log=False)
        server = _Server(config, settings)
        with suppress(KeyboardInterrupt):
            server.run(sockets)
        if not server.started:
            raise typer.Exit(NOT_STARTED)


@contextmanager
def bound(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Sockets of every address that a host has here, to serve at.

    Raises:
        SettingsError: the host is none of this machine, or another program listens there.
    """
    with ExitStack() as opened:
        try:
            sockets = [opened.enter_context(item) for item in _bound(host, port)]
        except OSError as error:
            raise SettingsError(
                f"nothing can listen at {host} port {port}: {error.strerror}",
                "stop what listens there, or give another --host or --port",
            ) from None
        yield sockets


def _bound(host: str, port: int) -> Iterator[socket.socket]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    absent: OSError | None = None
    some = False
    for family, address in dict.fromkeys((item[0], item[4]) for item in found):
        try:
            opened = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            absent = error
            continue
        try:
            # Else one that starts again waits for connections of the one before to be forgotten.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            opened.bind(address)
        except OSError as error:
            opened.close()
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            absent = error
        else:
            some = True
            yield opened
    # `localhost` is often two addresses, of which a machine without IPv6 has one.
    if absent is not None and not some:
        raise absent


class _Server(uvicorn.Server):
    """A server that says where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        _say_listening(self._settings)


def _say_listening(settings: Settings) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    _log.info("listening", extra={"address": f"http://{host}:{settings.port}"})


def work() -> None:
    """Read photos until stopped: then what was begun is finished, and the rest given back."""
    settings = read_settings()
    set_up(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_worker(settings, stop)
