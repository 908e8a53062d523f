"""A training goes on in the folder of the same training, and in no other."""

from pathlib import Path

import pytest

from digitizer.training.data import WITHOUT_LICENCE, files_of
from digitizer.training.stages import RECORD, OtherTrainingError, begin, fingerprint, keep

FACTS = {"seed": 7, "open_data_only": False, "data": {"mnist_train.npz": "ab"}, "steps": [1, 2]}


def test_the_same_training_goes_on(tmp_path: Path) -> None:
    begin(tmp_path / "out", FACTS)
    (tmp_path / "out" / "pool.npz").write_bytes(b"kept")
    begin(tmp_path / "out", dict(FACTS))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"open_data_only": True}, "open_data_only False, this training has True"),
        ({"seed": 8}, "seed 7, this training has 8"),
        ({"steps": [1, 3]}, r"steps \[1, 2\], this training has \[1, 3\]"),
        ({"data": {"mnist_train.npz": "cd"}}, "data .*'ab'.* has .*'cd'"),
        ({"noise": 0.2}, "noise None, this training has 0.2"),
    ],
)
def test_another_training_is_refused(tmp_path: Path, change: dict[str, object], named: str) -> None:
    begin(tmp_path, FACTS)
    with pytest.raises(OtherTrainingError, match=named):
        begin(tmp_path, FACTS | change)


def test_stages_of_nobody_knows_what_are_refused(tmp_path: Path) -> None:
    (tmp_path / "network-1").mkdir()
    (tmp_path / "network-1" / "base.pt").write_bytes(b"")
    with pytest.raises(OtherTrainingError, match=r"holds base\.pt, and no stages\.json"):
        begin(tmp_path, FACTS)
    assert not (tmp_path / RECORD).exists()


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "pool.npz"

    def broken_off(file: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep(path, broken_off)
    assert not path.exists()
    keep(path, lambda file: file.write(b"whole"))
    assert path.read_bytes() == b"whole"
    assert fingerprint(path).startswith("5d5766cf")


def test_what_may_not_be_published_is_no_data_of_an_open_model(tmp_path: Path) -> None:
    names = ["chasil2024_train", "c1_2019_val", "mnist_train", "semeion", "usps_train", "davee"]
    for name in names:
        (tmp_path / f"{name}.npz").touch()
    open_ones = [path.stem for path in files_of(tmp_path, open_data_only=True)]
    assert open_ones == ["mnist_train", "semeion"]
    assert {"usps", "davee"} == WITHOUT_LICENCE
    assert len(files_of(tmp_path, open_data_only=False)) == len(names)
