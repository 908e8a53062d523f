from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.codec import (
    check_from_json,
    check_to_json,
    reading_from_json,
    reading_to_json,
    verdict_from_json,
    verdict_to_json,
    verification_from_json,
    verification_to_json,
)
from digitizer.domain.form import FormSpec
from digitizer.domain.rules import check_rules
from digitizer.domain.tally import Tally, recap
from digitizer.domain.verdict import Clear, Doubtful, Reason, Unreadable
from digitizer.domain.verification import (
    Confirmed,
    Dispute,
    NeedsReader,
    Origin,
    Verification,
    verify,
)
from digitizer.errors import VerificationRefused
from tests.domain.build import VOTES, boxes, form, votes

FORM = form()
GOOD = dict(zip(VOTES, ("X98", "101", "199", "XX3", "202"), strict=True))


def confirmed(
    fields: Mapping[str, str] = GOOD, *, reviewer: str = "r1", origin: Origin = "read",
    acknowledged: tuple[str, ...] = (),
) -> Verification:  # fmt: skip
    return Verification(
        id=f"v-{reviewer}", readings=("reading-1",), photos=("a" * 64,), reviewer=reviewer,
        at=datetime(2024, 11, 27, 15, 0, tzinfo=UTC),
        fields=MappingProxyType({name: Confirmed(boxes, boxes) for name, boxes in fields.items()}),
        acknowledged=acknowledged, seconds=4.0, origin=origin,
    )  # fmt: skip


def run(
    *items: Verification,
    registered: int | None = None,
    readers: int = 1,
    form: FormSpec = FORM,
) -> Tally | NeedsReader | Dispute:
    return verify(
        form,
        items,
        pages=(2,),
        tps="6411010001001",
        contest="gubernur",
        version=1,
        registered=registered,
        readers=readers,
    )


def test_a_confirmed_form_becomes_a_tally() -> None:
    tally = run(confirmed())
    assert isinstance(tally, Tally)
    seen = {name: value for name, value in tally.values.items() if value is not None}
    assert seen == {"paslon_1": 98, "paslon_2": 101, "suara_sah": 199,
                            "suara_tidak_sah": 3, "suara_total": 202}  # fmt: skip
    assert tally.as_written["paslon_1"] == "X98"
    assert tally.verifications == ("v-r1",)
    assert tally.gaps == ("pemilih_dpt_l", "pemilih_dpt_p", "pemilih_dpt_j", "ss_diterima")


def test_the_tally_holds_what_was_confirmed_and_not_what_was_shown() -> None:
    item = confirmed()
    fields = {**item.fields, "paslon_1": Confirmed("X98", shown="X93", touched=True)}
    tally = run(replace(item, fields=MappingProxyType(fields)))
    assert isinstance(tally, Tally)
    assert tally.values["paslon_1"] == 98


def test_every_number_of_a_shown_page_must_be_confirmed() -> None:
    fields = {name: boxes for name, boxes in GOOD.items() if name != "suara_total"}
    with pytest.raises(VerificationRefused, match="1 fields are not confirmed: suara_total"):
        run(confirmed(fields))


def test_a_page_that_was_shown_cannot_be_left_out() -> None:
    with pytest.raises(VerificationRefused, match="4 fields are not confirmed: pemilih_dpt_j"):
        verify(
            FORM,
            [confirmed()],
            pages=(1, 2),
            tps="6411010001001",
            contest="gub",
            version=1,
            readers=1,
        )


def test_a_number_with_too_few_boxes_is_refused() -> None:
    with pytest.raises(VerificationRefused, match="paslon_1 is '98', needed 3 boxes"):
        run(confirmed({**GOOD, "paslon_1": "98"}))


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(VerificationRefused, match="form form-uji has no field paslon_9"):
        run(confirmed({**GOOD, "paslon_9": "001"}))


def test_a_broken_sum_must_be_acknowledged_and_stays_as_written() -> None:
    wrong = {**GOOD, "suara_sah": "212", "suara_total": "215"}
    with pytest.raises(VerificationRefused, match="rule suara-sah is broken: 212 against 199"):
        run(confirmed(wrong))
    tally = run(confirmed(wrong, acknowledged=("suara-sah",)))
    assert isinstance(tally, Tally)
    assert tally.values["suara_sah"] == 212
    assert [check.rule for check in tally.checks if check.outcome == "broken"] == ["suara-sah"]


def test_rules_that_came_after_a_reading_are_said_to_be_broken_by_whoever_sees_them() -> None:
    wrong = {**GOOD, "suara_sah": "212", "suara_total": "215"}
    first = confirmed(wrong, acknowledged=("suara-sah",))
    renamed = {"suara-sah": "jumlah-suara-sah"}
    rules = tuple(replace(rule, id=renamed.get(rule.id, rule.id)) for rule in FORM.rules)
    second = confirmed(wrong, reviewer="r2", acknowledged=("jumlah-suara-sah",))
    settling = replace(second, settles=(first.id,))
    for last in (second, settling):
        tally = run(first, last, readers=2, form=replace(FORM, rules=rules))
        assert isinstance(tally, Tally)
        assert [check.rule for check in tally.checks if check.outcome == "broken"] == [
            "jumlah-suara-sah"
        ]
    with pytest.raises(VerificationRefused, match="rule jumlah-suara-sah is broken"):
        run(first, replace(second, acknowledged=("suara-sah",)), form=replace(FORM, rules=rules))


