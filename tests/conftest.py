"""Fixtures for every test."""

import os
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
