"""The `digitizer` command, imported once and forked for every process: half a second, not four.

One JSON object a line comes in (`argv`, `environment`, `log`); its pid goes out, and later its exit
status. A forked process does exactly what the command does from there on.
"""

import ctypes
import json
import os
import select
import signal
import sys
from typing import Any

from digitizer.cli import main

LOOK_S = 0.05
END_WITH_PARENT = 1
"""PR_SET_PDEATHSIG, prctl(2): a run that is broken off leaves nothing running."""


def serve() -> None:
    """Fork what is asked for, and tell what ended, until the input ends."""
    running: set[int] = set()
    buffer = b""
    while True:
        if select.select([0], [], [], LOOK_S)[0]:
            piece = os.read(0, 1 << 16)
            if not piece:
                return
            *lines, buffer = (buffer + piece).split(b"\n")
            for line in lines:
                pid = _forked(json.loads(line))
                running.add(pid)
                _tell({"started": pid})
        for pid in tuple(running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                running.remove(pid)
                _tell({"ended": pid, "status": os.waitstatus_to_exitcode(status)})


def _forked(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGKILL)
    nothing, log = (
        os.open(os.devnull, os.O_RDONLY),
        os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT),
    )
    for source, place in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, place)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(order["environment"])
    sys.argv = ["digitizer", *order["argv"]]
    status = 0
    try:
        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  # ends as Python would
        sys.excepthook(*sys.exc_info())
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _tell(fact: dict[str, int]) -> None:
    print(json.dumps(fact), flush=True)


if __name__ == "__main__":
    serve()
