"""Whatever happened on one installation stands on another once its file was merged."""

from digitizer.store.engine import read_session
from digitizer.store.recap_keeping import check_recap
from digitizer.store.recaps import recap_of
from tests.merging.conftest import MakeNode, Node
from tests.story import tell


def recaps(node: Node) -> dict[str, object]:
    with read_session(node.engine) as session:
        return {name: recap_of(session, name) for name in ("gub", "pres")}


def test_a_whole_story_stands_on_another_installation(make_node: MakeNode) -> None:
    laptop, office = make_node("laptop"), make_node("office")
    with laptop.writing() as session:
        tell(session, laptop.photos)
        session.commit()
    path = laptop.file()
    first = office.merge(path)
    assert first.nodes and first.events and first.pictures
    again = office.merge(path)
    assert (again.events, again.pictures, again.sheets, again.head) == (0, 0, 0, first.head)
    laptop.merge(office.file())
    office.merge(laptop.file())
    laptop.merge(office.file())
    office.merge(laptop.file())
    laptop.merge(office.file())
    assert recaps(laptop) == recaps(office)
    with office.writing() as session:
        assert check_recap(session) == ()
