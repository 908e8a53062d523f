"""Policies from files: what is not named stays as shipped, and a slip in a file is named."""

from pathlib import Path

import pytest

from digitizer.domain.policy import Policy
from digitizer.errors import SettingsError
from digitizer.policies import load_policy


def file_with(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_the_shipped_policy_counts() -> None:
    assert load_policy(None) == Policy()


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    text = 'name = "ketat"\nmin_field_probability = 0.9999\n[paper]\nslip = 1e-4\n'
    policy = load_policy(file_with(tmp_path, text))
    assert (policy.name, policy.min_field_probability) == ("ketat", 0.9999)
    assert policy.paper.slip == 1e-4
    assert policy.paper.chance == Policy().paper.chance
    assert policy.min_sharpness == Policy().min_sharpness
    assert policy.key.startswith("ketat-")
    assert policy.key != Policy(name="ketat").key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no name of its own"),
        ('name = "all-witnesses-1"', "no name of its own"),
        ('name = "x"\nmin_shrapness = 1', "min_shrapness"),
        ('name = "x"\n[paper]\nslips = 1', r"paper\.slips"),
        ('name = "x"\nmin_sharpness = "much"', "min_sharpness"),
        ("name = ", "cannot be read"),
        ('name = "x"\nmin_field_probability = nan', "min_field_probability = nan, needed a share"),
        ('name = "x"\nmin_field_probability = -1', "between 0 and 1"),
        ('name = "x"\nmin_glyph_probability = 99.8', "between 0 and 1"),
        ('name = "x"\nmin_box_pixels = inf', "0 or more"),
        ('name = "x"\nmost_steps = 0', "1 or more"),
        ('name = "x"\n[paper]\nslip = 5.0', r"paper\.slip = 5\.0, needed more than 0"),
        ('name = "x"\n[witnesses]\nwords = 0.0', r"witnesses\.words"),
    ],
)
def test_a_slip_in_a_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_policy(file_with(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read"):
        load_policy(tmp_path / "none.toml")
