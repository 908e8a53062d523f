"""A draft that nobody could read again is refused, and the page of forms stays."""

import tomllib

import pytest

from digitizer.store.engine import write_session
from digitizer.store.form_drafts import begin_draft
from tests.api.conftest import World
from tests.facts import NOW
from tests.story import own_form


@pytest.mark.parametrize("bad", [b'"\\ud83d"', b"1e999", b"-1e999"])
def test_a_draft_that_could_not_be_read_again_is_not_kept(world: World, bad: bytes) -> None:
    with write_session(world.app.state.web.engine) as session:
        name = begin_draft(session, tomllib.loads(own_form()), (), "admin", NOW)
        session.commit()
    client = world.client("admin")
    answer = client.put(
        f"/forms/drafts/{name}",
        content=b'{"revision": 1, "body": {"title": %s}}' % bad,
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
    page = world.client("admin", page=True)
    for path in ("/forms", f"/forms/drafts/{name}"):
        assert page.get(path).status_code == 200
