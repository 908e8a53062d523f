"""What others name in place of an id is refused before it stands anywhere."""

from datetime import UTC, datetime
from typing import Any

import pytest

from digitizer.domain.event import GENESIS, Event, EventKind
from digitizer.history import replay

NODE, ACCOUNT, PHOTO = "1" * 32, "2" * 32, "3" * 64
ROLE = {"role": "reviewer", "tps": None}
SENT = {"upload": "4" * 32, "photo": PHOTO, "bytes": 1, "format": "jpeg", "tps": None,
        "contest": None}  # fmt: skip


def told(
    kind: EventKind, said: dict[str, Any], *, node: str = NODE, actor: str = "system"
) -> Event:
    at = datetime(2024, 11, 27, tzinfo=UTC)
    return Event(node, 1, at, actor, kind, said, GENESIS, hash="")


def test_ids_as_they_are_made_here_stand() -> None:
    state = replay([told("account_created", {"account": ACCOUNT, **ROLE}),
                    told("upload_accepted", SENT, actor=ACCOUNT)])  # fmt: skip
    assert set(state.rows("account")) == {(ACCOUNT,)}
    assert set(state.rows("upload")) == {(SENT["upload"],)}


STRANGE = ["aa,=1+1,x", "ketua", f"{ACCOUNT}\n", f"{ACCOUNT[:-1]}\t", ACCOUNT.replace("2", "A"), "",
           None, 5, {"a": 1}, {}, [ACCOUNT]]  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE)
def test_whatever_else_stands_in_place_of_an_id_is_refused(strange: object) -> None:
    for event in (
        told("account_created", {"account": strange, **ROLE}),
        told("upload_accepted", {**SENT, "upload": strange}),
        told("upload_accepted", {**SENT, "photo": strange}),
        told("originals_removed", {"photos": [PHOTO, strange]}),
        told("password_changed", {"account": ACCOUNT}, actor=strange),  # type: ignore[arg-type]
        told("password_changed", {"account": ACCOUNT}, node=strange),  # type: ignore[arg-type]
    ):
        with pytest.raises(ValueError, match=r"is (?s:.*), which is no id"):
            replay([event])


@pytest.mark.parametrize("strange", ["=1+1", "paslon_1,x", "a\nb", "", 5])
def test_numbers_are_called_as_forms_call_them(strange: object) -> None:
    said = {"correction": "5" * 32, "photo": PHOTO, "values": {strange: 1}}
    with pytest.raises(ValueError, match=r"values is .*, which is no id"):
        replay([told("correction_made", said)])


@pytest.mark.parametrize("strange", ["v\t1", "v\n1", "v,1", "-1", "v" * 65])
def test_a_confirmation_is_called_by_one_word(strange: str) -> None:
    with pytest.raises(ValueError, match=r"verification is .*, which is no id"):
        replay([told("verification_withdrawn", {"verification": strange})])


def test_how_many_there_are_is_no_id() -> None:
    said = {"before": "2024-11-27T00:00:00+00:00", "photos": 3, "invites": 0, "labels": 0}
    replay([told("personal_data_removed", said)])
