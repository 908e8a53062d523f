from datetime import datetime, timedelta

import pytest
from pwdlib import PasswordHash
from sqlmodel import Session, select

from digitizer.errors import Conflict, NotAllowed, NotFound, StoreError
from digitizer.store.account_tables import AccountRow, LoginSessionRow
from digitizer.store.accounts import (
    Account,
    add_account,
    authenticate,
    get_account,
    list_accounts,
    random_password,
    set_disabled,
    set_password,
)
from digitizer.store.events import list_events
from digitizer.store.logins import (
    PHONE_LASTS,
    Entry,
    close_login,
    end_login,
    end_logins,
    entry_of_token,
    logins_of,
    name_of,
    open_login,
    renew_login,
)
from tests.conftest import REAL_HASHER
from tests.store.build import NOW, A

SECRET = "kata-sandi-panjang"


def account_of_token(session: Session, token: str, now: datetime) -> Account | None:
    entry = entry_of_token(session, token, now)
    return None if entry is None else entry.account


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


def test_only_a_phone_that_knows_no_password_is_signed_in_for_longer_by_its_use(
    session: Session,
) -> None:
    made = add_account(session, "saksi", "witness", SECRET, tps=A, now=NOW)
    phone = open_login(session, made, NOW, lasts=PHONE_LASTS)
    desk = open_login(session, made, NOW)
    entry = entry_of_token(session, phone, NOW)
    assert entry == Entry(made, NOW + PHONE_LASTS, is_phone=True)
    assert not entry.is_due(NOW + timedelta(days=7))
    assert entry.is_due(NOW + timedelta(days=7, seconds=1))
    by_password = entry_of_token(session, desk, NOW)
    assert by_password is not None
    assert not by_password.is_due(NOW + timedelta(hours=11))
    again = NOW + timedelta(days=10)
    renew_login(session, phone, again)
    renewed = entry_of_token(session, phone, again)
    assert renewed == Entry(made, again + PHONE_LASTS, is_phone=True)
    assert renewed.is_due(again + timedelta(days=8))  # and so on
    assert entry_of_token(session, phone, again + PHONE_LASTS) is None


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


def test_another_password_counts_from_then_on_and_is_an_event(session: Session) -> None:
    made = add_account(session, "saksi", "witness", SECRET, now=NOW)
    set_password(session, made.id, "kata-sandi-lain", actor=made.id, now=NOW)
    assert authenticate(session, "saksi", "kata-sandi-lain") == made
    with pytest.raises(NotAllowed):
        authenticate(session, "saksi", SECRET)
    (event,) = list_events(session, kind="password_changed")
    assert (event.payload, event.actor) == ({"account": made.id}, made.id)
    with pytest.raises(StoreError, match="has 5 characters"):
        set_password(session, made.id, "pntng", actor=made.id, now=NOW)
    with pytest.raises(NotFound):
        set_password(session, "nobody", SECRET, actor="system", now=NOW)


def test_a_closed_account_signs_in_nowhere_and_its_logins_are_worthless(session: Session) -> None:
    made = add_account(session, "saksi", "witness", SECRET, now=NOW)
    token = open_login(session, made, NOW)
    for _ in range(2):
        set_disabled(session, made.id, disabled=True, actor="system", now=NOW)
    assert account_of_token(session, token, NOW) is None
    with pytest.raises(NotAllowed, match="closed"):
        authenticate(session, "saksi", SECRET)
    with pytest.raises(NotAllowed, match="do not belong together"):
        authenticate(session, "saksi", "salah-sekali")
    set_disabled(session, made.id, disabled=False, actor="system", now=NOW)
    assert authenticate(session, "saksi", SECRET) == made
    assert len(list_events(session, kind="account_disabled")) == 1
    assert len(list_events(session, kind="account_enabled")) == 1


def test_logins_are_listed_and_ended_one_by_one_or_all(session: Session) -> None:
    made = add_account(session, "saksi", "witness", SECRET, now=NOW)
    other = add_account(session, "lain", "witness", SECRET, now=NOW)
    theirs = open_login(session, other, NOW)

    def minute(n: int) -> datetime:
        return NOW + timedelta(minutes=n)

    tokens = [
        open_login(
            session, made, NOW + timedelta(minutes=n), address=f"10.0.0.{n}", agent="x" * 300
        )
        for n in range(3)
    ]
    found = logins_of(session, made.id, NOW + timedelta(minutes=5))
    assert [item.name for item in found] == [name_of(token) for token in reversed(tokens)]
    assert [item.address for item in found] == ["10.0.0.2", "10.0.0.1", "10.0.0.0"]
    assert len(found[0].agent) == 200
    end_login(session, made.id, name_of(tokens[0]))
    with pytest.raises(NotFound):
        end_login(session, made.id, name_of(theirs))
    end_logins(session, made.id, but=tokens[2])
    later = NOW + timedelta(minutes=6)
    assert [account_of_token(session, token, later) for token in tokens] == [None, None, made]
    assert account_of_token(session, theirs, later) == other


def test_outside_of_tests_a_password_costs_what_it_should() -> None:
    """64 MiB and three passes, as RFC 9106 recommends it where memory is not abundant."""
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in REAL_HASHER().hash(random_password())
