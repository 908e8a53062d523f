"""Moving a form as the desk does: with the photos that stand on its screen."""

from typing import Any

from digitizer.store.engine import read_session
from digitizer.store.sheets import sheet
from tests.api.conftest import World


def readings_at(world: World, path: str) -> list[str]:
    """Ids of the readings that whoever opens a form is shown now."""
    _, _, contest, tps, form = path.split("/")
    with read_session(world.app.state.web.engine) as session:
        found = sheet(session, contest, tps, form)
    return [] if found is None else list(found.readings)


def move(world: World, who: str, path: str, **where: str) -> Any:  # noqa: ANN401
    """A form given to another TPS or round, with all its photos."""
    sent = {"readings": readings_at(world, path), **where}
    return world.client(who).post(f"{path}/move", json=sent)
