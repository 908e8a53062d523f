"""State as the events alone tell it: without a database, and whatever order nodes come in."""

from digitizer.history.accounts import closures, line
from digitizer.history.counting import Count, count
from digitizer.history.evidence import notes_in
from digitizer.history.replay import replay, step
from digitizer.history.state import Row, State

__all__ = ["Count", "Row", "State", "closures", "count", "line", "notes_in", "replay", "step"]
