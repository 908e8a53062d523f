from pathlib import Path

import pytest

from digitizer.errors import SettingsError
from digitizer.settings import Settings, read_settings
from digitizer.store.engine import sqlite_url


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"DIGITIZER_{name.upper()}", raising=False)


def test_what_holds_without_any_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings()
    assert settings.database == sqlite_url(tmp_path / "data")
    assert settings.photos == (tmp_path / "data" / "photos").as_uri()
    assert (settings.host, settings.port, settings.language) == ("127.0.0.1", 8000, "id")


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITIZER_DATABASE_URL", "postgresql://u@h/n")
    monkeypatch.setenv("DIGITIZER_STORE_URL", "s3://bucket/photos")
    monkeypatch.setenv("DIGITIZER_PORT", "81")
    settings = read_settings()
    found = (settings.database, settings.photos, settings.port)
    assert found == ("postgresql://u@h/n", "s3://bucket/photos", 81)


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("PORT", "0"), ("LANGUAGE", "fr")])
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"DIGITIZER_{name}", value)
    with pytest.raises(SettingsError, match=f"DIGITIZER_{name} is '{value}'"):
        read_settings()


def test_an_empty_variable_is_as_if_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = read_settings()
    for name in Settings.model_fields:
        monkeypatch.setenv(f"DIGITIZER_{name.upper()}", "")
    assert read_settings() == usual
    assert (usual.policy_file, usual.data_dir) == (None, Path("data"))
