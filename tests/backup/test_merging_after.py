"""What was restored goes on as a node of its own, and its work is joined by everybody else."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digitizer.backup import back_up, restore
from digitizer.domain.policy import Policy
from digitizer.errors import MergeRefused
from digitizer.installation import Installation, open_installation
from digitizer.jobs import settling
from digitizer.merging import Merged, hand_over, merge
from digitizer.settings import Settings
from digitizer.store.election_file import ElectionFile
from digitizer.store.elections import init_election
from digitizer.store.engine import read_session, write_session
from digitizer.store.events import head
from digitizer.store.merged_history import removed_here
from digitizer.store.purging import purge
from digitizer.store.uploads import upload
from tests.store.build import CONTESTS, ELECTION, FORM, NOW, STATIONS, A, later, person, send
from tests.story import read

Open = Callable[[str], Installation]

AS_EITHER = pytest.mark.parametrize(
    # Of whom a copy is one that nothing was told by, no event tells, and so not whose lots it has.
    "take_over",
    [True, pytest.param(False, marks=pytest.mark.untold)],
)


@pytest.fixture
def set_up_at(tmp_path: Path) -> Iterator[Open]:
    """Opens the installation of a name, set up with the election when it is new."""
    every: list[Installation] = []

    def open_(name: str) -> Installation:
        made = open_installation(Settings(data_dir=tmp_path / name, database_url="", store_url=""))
        every.append(made)
        with write_session(made.engine) as session:
            init_election(session, ElectionFile(ELECTION, CONTESTS, STATIONS), "system", NOW)
            session.commit()
        return made

    yield open_
    for one in every:
        one.engine.dispose()


def work(one: Installation, name: str) -> None:
    with write_session(one.engine) as session:
        sender = person(session, name, "witness")
        send(session, one.photos, name.encode(), sender, A, now=later(1))
        session.commit()


class Team:
    """Installations that were told each other's keys."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.keys = folder, set[str]()

    def file(self, one: Installation) -> Path:
        path = self.folder / f"{one.node}.zip"
        with path.open("w+b") as file:
            made = hand_over(one.engine, one.photos, one.settings.data_dir, file, now=later(2))
        self.keys.add(made.signer)
        return path

    def carry(self, source: Installation, target: Installation) -> Merged:
        path = self.file(source)
        return merge(
            target.engine, target.photos, path, policy=Policy(), now=later(3), trusted=self.keys
        )

    def meet(self, one: Installation, other: Installation) -> None:
        """Both know everything of both in the end."""
        self.carry(one, other)
        self.carry(other, one)
        self.carry(one, other)
        with read_session(one.engine) as here, read_session(other.engine) as there:
            assert head(here) == head(there)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


@pytest.fixture
def lost(set_up_at: Open, team: Team, tmp_path: Path) -> Installation:
    """An installation that was backed up into `backup`, and worked on."""
    made = set_up_at("laptop")
    work(made, "sebelum")
    back_up(made, tmp_path / "backup", now=later(1))
    work(made, "sesudah")
    return made


@AS_EITHER
def test_the_office_merged_what_came_after_the_backup(
    lost: Installation, set_up_at: Open, team: Team, tmp_path: Path, take_over: bool
) -> None:
    office = set_up_at("office")
    team.carry(lost, office)
    done = restore(
        tmp_path / "backup", Settings(data_dir=tmp_path / "new", database_url="", store_url=""),
        take_over=take_over, now=later(4),
    )  # fmt: skip
    assert done.signed
    new = set_up_at("new")
    assert new.node != lost.node
    work(new, "lagi")
    team.meet(new, office)


@AS_EITHER
def test_the_office_never_heard_of_the_original(
    lost: Installation, set_up_at: Open, team: Team, tmp_path: Path, take_over: bool
) -> None:
    """And of the original itself, which ran on after all, it hears later."""
    office = set_up_at("office")
    team.file(lost)  # its key was noted when it was set up
    restore(
        tmp_path / "backup", Settings(data_dir=tmp_path / "new", database_url="", store_url=""),
        take_over=take_over, now=later(4),
    )  # fmt: skip
    new = set_up_at("new")
    work(new, "lagi")
    team.meet(new, office)
    team.carry(lost, office)
    team.meet(new, office)


@pytest.mark.untold
def test_without_the_key_it_first_hears_of_the_original_from_another(
    lost: Installation, set_up_at: Open, team: Team, tmp_path: Path
) -> None:
    office = set_up_at("office")
    team.carry(lost, office)
    (tmp_path / "backup" / "node.key").unlink()
    done = restore(
        tmp_path / "backup", Settings(data_dir=tmp_path / "new", database_url="", store_url=""),
        take_over=False, now=later(4),
    )  # fmt: skip
    assert not done.signed
    new = set_up_at("new")
    work(new, "lagi")
    with pytest.raises(MergeRefused, match="the chain is not signed by its node"):
        team.carry(new, office)
    team.carry(office, new)
    team.meet(new, office)


def test_what_the_original_removed_does_not_come_back(
    set_up_at: Open, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "load_form", lambda _: FORM)
    laptop, office = set_up_at("laptop"), set_up_at("office")
    with write_session(laptop.engine) as session:
        sender = person(session, "saksi", "witness")
        photo = upload(session, read(session, laptop.photos, A, sender, grey=9)).photo
        session.commit()
    team.carry(laptop, office)
    with write_session(laptop.engine) as session:
        purge(session, laptop.photos, later(15), unverified=True, actor="system", now=later(20))
        session.commit()
    back_up(laptop, tmp_path / "backup", now=later(21))
    restore(
        tmp_path / "backup", Settings(data_dir=tmp_path / "new", database_url="", store_url=""),
        take_over=True, now=datetime.now(UTC),
    )  # fmt: skip
    new = set_up_at("new")
    with read_session(new.engine) as session:
        assert removed_here(session, new.node) == {photo}
    team.meet(office, new)
    assert not new.photos.has(photo)
