"""One's own account: throttled sign-in, another password, logins that are ended."""

import re

from httpx import Response

from digitizer.store.accounts import set_disabled
from digitizer.store.engine import write_session
from digitizer.store.throttling import FREE
from tests.api.conftest import PASSWORD, TestClient, World
from tests.facts import NOW

NEW = "empat kata tanpa hubungan"


def tried(world: World, password: str = PASSWORD, *, page: bool = False) -> Response:
    """What the entrance answers."""
    form = {"username": "rina", "password": password}
    answer: Response = world.client(page=page).post("/login", data=form)
    return answer


def sign_in(world: World) -> TestClient:
    """A browser that has just signed in."""
    client = world.client()
    client.post("/login", data={"username": "rina", "password": PASSWORD})
    return client


def test_after_some_failures_signing_in_waits_and_says_how_long(world: World) -> None:
    for _ in range(FREE):
        assert tried(world, "salah").status_code == 401
    answer = tried(world)
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_many_attempts"
    assert 0 < int(answer.headers["retry-after"]) <= 10
    page = tried(world, page=True)
    assert page.status_code == 429
    assert re.search(r"Masih \d+ detik", page.text)


def test_the_right_password_forgets_the_failures(world: World) -> None:
    for _ in range(3):
        for _ in range(FREE - 1):
            tried(world, "salah")
        assert tried(world).status_code == 303


def test_a_closed_account_is_told_so_and_is_out_at_once(world: World) -> None:
    client = sign_in(world)
    assert client.get("/queue").status_code == 200
    with write_session(world.app.state.web.engine) as session:
        account = world.account_id("rina")
        set_disabled(session, account, disabled=True, actor="system", now=NOW)
        session.commit()
    assert client.get("/queue").status_code == 401
    assert tried(world).json()["code"] == "account_disabled"
    assert "Akun ini sudah ditutup" in tried(world, page=True).text


def test_another_password_ends_every_other_login(world: World) -> None:
    here, there = sign_in(world), sign_in(world)
    body = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert here.post("/account/password", data=body).headers["location"] == "/account?done=password"
    assert here.get("/queue").status_code == 200
    assert there.get("/queue").status_code == 401
    assert tried(world).status_code == 401
    assert tried(world, NEW).status_code == 303
    here.headers["accept"] = "text/html"
    assert "Kata sandi diganti" in here.get("/account?done=password").text


def test_what_makes_no_password(world: World) -> None:
    client = sign_in(world)
    for changes, code in (
        ({"old": "salah"}, "wrong_password"),
        ({"again": "lain"}, "passwords_differ"),
        ({"new": "pendek", "again": "pendek"}, "short_password"),
    ):
        body = {"old": PASSWORD, "new": NEW, "again": NEW} | changes
        assert client.post("/account/password", data=body).json()["code"] == code
    assert tried(world).status_code == 303


def test_guessing_the_present_password_is_as_slow_as_at_the_entrance(world: World) -> None:
    client = sign_in(world)
    body = {"old": "salah", "new": NEW, "again": NEW}
    for _ in range(FREE):
        assert client.post("/account/password", data=body).status_code == 401
    assert client.post("/account/password", data=body).status_code == 429


def test_logins_are_listed_and_ended(world: World) -> None:
    here, there = sign_in(world), sign_in(world)
    here.headers["accept"] = "text/html"
    names = re.findall(r"/account/logins/([0-9a-f]{16})/end", here.get("/account").text)
    assert len(names) == 2
    assert "di sini" in here.get("/account").text
    here.post("/account/logins/end")
    assert there.get("/queue").status_code == 401
    (left,) = re.findall(r"/account/logins/([0-9a-f]{16})/end", here.get("/account").text)
    assert here.post(f"/account/logins/{left}/end").status_code == 303
    assert here.get("/queue").status_code == 303
