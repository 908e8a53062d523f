from datetime import timedelta

import pytest
from pwdlib import PasswordHash
from sqlmodel import Session, select

from digitizer.errors import Conflict, NotAllowed, NotFound, StoreError
from digitizer.store.accounts import (
    account_of_token,
    add_account,
    authenticate,
    close_login,
    get_account,
    list_accounts,
    open_login,
    random_password,
)
from digitizer.store.events import list_events
from digitizer.store.tables import AccountRow, LoginSessionRow
from tests.store.build import NOW, A

SECRET = "kata-sandi-panjang"


def test_sign_in_and_out(session: Session) -> None:
    made = add_account(session, " Saksi ", "witness", SECRET, label="Saksi 1", tps=A, now=NOW)
    assert made.username == "saksi"
    assert authenticate(session, "SAKSI", SECRET) == made
    token = open_login(session, made, NOW)
    assert account_of_token(session, token, NOW) == made
    assert account_of_token(session, token, NOW + timedelta(hours=11, minutes=59)) == made
    assert account_of_token(session, token, NOW + timedelta(hours=12)) is None
    assert account_of_token(session, token + "x", NOW) is None
    close_login(session, token)
    close_login(session, token)
    assert account_of_token(session, token, NOW) is None


@pytest.mark.parametrize(("username", "password"), [("saksi", "salah-sekali"), ("orang", SECRET)])
def test_nobody_learns_which_of_the_two_is_wrong(
    session: Session, username: str, password: str
) -> None:
    add_account(session, "saksi", "witness", SECRET, now=NOW)
    with pytest.raises(NotAllowed) as caught:
        authenticate(session, username, password)
    assert str(caught.value) == "username and password do not belong together; try again"


def test_an_unknown_username_is_checked_against_a_password_too(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def refuse(_self: PasswordHash, _password: str, stored: str) -> bool:
        checked.append(stored)
        return False

    monkeypatch.setattr(PasswordHash, "verify", refuse)
    with pytest.raises(NotAllowed):
        authenticate(session, "orang", SECRET)
    assert len(checked) == 1
    assert checked[0].startswith("$argon2id$")


def test_no_secret_is_stored(session: Session) -> None:
    made = add_account(session, "saksi", "witness", SECRET, now=NOW)
    token = open_login(session, made, NOW)
    (row,) = session.exec(select(AccountRow)).all()
    (login,) = session.exec(select(LoginSessionRow)).all()
    assert row.password_hash.startswith("$argon2id$")
    assert token != login.token_sha256
    (event,) = list_events(session, kind="account_created")
    assert event.payload == {"account": made.id, "role": "witness", "tps": None}


def test_a_login_that_ran_out_is_swept(session: Session) -> None:
    made = add_account(session, "saksi", "witness", SECRET, now=NOW)
    open_login(session, made, NOW)
    open_login(session, made, NOW + timedelta(hours=13))
    assert len(session.exec(select(LoginSessionRow)).all()) == 1


def test_what_makes_no_account(session: Session) -> None:
    add_account(session, "saksi", "witness", SECRET, now=NOW)
    with pytest.raises(Conflict, match="taken"):
        add_account(session, "Saksi", "reviewer", SECRET, now=NOW)
    with pytest.raises(NotFound):
        add_account(session, "b", "witness", SECRET, tps="0" * 13, now=NOW)
    with pytest.raises(StoreError, match="5 characters"):
        add_account(session, "b", "witness", "short", now=NOW)
    with pytest.raises(StoreError, match="without spaces"):
        add_account(session, "dua kata", "witness", SECRET, now=NOW)
    with pytest.raises(StoreError, match="role"):
        add_account(session, "b", "king", SECRET, now=NOW)  # type: ignore[arg-type]  # on purpose
    assert [account.username for account in list_accounts(session)] == ["saksi"]
    assert get_account(session, "none") is None


def test_random_passwords_differ_and_can_be_typed() -> None:
    made = {random_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(word) == 19 and not set(word) & set("ilo01 ") for word in made)