def test_votes_beyond_the_ballots_need_a_reason() -> None:
    many = {
        **GOOD,
        "paslon_1": "898",
        "suara_sah": "999",
        "suara_tidak_sah": "XX0",
        "suara_total": "999",
    }
    with pytest.raises(VerificationRefused, match="surat-suara-tps is broken: 246 against 898"):
        run(confirmed(many), registered=240)
    said = confirmed(many, acknowledged=("surat-suara-tps",))
    with pytest.raises(
        VerificationRefused, match="more than the 246 of surat-suara-tps, and nobody"
    ):
        run(said, registered=240)
    reasons = {name: replace(item, note="salah tulis") for name, item in said.fields.items()}
    noted = replace(said, fields=MappingProxyType(reasons))
    assert isinstance(run(noted, registered=240), Tally)


def test_an_unreadable_number_is_a_gap_and_never_a_zero() -> None:
    tally = run(confirmed({**GOOD, "paslon_2": "1?1"}))
    assert isinstance(tally, Tally)
    assert tally.values["paslon_2"] is None
    assert "paslon_2" in tally.gaps


def test_two_readers_who_differ_are_a_dispute_and_who_agree_a_tally() -> None:
    assert run(confirmed(), readers=2) == NeedsReader(VOTES)
    differing = confirmed(
        {**GOOD, "paslon_1": "X93", "suara_sah": "194", "suara_total": "197"}, reviewer="r2"
    )
    assert run(confirmed(), differing, readers=2) == Dispute(
        ("paslon_1", "suara_sah", "suara_total")
    )
    same = confirmed({**GOOD, "paslon_1": "098"}, reviewer="r2")
    assert isinstance(run(confirmed(), same, readers=2), Tally)


def test_keyed_forms_need_two_readers() -> None:
    first = confirmed(origin="keyed")
    assert isinstance(run(first), NeedsReader)
    tally = run(first, confirmed(reviewer="r2", origin="keyed"))
    assert isinstance(tally, Tally)
    assert tally.origin == "keyed"


def test_one_person_cannot_be_two_readers() -> None:
    with pytest.raises(VerificationRefused, match="same person"):
        run(confirmed(), confirmed())


def tally_of(tps: str, *numbers: int | None) -> Tally:
    values = dict(zip(VOTES, numbers, strict=True))
    return Tally(tps, "gubernur", 1, "form-uji", values, boxes(values), (), (), (), "read")


def test_recap_adds_tallies_and_shows_its_coverage() -> None:
    tallies = [
        tally_of("6411010001001", 98, 101, 199, 3, 202),
        tally_of("6411010001002", 10, None, 30, 0, 30),
    ]
    total = recap("gubernur", "64", tallies, expected=5)
    assert total.totals == {"paslon_1": 108, "paslon_2": 101, "suara_sah": 229,
                            "suara_tidak_sah": 3, "suara_total": 232}  # fmt: skip
    assert (total.counted, total.expected, total.with_gaps, total.disputed) == (2, 5, 1, 0)


def test_recap_refuses_a_tps_twice_and_another_contest() -> None:
    one = tally_of("6411010001001", 1, 1, 2, 0, 2)
    with pytest.raises(ValueError, match="comes twice"):
        recap("gubernur", "64", [one, one], expected=2)
    with pytest.raises(ValueError, match="in the recap of presiden"):
        recap("presiden", "64", [one], expected=2)


@given(st.permutations([(str(i), i * 7 % 50) for i in range(6)]))
def test_recap_does_not_depend_on_the_order(order: list[tuple[str, int]]) -> None:
    tallies = [tally_of(tps, votes_, 1, votes_ + 1, 0, votes_ + 1) for tps, votes_ in order]
    assert recap("gubernur", "", tallies, expected=6).totals["paslon_1"] == 105


def test_json_gives_every_fact_back_equal() -> None:
    reading = votes("X98", "101", "199", "XX3", "2?2")
    assert reading_from_json(reading_to_json(reading)) == reading
    item = confirmed(acknowledged=("suara-sah",))
    assert verification_from_json(verification_to_json(item)) == item
    for verdict in (
        Clear(),
        Doubtful((Reason("blank", "paslon_1", None, {"as_written": "___"}),)),
        Unreadable("no_form", "found nothing", "retake"),
    ):
        assert verdict_from_json(verdict_to_json(verdict)) == verdict
    with pytest.raises(ValueError, match="no verdict is called 'sure'"):
        verdict_from_json({"verdict": "sure"})
    for check in check_rules(FORM, {"paslon_1": 1, "paslon_2": 2, "suara_sah": 4}):
        assert check_from_json(check_to_json(check)) == check


def test_a_supervisor_decides_between_readings_that_differ() -> None:
    first = confirmed()
    second = confirmed({**GOOD, "paslon_1": "X93", "suara_sah": "194", "suara_total": "197"},
                       reviewer="r2")  # fmt: skip
    decided = replace(confirmed(reviewer="s"), settles=(first.id, second.id))
    tally = run(first, second, decided)
    assert isinstance(tally, Tally)
    assert tally.values["paslon_1"] == 98
    assert tally.verifications == (first.id, second.id, decided.id)
    with pytest.raises(VerificationRefused, match="other readings than those that differ now"):
        run(first, second, replace(decided, settles=(first.id,)))


def test_a_supervisor_may_leave_open_what_nobody_can_read() -> None:
    first, second = confirmed(), confirmed({**GOOD, "paslon_1": "X93"}, reviewer="r2",
                                           acknowledged=("suara-sah",))  # fmt: skip
    decided = confirmed({**GOOD, "paslon_1": "X9?"}, reviewer="s")
    tally = run(first, second, replace(decided, settles=(first.id, second.id)))
    assert isinstance(tally, Tally)
    assert tally.values["paslon_1"] is None
