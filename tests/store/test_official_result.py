"""The recap of the simulated tallies is the official result, at every level that is published."""

import json
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine

from digitizer.domain.rules import check_limits, check_rules
from digitizer.forms import load_form
from digitizer.store.elections import init_election
from digitizer.store.engine import write_session
from digitizer.store.recaps import children, recap_of
from tests import kaltim
from tests.store.build import NOW, person


def test_every_form_obeys_the_rules_and_the_sums_are_official() -> None:
    form = load_form(kaltim.FORM)
    sums: Counter[str] = Counter()
    votes: dict[str, Counter[str]] = {code: Counter() for code in kaltim.KABKOTA}
    for tally in kaltim.tallies():
        broken = {
            check.rule
            for check in (
                *check_rules(form, tally.values),
                *check_limits(form, tally.values, tally.values["pemilih_dpt_j"]),
            )
            if check.outcome == "broken"
        }
        # What was delivered beyond DPT and reserve must lie somewhere; the form only warns of it.
        assert broken <= {"cadangan-surat-suara"}, tally.tps
        assert all(value is not None and 0 <= value < 1000 for value in tally.values.values())
        for name, value in tally.values.items():
            sums[name] += value or 0
            votes[tally.tps[:4]][name] += value or 0
    assert {name: sums[name] for name in kaltim.PROVINCE} == kaltim.PROVINCE
    assert {
        code: (found["paslon_1"], found["paslon_2"]) for code, found in votes.items()
    } == kaltim.KABKOTA


@pytest.mark.dev_data
def test_the_official_sums_are_those_of_the_source(dev_data: Path) -> None:
    source = json.loads((dev_data / "regions" / "kaltim_pilkada2024.json").read_text("utf-8"))
    province = source["provinsi"]["pilgub_2024"]
    assert {name.replace("pemilih_", ""): n for name, n in kaltim.PROVINCE.items()} == province
    assert {
        item["kode"]: (item["pilgub_2024"]["paslon_1"], item["pilgub_2024"]["paslon_2"])
        for item in source["kabkota"]
    } == kaltim.KABKOTA


@pytest.mark.slow
def test_recapped_at_every_level_it_is_the_official_result(empty_engine: Engine) -> None:
    with write_session(empty_engine) as session:
        init_election(session, kaltim.election_file(), "system", NOW)
        kaltim.load_tallies(session)
        whole = recap_of(session, kaltim.CONTEST)
        assert (whole.counted, whole.expected, whole.with_gaps) == (6274, 6274, 0)
        assert {name: whole.totals[name] for name in kaltim.PROVINCE} == kaltim.PROVINCE
        kabkota = children(session, kaltim.CONTEST, "64")
        assert {
            row.code: (row.recap.totals["paslon_1"], row.recap.totals["paslon_2"])
            for row in kabkota
        } == kaltim.KABKOTA
        areas = [row.code for row in kabkota]
        while areas:
            below = [row for area in areas for row in children(session, kaltim.CONTEST, area)]
            assert sum(row.recap.counted for row in below) == 6274
            for name, total in kaltim.PROVINCE.items():
                assert sum(row.recap.totals[name] for row in below) == total
            areas = [row.code for row in below if row.level != "tps"]


def test_a_tps_verified_as_people_do_it_has_the_same_tally(empty_engine: Engine) -> None:
    some = kaltim.tallies()[:3]
    with write_session(empty_engine) as session:
        init_election(session, kaltim.election_file(), "system", NOW)
        kaltim.verify_tallies(session, person(session, "satu"), some)
        whole = recap_of(session, kaltim.CONTEST)
    assert whole.counted == 3
    assert whole.totals["suara_sah"] == sum(item.values["suara_sah"] or 0 for item in some)
