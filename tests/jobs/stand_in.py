"""A child of the sandbox that misbehaves as the bytes of the photo say, and else reads nothing."""

import hashlib
import json
import os
import resource
import signal
import sys
import time
from types import MappingProxyType

from digitizer.domain.outcome import PhotoOutcome
from digitizer.domain.placement import Placement
from digitizer.domain.verdict import Unreadable
from digitizer.forms import list_forms, shipped_ids
from digitizer.sandbox.child import Turn, digesting, serve

PROGRAM = ("-m", "tests.jobs.stand_in")


def outcome(data: bytes, message: str) -> PhotoOutcome:
    photo = hashlib.sha256(data).hexdigest()
    return PhotoOutcome(photo, None, Unreadable("no_form", message, ""), MappingProxyType({}))


def digest(data: bytes, placement: Placement | None, expected: tuple[str, ...]) -> PhotoOutcome:
    kind, _, rest = data.partition(b":")
    match kind:
        case b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"parent":
            os.kill(os.getppid(), signal.SIGKILL)
        case b"sleep":
            time.sleep(float(rest))
        case b"spin":
            resource.setrlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
            while True:
                pass
        case b"memory":
            return outcome(data, str(len(bytearray(4 << 30))))
        case b"bug":
            raise ZeroDivisionError(rest)
        case b"print":
            print("noise between two frames", flush=True)
        case b"lie":
            return outcome(b"another photo", "")
        case b"once":
            path = rest.decode()
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return outcome(data, "second try")
            os.kill(os.getpid(), signal.SIGKILL)
        case b"look":
            seen = {
                "env": sorted(os.environ),
                "pid": os.getpid(),
                "forms": sorted({*list_forms()} - {*shipped_ids()}),
            }
            return outcome(data, json.dumps(seen))
    return outcome(data, "stand-in" if placement is None else f"at {placement.corners}")


def load() -> Turn:
    return digesting(digest)


if __name__ == "__main__":
    serve(load, memory_mib=int(sys.argv[1]), seconds=float(sys.argv[2]))
