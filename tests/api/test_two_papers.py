"""The plano and the SALINAN of one TPS are two readings of one tally, through the web."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from digitizer.api import opening
from digitizer.cli import app
from digitizer.history import replay
from digitizer.proof.recounting import grounds_of, recounted
from digitizer.store.engine import read_session, write_session
from digitizer.store.escalations import escalate
from digitizer.store.events import list_events
from digitizer.store.recap_keeping import check_recap
from digitizer.store.sheets import sheets_of
from digitizer.store.tallies import tallies_of
from digitizer.store.verifications import history
from tests.api.conftest import World
from tests.api.test_reviews import next_form, rows, sheet_data
from tests.facts import KWK, NOW, PAGE_1, PAGE_2, STATION

SALINAN = "c-hasil-salinan-kwk-gubernur-2024-2p"
COPIED_WRONG = {**PAGE_2, "paslon_1": "X16", "paslon_2": "X97"}
"""What somebody wrote who turned the digits of one number and mended the other to the sum."""


NOT_COUNTED = "Tidak dihitung: pembacaannya berbeda"


def url(form: str) -> str:
    return f"/sheets/gubernur/{STATION.code}/{form}"


def confirm(
    world: World,
    who: str,
    form: str,
    *acknowledged: str,
    client: str = "0123456789",
    **changes: str,
) -> dict[str, Any]:
    """What it came to that somebody confirmed a form as it was shown, but for these changes."""
    data = sheet_data(world, who, url(form))
    written = {name: item["as_written"] for name, item in data["fields"].items()} | changes
    sent = {
        "client": client,
        "readings": data["readings"],
        "expected_version": data["version"],
        "earlier": data["earlier"],
        "shown": data["shown"],
        "tps_number": STATION.code[-3:] if data["ask_tps"] else "",
        "acknowledged": list(acknowledged),
        "seconds": 4.2,
        "fields": {name: {"as_written": value} for name, value in written.items()},
    }
    answer: dict[str, Any] = world.client(who).post(f"{url(form)}/verifications", json=sent).json()
    return answer


def tps_page(world: World) -> str:
    """The page of the TPS, as somebody sees it who only looks on."""
    return str(world.client("amat", page=True).get(f"/recap/gubernur/tps/{STATION.code}").text)


def outcome(answer: dict[str, Any]) -> str:
    return str(answer.get("outcome", answer.get("code")))


def plano(world: World, **changes: str) -> None:
    """Both pages of the plano, confirmed by one reader."""
    world.read_form(**changes)
    assert outcome(confirm(world, "rina", KWK)) == "tally"


def copy(world: World, page: int, written: dict[str, str]) -> None:
    world.read(page, written, form=SALINAN)


def counted(world: World) -> tuple[int, int, int, int]:
    """TPS counted and disputed, votes of the first paslon and all valid votes, everywhere alike."""
    recap = world.client("amat").get("/api/recap/gubernur").json()["recap"]
    totals = recap["totals"]
    with write_session(world.app.state.web.engine) as session:
        assert check_recap(session) == ()
    return (
        recap["counted"],
        recap["disputed"],
        totals.get("paslon_1", 0),
        totals.get("suara_sah", 0),
    )


def states(world: World) -> tuple[str, str]:
    """Of the plano and of the SALINAN."""
    with read_session(world.app.state.web.engine) as session:
        found = {item.form: item.state for item in sheets_of(session, "gubernur", STATION.code)}
    return found[KWK], found[SALINAN]


def bundle_holds(world: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setenv("DIGITIZER_DATA_DIR", str(world.settings.data_dir))
    file = folder / "bukti.zip"
    made = CliRunner().invoke(app, ["export", "--bundle", str(file)])
    assert made.exit_code == 0, made.output
    done = CliRunner().invoke(app, ["verify", str(file)])
    assert done.exit_code == 0, done.output
    return "it holds" in done.output


def test_a_page_of_the_copy_takes_nothing_from_what_the_plano_says(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plano(world)
    copy(world, 1, PAGE_1)
    assert outcome(confirm(world, "budi", SALINAN)) == "tally"
    assert counted(world) == (1, 0, 61, 113)
    assert states(world) == ("verified", "verified")
    (row,) = rows(world)
    assert (row["version"], row["status"], row["paslon_1"]) == ("2", "verified", "61")
    with read_session(world.app.state.web.engine) as session:
        first, second = tallies_of(session, "gubernur", STATION.code)
        *_, made = [e for e in list_events(session) if e.kind == "tally_made"]
    assert second.beside == first.verifications
    assert made.payload["beside"] == list(first.verifications)
    assert set(first.photos) < set(second.photos)
    assert second.values == first.values
    assert "X61" in tps_page(world)
    assert bundle_holds(world, tmp_path, monkeypatch)


@pytest.mark.parametrize("form", [KWK, SALINAN])
def test_a_copying_error_counts_nowhere_until_a_supervisor_decides_on_either_paper(
    world: World, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plano(world)
    copy(world, 1, PAGE_1)
    assert outcome(confirm(world, "budi", SALINAN)) == "tally"
    copy(world, 2, COPIED_WRONG)
    assert outcome(confirm(world, "rina", SALINAN, client="second-page")) == "dispute"
    assert counted(world) == (0, 1, 0, 0)
    assert states(world) == ("disputed", "disputed")
    assert rows(world) == []
    assert bundle_holds(world, tmp_path, monkeypatch)
    assert NOT_COUNTED in tps_page(world)
    world.reviewer("tri")
    for paper in (KWK, SALINAN):
        assert outcome(confirm(world, "tri", paper)) == "disputed"
    page = world.client("sri", page=True).get(url(form)).text
    shown = sheet_data(world, "sri", url(form))["fields"]
    assert shown["paslon_1"]["blind"] and not shown["pemilih_dpt_l"]["blind"]
    assert f"Di kertas lain: {'X16' if form == KWK else 'X61'}" in page
    written = {**PAGE_2}
    assert outcome(confirm(world, "sri", form, client="decided-now", **written)) == "tally"
    assert counted(world) == (1, 0, 61, 113)
    assert NOT_COUNTED not in tps_page(world)
    assert states(world) == ("verified", "verified")
    (row,) = rows(world)
    assert (row["paslon_1"], row["paslon_2"]) == ("61", "52")
    assert bundle_holds(world, tmp_path, monkeypatch)
    with read_session(world.app.state.web.engine) as session:
        *readers, last = history(session, "gubernur", STATION.code)
    assert set(last.settles) <= {item.id for item in readers}


def test_a_supervisor_may_leave_open_what_the_papers_say_differently(world: World) -> None:
    plano(world)
    copy(world, 1, PAGE_1)
    copy(world, 2, COPIED_WRONG)
    assert outcome(confirm(world, "budi", SALINAN)) == "dispute"
    left = {"paslon_1": "???", "paslon_2": "???"}
    assert outcome(confirm(world, "sri", SALINAN, **left)) == "tally"
    assert counted(world) == (1, 0, 0, 113)
    (row,) = rows(world)
    assert row["paslon_1"] == ""


def test_nobody_decides_between_their_own_reading_of_a_paper_and_anothers(world: World) -> None:
    copy(world, 1, PAGE_1)
    copy(world, 2, COPIED_WRONG)
    assert outcome(confirm(world, "sri", SALINAN)) == "tally"
    world.read_form()
    assert outcome(confirm(world, "rina", KWK)) == "dispute"
    assert next_form(world, "sri") == "/queue?done=1"
    for paper in (KWK, SALINAN):
        answer = confirm(world, "sri", paper, client="decided-now", **COPIED_WRONG)
        assert outcome(answer) == "read_already"
    assert counted(world) == (0, 1, 0, 0)
    # Where nobody else supervises, whoever looks after the installation does.
    assert next_form(world, "admin") in (url(KWK), url(SALINAN))
    assert outcome(confirm(world, "admin", KWK, **PAGE_2)) == "tally"
    assert counted(world) == (1, 0, 61, 113)


def disputed_by_what_the_supervisor_sent(world: World) -> None:
    """The plano was sent by the supervisor; the copy, by the phone of the TPS, differs from it."""
    world.read(1, PAGE_1, sender="sri")
    world.read(2, PAGE_2, sender="sri")
    assert outcome(confirm(world, "rina", KWK)) == "tally"
    copy(world, 2, COPIED_WRONG)
    assert outcome(confirm(world, "budi", SALINAN)) == "dispute"


def test_nobody_decides_between_a_paper_that_they_sent_and_another(world: World) -> None:
    disputed_by_what_the_supervisor_sent(world)
    assert next_form(world, "sri") == "/queue?done=1"
    sri = world.client("sri")
    assert sri.get("/sheets/upcoming").json()["urls"] == []
    for paper in (KWK, SALINAN):
        assert "unggah sendiri" in world.client("sri", page=True).get(url(paper)).text
        lease = sri.post(f"{url(paper)}/lease")
        assert (lease.status_code, lease.json()["code"]) == (409, "own_upload")
        assert outcome(confirm(world, "sri", paper, **PAGE_2)) == "own_upload"
    assert counted(world) == (0, 1, 0, 0)
    # Nobody was kept from it meanwhile.
    assert next_form(world, "admin") in (url(KWK), url(SALINAN))
    assert outcome(confirm(world, "admin", SALINAN, **PAGE_2)) == "tally"
    assert counted(world) == (1, 0, 61, 113)


def test_a_photo_sent_while_the_other_paper_is_decided_refuses_its_sender(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    disputed_by_what_the_supervisor_sent(world)
    monkeypatch.setattr(opening, "senders_of", lambda *_: frozenset())  # as it was opened
    assert outcome(confirm(world, "sri", SALINAN, **PAGE_2)) == "not_allowed"
    assert counted(world) == (0, 1, 0, 0)


def test_whoever_sent_one_paper_may_be_a_reader_of_the_other(world: World) -> None:
    """Reading what the other one contradicts is no decision between them."""
    world.read(1, PAGE_1, sender="sri")
    world.read(2, PAGE_2, sender="sri")
    assert outcome(confirm(world, "rina", KWK)) == "tally"
    copy(world, 2, COPIED_WRONG)
    assert next_form(world, "sri") == url(SALINAN)
    assert outcome(confirm(world, "sri", SALINAN)) == "dispute"


def test_whoever_confirmed_one_paper_may_be_a_reader_of_the_other(world: World) -> None:
    copy(world, 1, PAGE_1)
    copy(world, 2, PAGE_2)
    assert outcome(confirm(world, "sri", SALINAN)) == "tally"
    world.read_form()
    assert next_form(world, "sri") == url(KWK)
    assert outcome(confirm(world, "sri", KWK)) == "tally"


def test_a_supervisor_decides_on_nothing_that_no_photo_shows(world: World) -> None:
    world.read(1, PAGE_1)
    assert outcome(confirm(world, "rina", KWK)) == "tally"
    copy(world, 1, {**PAGE_1, "ss_rusak": "XX2", "ss_diterima": "165"})
    assert outcome(confirm(world, "budi", SALINAN)) == "dispute"
    decided = {**PAGE_1, **PAGE_2}
    assert outcome(confirm(world, "sri", SALINAN, **decided)) == "verification_refused"
    assert outcome(confirm(world, "sri", SALINAN, **PAGE_1)) == "tally"
    assert counted(world) == (0, 0, 0, 0)


def test_a_decision_taken_back_leaves_the_dispute(world: World) -> None:
    plano(world)
    copy(world, 1, PAGE_1)
    copy(world, 2, COPIED_WRONG)
    assert outcome(confirm(world, "budi", SALINAN)) == "dispute"
    decided = confirm(world, "sri", KWK, **PAGE_2)
    assert counted(world) == (1, 0, 61, 113)
    web = world.client("sri")
    assert web.post(f"/verifications/{decided['verification']}/withdrawal").status_code == 204
    assert counted(world) == (0, 1, 0, 0)
    assert states(world) == ("disputed", "disputed")


def test_the_paper_decided_against_may_be_read_again_and_is_disputed_anew(world: World) -> None:
    plano(world)
    copy(world, 1, PAGE_1)
    copy(world, 2, COPIED_WRONG)
    assert outcome(confirm(world, "budi", SALINAN)) == "dispute"
    assert outcome(confirm(world, "sri", KWK, **PAGE_2)) == "tally"
    # Read again with other eyes it says the same as the plano after all.
    world.reviewer("tri")
    assert outcome(confirm(world, "tri", SALINAN, **PAGE_2)) == "tally"
    assert counted(world) == (1, 0, 61, 113)
    assert outcome(confirm(world, "budi", SALINAN, client="and-once-more")) == "dispute"
    assert counted(world) == (0, 1, 0, 0)


def test_what_a_supervisor_decided_on_a_half_copy_stands_beside_the_other_half(
    world: World,
) -> None:
    plano(world)
    wrong = {**PAGE_1, "ss_rusak": "XX2", "ss_diterima": "165"}
    copy(world, 1, wrong)
    assert outcome(confirm(world, "budi", SALINAN)) == "dispute"
    assert outcome(confirm(world, "sri", SALINAN, **wrong)) == "tally"
    assert counted(world) == (1, 0, 61, 113)
    assert rows(world)[0]["ss_rusak"] == "2"
    # Its second page is still held against the plano's; its first page is decided.
    copy(world, 2, COPIED_WRONG)
    assert outcome(confirm(world, "rina", SALINAN, client="second-page")) == "dispute"
    assert counted(world) == (0, 1, 0, 0)


def test_a_disputed_plano_stays_disputed_whoever_confirms_the_copy(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.read_form(paslon_2="X53")
    assert outcome(confirm(world, "rina", KWK, "suara-sah")) == "needs_reader"
    differing = {**PAGE_1, **PAGE_2, "paslon_1": "X60", "paslon_2": "X53"}
    assert outcome(confirm(world, "budi", KWK, **differing)) == "dispute"
    copy(world, 1, PAGE_1)
    copy(world, 2, PAGE_2)
    world.reviewer("tri")
    assert outcome(confirm(world, "tri", SALINAN)) == "tally"
    assert counted(world) == (0, 1, 0, 0)
    assert states(world)[0] == "disputed"
    assert outcome(confirm(world, "tri", KWK)) == "disputed"
    assert bundle_holds(world, tmp_path, monkeypatch)
    assert outcome(confirm(world, "sri", KWK, **PAGE_1, **PAGE_2)) == "tally"
    assert counted(world) == (1, 0, 61, 113)
    assert states(world) == ("verified", "verified")
    assert bundle_holds(world, tmp_path, monkeypatch)


def test_a_plano_that_waits_for_its_second_reader_waits_on(world: World) -> None:
    world.read_form(suara_sah="123")
    rules = ("suara-sah", "suara-total")
    assert outcome(confirm(world, "rina", KWK, *rules, suara_sah="113")) == "needs_reader"
    copy(world, 2, PAGE_2)
    world.reviewer("tri")
    assert outcome(confirm(world, "tri", SALINAN)) == "tally"
    assert states(world) == ("needs_reader", "verified")
    assert counted(world) == (1, 0, 61, 113)
    # The first reader is one of the two still, and the second one sees no value.
    assert outcome(confirm(world, "rina", KWK, *rules, client="once-again")) == "read_already"
    assert all(item["blind"] for item in sheet_data(world, "tri", url(KWK))["fields"].values())
    assert outcome(confirm(world, "tri", KWK, **PAGE_1, **PAGE_2)) == "tally"
    assert states(world) == ("verified", "verified")
    assert counted(world) == (1, 0, 61, 113)


def test_a_plano_that_was_handed_on_stays_with_the_supervisor(world: World) -> None:
    world.read_form()
    with write_session(world.app.state.web.engine) as session:
        escalate(
            session, "gubernur", STATION.code, KWK, account=world.account_id("rina"),
            reason="sobek", now=NOW, expected_version=0,
        )  # fmt: skip
        session.commit()
    copy(world, 2, PAGE_2)
    assert outcome(confirm(world, "budi", SALINAN)) == "tally"
    assert states(world) == ("escalated", "verified")
    assert outcome(confirm(world, "budi", KWK)) == "escalated"
    assert "sobek" in world.client("sri", page=True).get(url(KWK)).text
    assert outcome(confirm(world, "sri", KWK)) == "tally"
    assert states(world) == ("verified", "verified")


def test_a_first_reading_that_the_copy_contradicts_is_no_longer_past(world: World) -> None:
    world.read_form(suara_sah="123")
    rules = ("suara-sah", "suara-total")
    assert outcome(confirm(world, "rina", KWK, *rules)) == "needs_reader"
    copy(world, 2, PAGE_2)
    assert outcome(confirm(world, "budi", SALINAN)) == "tally"
    assert counted(world) == (0, 1, 0, 0)
    assert states(world) == ("disputed", "disputed")
    assert outcome(confirm(world, "sri", KWK, **PAGE_1, **PAGE_2)) == "tally"
    assert counted(world) == (1, 0, 61, 113)


def test_a_copy_that_agrees_leaves_all_as_it_is(world: World) -> None:
    plano(world)
    before = rows(world)
    copy(world, 1, PAGE_1)
    copy(world, 2, PAGE_2)
    assert outcome(confirm(world, "budi", SALINAN)) == "tally"
    (row,) = rows(world)
    kept = ("paslon_1", "paslon_2", "suara_sah", "suara_total", "pemilih_dpt_j", "status")
    assert [row[name] for name in kept] == [before[0][name] for name in kept]
    assert counted(world) == (1, 0, 61, 113)
    assert states(world) == ("verified", "verified")


def test_numbers_of_another_paper_are_counted_anew_from_what_was_confirmed(world: World) -> None:
    plano(world)
    copy(world, 1, PAGE_1)
    assert outcome(confirm(world, "budi", SALINAN)) == "tally"
    with read_session(world.app.state.web.engine) as session:
        events = list_events(session)

    def faults(change: Callable[[dict[str, Any]], None]) -> set[str]:
        told = [replace(item, payload=deepcopy(dict(item.payload))) for item in events]
        *_, last = [item for item in told if item.kind == "tally_made"]
        change(last.payload)  # type: ignore[arg-type]
        state = replay(told)
        tallies = state.rows("tally")
        return {fault.what for fault in recounted(tallies, grounds_of(state))}

    def raised(made: dict[str, Any]) -> None:
        made["as_written"]["paslon_1"], made["values"]["paslon_1"] = "X71", 71

    assert faults(lambda _: None) == set()
    assert faults(raised) == {"as_written of paslon_1"}
    assert "as_written of paslon_1" in faults(lambda made: made.pop("beside"))
    unknown = "it rests on verification nobody, which nobody gave"
    assert faults(lambda made: made.update(beside=["nobody"])) == {unknown}
    for item in events:
        if item.kind == "form_verified" and item.payload["form"] == KWK:
            item.payload["verification"]["fields"]["ss_rusak"]["as_written"] = "XX9"  # type: ignore[index]
    assert "its papers have different numbers of ss_rusak" in faults(lambda _: None)


def test_what_another_paper_rests_on_is_not_taken_back(world: World) -> None:
    world.read_form()
    first = confirm(world, "rina", KWK)
    copy(world, 1, PAGE_1)
    second = confirm(world, "budi", SALINAN)
    take_back = "/verifications/{}/withdrawal"
    refused = world.client("rina").post(take_back.format(first["verification"]))
    assert (refused.status_code, refused.json()["code"]) == (409, "too_late")
    done = world.client("budi").post(take_back.format(second["verification"]))
    assert done.status_code == 204
    assert counted(world) == (1, 0, 61, 113)
