"""An election of six TPS, and the steps that bring a form of it to a tally."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from sqlmodel import Session

from digitizer.domain.election import Contest, Election, Role, Tps
from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.tally import Tally
from digitizer.domain.verdict import Clear, Verdict
from digitizer.domain.verification import Confirmed, Verification, verify
from digitizer.store.accounts import add_account
from digitizer.store.form_readings import dated_readings
from digitizer.store.order_file import OrderedRound, OrderFile
from digitizer.store.orders import order_rounds
from digitizer.store.photos import PhotoStore
from digitizer.store.readings import save_reading
from digitizer.store.recap_keeping import refresh_recap
from digitizer.store.receiving import Receipt, receive
from digitizer.store.sheets import Sheet, save_sheet, sheet
from digitizer.store.tallies import keep_tally
from digitizer.store.turns import next_places
from digitizer.store.verifications import latest_version, pending, save_verification
from tests.domain.build import form, votes

POLICY = Policy().key
NOW = datetime(2024, 11, 27, 9, 30, 15, 123456, tzinfo=UTC)
FORM = form()
COPY = replace(form(), id="form-salinan")
"""The other paper of every TPS."""
ELECTION = Election("uji", "Pemilihan uji", "Asia/Makassar", simulated=True)
CONTESTS = (
    Contest(
        "gub", "uji", 1, "Gubernur", "Gubernur", "64", ("Paslon 1", "Paslon 2"), (FORM.id, COPY.id)
    ),
    Contest("pres", "uji", 1, "Presiden", "Presiden", "00", ("Paslon 1",), ("form-lain",)),
)
STATIONS = tuple(
    Tps(code, f"TPS {code[-3:]}", f"D{code[:10]}", f"K{code[:6]}", f"B{code[:4]}", "P", 200)
    for code in (
        "6411032001001",
        "6411032001002",
        "6411032002001",
        "6411042001001",
        "6472011001001",
        "6301011001001",
    )
)
A, B, C, *_ = (station.code for station in STATIONS)


def psu(
    *codes: str,
    name: str = "gub-psu",
    repeats: str = "gub",
    number: int = 2,
    since: date | None = None,
    candidates: tuple[str, ...] | None = None,
    form_ids: tuple[str, ...] | None = None,
) -> OrderedRound:
    """A re-vote of the governor in these TPS and wilayah; everywhere without any."""
    return OrderedRound(name, repeats, number, None, candidates, form_ids, since, codes)


def order(session: Session, *rounds: OrderedRound, now: datetime = NOW) -> tuple[Contest, ...]:
    """The contests of an order, added at `now`."""
    orders = order_rounds(session, OrderFile("psu.toml", "uji", rounds), "system", now)
    return tuple(item.contest for item in orders)


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def person(session: Session, name: str, role: Role = "reviewer") -> str:
    """Id of a new account. Its password is its name twice."""
    return add_account(session, name, role, name * 2 + "-sandi", now=NOW).id


def send(
    session: Session,
    photos: PhotoStore,
    data: bytes,
    account: str,
    tps: str | None,
    *,
    contest: str | None = None,
    key: str | None = None,
    now: datetime = NOW,
) -> Receipt:
    return receive(
        session, photos, data,
        account=account, tps=tps, contest=contest, file_name="x.jpg", idempotency_key=key, now=now,
    )  # fmt: skip


def numbers(first: int = 120, second: int = 80, invalid: int = 5) -> PageReading:
    """The votes page of a form that adds up."""
    valid = first + second
    counts = (first, second, valid, invalid, valid + invalid)
    return votes(*(f"{count:03d}" for count in counts))


def settle_sheet(
    session: Session,
    photo: str,
    tps: str,
    *,
    reading: PageReading | None = None,
    verdict: Verdict | None = None,
    now: datetime = NOW,
) -> Sheet:
    """Keep a reading of an uploaded photo and the sheet it makes."""
    read_page = replace(reading or numbers(), photo=photo)
    save_reading(session, photo, read_page, None, {"public": "0" * 64}, 0.2, now)
    readings = dated_readings(session, "gub", tps, FORM.id)
    save_sheet(
        session, "gub", tps, FORM.id, verdict or Clear(), {"a": 1}, now, POLICY, readings
    )  # fmt: skip
    made = sheet(session, "gub", tps, FORM.id)
    assert made is not None
    return made


def add_tally(session: Session, tally: Tally, now: datetime) -> None:
    """Keep a tally that nobody confirmed, and the recap with it."""
    keep_tally(session, tally, now, {})
    refresh_recap(session, tally.contest, tally.tps)


def following(session: Session, reviewer: str) -> Sheet | None:
    """The sheet that a reviewer is given next."""
    places = next_places(session, reviewer, NOW)
    return sheet(session, *places[0]) if places else None


def confirmation(
    session: Session, tps: str, reviewer: str, name: str, written: dict[str, str], now: datetime
) -> Verification:
    """One person's reading of the sheet of a TPS, as `written` by field id."""
    shown = sheet(session, "gub", tps, FORM.id)
    assert shown is not None
    fields = {field: Confirmed(boxes, None) for field, boxes in written.items()}
    return Verification(
        name, shown.readings, shown.photos, reviewer, now, MappingProxyType(fields), seconds=3.5
    )


def written(first: int = 120, second: int = 80, invalid: int = 5) -> dict[str, str]:
    reading = numbers(first, second, invalid)
    return {name: field.as_written for name, field in reading.fields.items()}


def confirm(
    session: Session,
    tps: str,
    reviewer: str,
    boxes: dict[str, str] | None = None,
    *,
    name: str = "v1",
    now: datetime = NOW,
) -> Tally:
    """Confirm the sheet of a TPS and keep the tally."""
    version = latest_version(session, "gub", tps)
    item = confirmation(session, tps, reviewer, name, boxes or written(), now)
    waiting = pending(session, "gub", tps, FORM.id)
    outcome = verify(
        FORM, (*waiting, item), pages=(2,), tps=tps, contest="gub", version=version + 1, readers=1
    )
    save_verification(session, item, "gub", tps, FORM.id, outcome, now, expected_version=version)
    assert isinstance(outcome, Tally)
    return outcome
