"""What would not be read again is not written, on either database."""

from typing import Any

import pytest
from sqlalchemy import Engine

from digitizer.errors import DigitizerError
from digitizer.store.engine import read_session, write_session
from digitizer.store.form_drafts import begin_draft, change_draft, draft
from tests.store.build import NOW, person

GOOD: dict[str, Any] = {"title": "é \U0001f600 \\ud83d \\u0000", "year": 2029, "place": [1.5, -0.0]}


@pytest.mark.parametrize(
    "bad", ["\ud83d", "\ude00\ud83d", "a\\\ud83d", 1e999, -1e999, float("nan")]
)
def test_json_that_nobody_could_read_is_refused_and_what_was_kept_stays(
    engine: Engine, bad: object
) -> None:
    with write_session(engine) as session:
        name = begin_draft(session, GOOD, (), person(session, "admin", "admin"), NOW)
        session.commit()
    for body in ({"title": bad}, {"pages": [{"title": [bad]}]}):
        with write_session(engine) as session, pytest.raises(DigitizerError) as refused:
            change_draft(session, name, body, 1, NOW)
        assert refused.value.code == "bad_request"
    with read_session(engine) as session:
        kept = draft(session, name)
    assert (kept.body, kept.revision) == (GOOD, 1)
