"""`digitizer backup` and `digitizer restore` as they are typed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from digitizer.cli import app, main
from digitizer.settings import Settings
from tests.conftest import ROOT


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup of an installation with an election."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"DIGITIZER_{name.upper()}", raising=False)
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(tmp_path / "data"))
    assert run("election", "init", ROOT / "samples/election.toml").exit_code == 0
    made = run("backup", tmp_path / "out")
    assert made.exit_code == 0, made.output
    assert "with the key of this node" in made.output
    return tmp_path / "out"


def test_a_backup_is_checked_by_the_command(out: Path) -> None:
    well = run("backup", "--check", out)
    assert well.exit_code == 0, well.output
    rows = next(out.glob("rows-*")) / "event.jsonl.gz"
    rows.write_bytes(b"")
    ill = run("backup", "--check", out)
    assert ill.exit_code == 1
    assert "- event.jsonl.gz has other bytes than were written" in ill.output


def test_a_rehearsal_says_what_it_is_and_taking_over_what_it_means(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(tmp_path / "copy"))
    copy = run("restore", out)
    assert copy.exit_code == 0, copy.output
    assert "the history holds, and the recap is what a recount gives" in copy.output
    assert "this is a copy to look at" in copy.output
    assert "0 of 16 TPS in" in run("recap").output
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(tmp_path / "new"))
    new = run("restore", "--take-over", out)
    assert new.exit_code == 0, new.output
    assert "never start the original again" in new.output


def test_an_error_is_one_sentence(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["digitizer", "restore", str(out)])
    with pytest.raises(SystemExit, match="1"):
        main()
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.endswith("nothing that is there is ever written over [backup]")
    monkeypatch.setattr("sys.argv", ["digitizer", "backup", "--check", str(out / "rows")])
    with pytest.raises(SystemExit, match="1"):
        main()
    assert "holds no whole backup" in capsys.readouterr().err
