"""Reading a form tells nobody of it."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os
from digitizer.vision.digits import GlyphReader
GlyphReader.load()
print(os.environ["ORT_DISABLE_TELEMETRY"])
"""


def test_the_runtime_of_the_networks_keeps_no_id_and_calls_nobody(tmp_path: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        # Where tests run by themselves the runtime is silent anyway.
        if name not in {"CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS"}
    }
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**environment, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == ("1", "")
    assert list(home.rglob("*")) == []
