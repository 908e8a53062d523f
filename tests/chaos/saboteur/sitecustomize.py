"""Breaks a process of the product at an exact step, without a hook in the product.

Python imports a module of this name by itself when it starts; `processes.py` puts this folder on
the path of the child. Every place of `CHAOS_PLACES` ("module:function", "module:Class.method", by
spaces) is wrapped as its module is imported. A wrapped function does what it always does until the
file `CHAOS_PLAN` is there, which names a place and what is to happen at it (`sabotage.Plan`).
"""

import functools
import importlib.util
import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

_counts: Counter[str] = Counter()
_one_at_a_time = threading.Lock()


def _reached(place: str, moment: str) -> None:
    """Do what the plan says, if it speaks of this place and this process."""
    path = Path(os.environ.get("CHAOS_PLAN", ""))
    try:
        plan = json.loads(path.read_text())
    except OSError:
        return
    here = (plan["place"], plan["moment"], plan["role"])
    if here != (place, moment, os.environ.get("CHAOS_ROLE")) or not _within(plan["within"]):
        return
    with _one_at_a_time:
        _counts[plan["id"]] += 1
        if _counts[plan["id"]] != plan["nth"]:
            return
    try:
        path.rename(path.with_suffix(".done"))
    except FileNotFoundError:
        return  # another process was first
    _strike(plan)


def _strike(plan: dict[str, Any]) -> None:
    match plan["strike"]:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "pause":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "kill database":
            for pid in map(int, Path(plan["pids"]).read_text().split()):
                _kill_all(pid)
        case "lose answer":
            Path(plan["pids"]).with_suffix(".lose").touch()


def _kill_all(pid: int) -> None:
    import psutil  # noqa: PLC0415  # takes a while, and hardly any process needs it

    try:
        process = psutil.Process(pid)
        every = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for one in every:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue


def _within(name: str) -> bool:
    """Whether a function of this name is being called; any is where none is named."""
    frame = sys._getframe()
    while name:
        if frame.f_code.co_name == name:
            return True
        if frame.f_back is None:
            return False
        frame = frame.f_back
    return True


def _wrap(module: ModuleType, name: str, place: str) -> None:
    owner: Any = module
    *parents, last = name.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    function: Callable[..., Any] = getattr(owner, last)

    @functools.wraps(function)
    def sabotaged(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # whatever it takes and gives
        _reached(place, "before")
        result = function(*args, **kwargs)
        _reached(place, "after")
        return result

    setattr(owner, last, sabotaged)


class _Wrapping(Loader):
    """A loader that wraps what is wanted once the module is executed."""

    def __init__(self, loader: Loader, places: Sequence[str]) -> None:
        self._loader = loader
        self._places = places

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        for place in self._places:
            _wrap(module, place.partition(":")[2], place)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # of whichever loader it stands for
        return getattr(self._loader, name)


class _Finder(MetaPathFinder):
    def __init__(self, places: Sequence[str]) -> None:
        self._places = {
            module: [place for place in places if place.partition(":")[0] == module]
            for module in {place.partition(":")[0] for place in places}
        }

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        places = self._places.pop(name, None)
        if places is None:
            return None
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return None
        spec.loader = _Wrapping(spec.loader, places)
        return spec


def _prepare() -> None:
    later = []
    for place in os.environ.get("CHAOS_PLACES", "").split():
        module, _, name = place.partition(":")
        if module in sys.modules:
            _wrap(sys.modules[module], name, place)
        else:
            later.append(place)
    if later:
        sys.meta_path.insert(0, _Finder(later))


_prepare()
