"""Names of workers: stable, and free the moment their owner dies."""

from pathlib import Path

import pytest

from digitizer.errors import StoreError
from digitizer.jobs import slots
from digitizer.jobs.slots import dead_slots, own_slot


def test_slots_are_stable_and_free_themselves(tmp_path: Path) -> None:
    with own_slot(tmp_path) as first:
        with own_slot(tmp_path) as second, dead_slots(tmp_path) as dead:
            assert first != second
            assert dead == ()
        with dead_slots(tmp_path) as dead:
            assert dead == (second,)
    with own_slot(tmp_path) as again:
        assert again == first
    with own_slot(tmp_path / "elsewhere") as other:
        assert other != first


def test_too_many_workers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "SLOTS", 1)
    with own_slot(tmp_path), pytest.raises(StoreError, match="1 workers"), own_slot(tmp_path):
        pass
