"""Who may do what, and what stands before every route."""

import pytest

from tests.api.conftest import PASSWORD, World
from tests.facts import KWK, STATION

SHEET = f"/sheets/gubernur/{STATION.code}/{KWK}"
PAGES = (
    "/", "/upload", "/receipts", "/queue", "/sheets/next", SHEET, "/exports/gubernur.csv",
    "/compare", "/compare/gubernur", "/compare/gubernur/6411", "/compare/gubernur/differences.csv",
)  # fmt: skip


def test_without_a_session_nothing_is_shown(world: World) -> None:
    world.read_form()
    api, browser = world.client(), world.client(page=True)
    for path in PAGES:
        assert api.get(path).status_code == 401
        assert api.get(path).json()["code"] == "not_signed_in"
        answer = browser.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=/")
    assert api.get("/healthz").json() == {"status": "ok"}
    assert api.get("/readyz").json()["election"] == "simulasi-mahakam-ulu"
    assert "/photos" in api.get("/openapi.json").json()["paths"]
    assert api.get("/docs").status_code == 404


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(world: World) -> None:
    for name in ("rina", "nobody"):
        answer = world.client().post("/login", data={"username": name, "password": "x"})
        assert answer.status_code == 401
        assert answer.json()["code"] == "wrong_password"
        page = world.client(page=True).post("/login", data={"username": name, "password": "x"})
        assert page.status_code == 401
        assert "Nama akun atau kata sandi salah." in page.text


def test_the_cookie_is_strict_and_signing_out_ends_it(world: World) -> None:
    client = world.client()
    answer = client.post("/login", data={"username": "rina", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    token = client.cookies["session"]
    assert client.get("/queue").status_code == 200
    client.post("/logout")
    client.cookies.set("session", token)
    assert client.get("/queue").status_code == 401


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(world: World, place: str) -> None:
    form = {"username": "rina", "password": PASSWORD, "next": place}
    assert world.client().post("/login", data=form).headers["location"] == "/"


@pytest.mark.parametrize(
    ("name", "next_", "place"),
    [
        ("saksi", "/", "/phone?fresh=1"),
        ("saksi", "/phone", "/phone?fresh=1"),
        ("saksi", "/receipts", "/receipts"),
        ("rina", "/", "/"),
    ],
)
def test_whoever_signs_in_gets_no_page_that_a_phone_kept_of_another(
    world: World, name: str, next_: str, place: str
) -> None:
    form = {"username": name, "password": PASSWORD, "next": next_}
    assert world.client().post("/login", data=form).headers["location"] == place


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_request_from_another_site_is_refused(world: World, headers: dict[str, str]) -> None:
    client = world.client("rina")
    answer = client.post("/logout", headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "cross_site"
    assert client.get("/queue").status_code == 200
    assert client.post("/logout", headers={"Origin": "http://testserver"}).status_code == 303


def test_every_answer_carries_the_headers(world: World) -> None:
    client = world.client("rina", page=True)
    for path in ("/queue", "/static/desk.js", "/nowhere", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_over_tls_browsers_are_told_to_stay_there(world: World) -> None:
    client = world.client()
    assert "strict-transport-security" not in client.get("/healthz").headers
    client.base_url = "https://testserver"
    assert "max-age=31536000" in client.get("/healthz").headers["strict-transport-security"]
    login = client.post("/login", data={"username": "rina", "password": PASSWORD})
    assert "secure" in login.headers["set-cookie"].lower()


def test_modules_are_asked_for_anew_by_their_tag(world: World) -> None:
    client = world.client("rina", page=True)
    module = client.get("/static/desk.js")
    assert module.headers["cache-control"] == "no-cache"
    again = client.get("/static/desk.js", headers={"If-None-Match": module.headers["etag"]})
    assert again.status_code == 304


def test_pages_speak_indonesian_first_and_english_on_request(world: World) -> None:
    client = world.client("rina", page=True)
    assert "Antrean pemeriksaan" in client.get("/queue").text
    assert "Review queue" in client.get("/queue?lang=en").text
    assert "Review queue" in client.get("/queue").text
    assert "Antrean pemeriksaan" in client.get("/queue?lang=id").text


def test_every_page_says_what_it_is(world: World) -> None:
    world.read_form()
    client = world.client("admin", page=True)
    for path in (
        "/queue",
        "/upload",
        "/receipts",
        SHEET,
        "/recap/gubernur",
        "/compare/gubernur",
        "/nowhere",
    ):
        text = client.get(path).text
        assert "Bukan hasil resmi. Hasil resmi ditetapkan oleh KPU." in text, path
        assert "SIMULASI" in text, path
    for path in (SHEET, "/queue"):
        assert "Tata letak acuan, bukan cetakan resmi KPU" in client.get(path).text


def test_an_unknown_page_is_a_page_or_json(world: World) -> None:
    assert world.client("rina").get("/nowhere").json()["code"] == "not_found"
    page = world.client("rina", page=True).get("/nowhere")
    assert page.status_code == 404
    assert "Tidak ditemukan." in page.text
