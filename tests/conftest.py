"""Fixtures for every test."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def dev_data() -> Path:
    """The development data folder; a test that asks for it is skipped where it is absent."""
    folder = (ROOT / os.environ.get("DIGITIZER_DEV_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip("development data absent")
    return folder


def require_tool(*names: str) -> Path:
    """The first of these programs that is installed.

    Where none is, the test is skipped by name; in CI it fails, since CI installs what is needed.
    """
    for name in names:
        if (found := shutil.which(name)) is not None:
            return Path(found)
    if os.environ.get("CI"):
        pytest.fail(f"missing tool: {names[0]}")
    pytest.skip(f"missing tool: {names[0]}")
