"""A file that commands write is there whole or not at all, and takes the place of nothing else."""

import os
import stat
import threading
from pathlib import Path

import pytest

from digitizer.commands.progress import whole_file


def test_a_file_takes_its_name_once_it_is_whole(tmp_path: Path) -> None:
    output = tmp_path / "tally.csv"
    output.write_bytes(b"before")
    with whole_file(output) as file:
        file.write(b"after")
        assert output.read_bytes() == b"before"
    assert output.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [output]


def test_after_a_failure_nothing_is_left_of_it(tmp_path: Path) -> None:
    output = tmp_path / "tally.csv"
    output.write_bytes(b"before")
    with pytest.raises(ZeroDivisionError), whole_file(output) as file:
        file.write(bytes(1 // 0))
    assert output.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [output]


def test_a_private_file_is_its_owners_from_the_first_byte_on(tmp_path: Path) -> None:
    output, left = tmp_path / "labels.npz", tmp_path / "labels.npz.part"
    left.touch(mode=0o644)
    with whole_file(output, private=True):
        assert stat.S_IMODE(left.stat().st_mode) == 0o600
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_behind_a_link_the_file_it_leads_to_is_replaced(tmp_path: Path) -> None:
    output, real = tmp_path / "newest.csv", tmp_path / "kept" / "tally.csv"
    real.parent.mkdir()
    output.symlink_to(real)
    for text in (b"first", b"second"):
        with whole_file(output) as file:
            file.write(text)
        assert output.is_symlink()
        assert real.read_bytes() == text
    assert list(real.parent.iterdir()) == [real]


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_written_into_and_stays(tmp_path: Path, linked: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o644)
    output = tmp_path / "link" if linked else pipe
    if linked:
        output.symlink_to(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()), daemon=True)
    reader.start()
    with whole_file(output, private=True) as file:
        file.write(b"through")
    reader.join(timeout=10)
    assert found == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert stat.S_IMODE(pipe.stat().st_mode) & 0o044 == 0o044
    assert output.is_symlink() == linked
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    output = tmp_path / "folder"
    output.mkdir()
    with pytest.raises(IsADirectoryError, match="folder"), whole_file(output):
        pytest.fail("nothing may be done")
