"""`digitizer serve` and `digitizer work`: the web application and its worker."""

import os
import signal
import threading
from contextlib import nullcontext
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from digitizer.api.app import create_app
from digitizer.jobs import run_worker, worker_process
from digitizer.logs import set_up
from digitizer.metrics import counted_together
from digitizer.settings import Settings, read_settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address; DIGITIZER_HOST by default.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; DIGITIZER_PORT by default.")] = None,
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
    with worker_process(settings) if worker else nullcontext(), counted_together():
        uvicorn.run(
            "digitizer.commands.server:application",
            factory=True,
            workers=processes,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
        )


def application() -> FastAPI:
    """The web application of one of several processes."""
    settings = read_settings()
    set_up(settings.log_level)
    return create_app(settings)


def run_server(settings: Settings, *, worker: bool) -> None:
    """Serve until stopped; the worker, if any, stops with it."""
    set_up(settings.log_level)
    with worker_process(settings) if worker else nullcontext():
        uvicorn.run(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
        )


def work() -> None:
    """Read photos until stopped: then what was begun is finished, and the rest given back."""
    settings = read_settings()
    set_up(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_worker(settings, stop)
