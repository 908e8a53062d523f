"""A worker of the environment's settings whose children read what `stand_in` reads."""

import signal
import threading

from digitizer.jobs import run_worker
from digitizer.sandbox import Sandbox
from digitizer.settings import read_settings
from tests.jobs.stand_in import PROGRAM


def main() -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run_worker(read_settings(), stop, sandbox=Sandbox(2, program=PROGRAM))


if __name__ == "__main__":
    main()
