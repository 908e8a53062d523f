"""What somebody changes in a bundle is found, and named; `make tamper` does it 500 times."""

import random
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from digitizer.proof import Report, verify_bundle
from digitizer.proof.layout import SIGNATURE
from tests.proof.conftest import Told
from tests.proof.tampering import (
    ADDED,
    CHANGED,
    TAMPERS,
    UNKEPT,
    Deface,
    defaced,
    is_named,
    own_key,
    packed,
    read_files,
    rewritten,
)

ROUNDS = 3


def checked(folder: Path, data: bytes, key: str | None = None, head: str | None = None) -> Report:
    path = folder / "bundle.zip"
    path.write_bytes(data)
    return verify_bundle(path, key=key, head=head)


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda item: item.__name__.strip("_"))
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_change_is_found_and_named(told: Told, tmp_path: Path, tamper: object, seed: int) -> None:
    assert callable(tamper)
    change = tamper(told.bundle.read_bytes(), random.Random(seed))
    report = checked(tmp_path, change.data, key=told.bundled.signer)
    assert not report.holds
    assert is_named(report, change), (change.what, change.named, report.faults)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_the_owner_rewrites_is_found_by_a_head_noted_before(
    told: Told, tmp_path: Path, seed: int
) -> None:
    files = rewritten(
        read_files(told.bundle.read_bytes()), random.Random(seed), own_key(told.folder)
    )
    key = told.bundled.signer
    assert checked(tmp_path, packed(files), key=key).faults == ()
    report = checked(tmp_path, packed(files), key=key, head=told.bundled.head)
    assert [fault.what for fault in report.faults] == [
        "the history does not contain this head: it was rewritten since, or is another one"
    ]


def deface_name(item: object) -> str:
    return getattr(item, "__name__", "").strip("_")


@pytest.mark.parametrize("deface", ADDED, ids=deface_name)
def test_what_the_owner_tells_a_second_time_is_found_though_every_head_stays(
    told: Told, tmp_path: Path, deface: Deface
) -> None:
    files = defaced(read_files(told.bundle.read_bytes()), deface, own_key(told.folder))
    report = checked(tmp_path, packed(files), key=told.bundled.signer, head=told.bundled.head)
    assert not report.holds
    assert not any("does not contain this head" in fault.what for fault in report.faults)


@pytest.mark.parametrize("deface", CHANGED, ids=deface_name)
def test_a_tally_that_does_not_come_of_its_verifications_is_found_without_a_head(
    told: Told, tmp_path: Path, deface: Deface
) -> None:
    files = defaced(read_files(told.bundle.read_bytes()), deface, own_key(told.folder))
    report = checked(tmp_path, packed(files), key=told.bundled.signer)
    assert not report.holds


@pytest.mark.parametrize("deface", UNKEPT, ids=deface_name)
def test_an_event_that_would_not_be_written_so_again_is_found_without_a_head(
    told: Told, tmp_path: Path, deface: Deface
) -> None:
    files = defaced(read_files(told.bundle.read_bytes()), deface, own_key(told.folder))
    report = checked(tmp_path, packed(files), key=told.bundled.signer)
    assert {"its moment is not written as moments are", "it is no event"} & {
        fault.what for fault in report.faults
    }


def test_events_dated_before_what_happened_before_them_are_told_and_no_fault(
    told: Told, tmp_path: Path
) -> None:
    def set_back(events: list[Any]) -> None:
        """The clock is set to the day before, and goes on from there."""
        for said in events[-3:]:
            said["at_utc"] = "2024-11-26T00:00:00+00:00"

    files = read_files(told.bundle.read_bytes())
    before = checked(tmp_path, packed(files))
    report = checked(tmp_path, packed(defaced(files, set_back, own_key(told.folder))))
    assert report.holds
    new = [note for note in report.notes if note not in before.notes]
    assert [note.what for note in new] == ["it is dated before what happened before it"]
    assert f"line {report.events - 2}" in new[0].place


def test_another_key_in_the_name_of_the_node_shows_only_when_compared(
    told: Told, tmp_path: Path
) -> None:
    files = rewritten(
        read_files(told.bundle.read_bytes()), random.Random(1), Ed25519PrivateKey.generate()
    )
    alone = checked(tmp_path, packed(files))
    assert alone.holds
    assert not alone.compared
    assert alone.signer != told.bundled.signer
    report = checked(tmp_path, packed(files), key=told.bundled.signer)
    assert [(fault.place, fault.what) for fault in report.faults] == [
        (SIGNATURE, "another key signed")
    ]
