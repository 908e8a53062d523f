from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.domain import reconcile as reconciling
from digitizer.domain.form import FormSpec, RuleSpec
from digitizer.domain.gather import gather
from digitizer.domain.glyph import ALPHABET, GlyphScores, glyph_scores
from digitizer.domain.keyed import unread_page
from digitizer.domain.number import spell
from digitizer.domain.policy import Policy
from digitizer.domain.posterior import Posterior
from digitizer.domain.reading import Candidate, Evidence, FieldReading, PageReading, Source
from digitizer.domain.reconcile import reconcile
from digitizer.domain.rules import check_rules
from digitizer.domain.settle import settle
from digitizer.domain.triage import triage
from digitizer.domain.verdict import Clear, Doubtful, Reason
from tests.domain.build import VOTES, form, page_reading, read, sure, voters, votes

FORM = form()


def reasons(*pages: PageReading, registered: int | None = None) -> tuple[Reason, ...]:
    gathered = gather(FORM, pages)
    verdict = triage(gathered, reconcile(gathered, Policy(), registered), Policy())
    return verdict.reasons if isinstance(verdict, Doubtful) else ()


def codes(*pages: PageReading, registered: int | None = None) -> set[str]:
    return {reason.code for reason in reasons(*pages, registered=registered)}


def test_clear_ink_and_true_sums_are_clear() -> None:
    page = votes("X98", "101", "199", "XX3", "202")
    gathered = gather(FORM, [page])
    assert triage(gathered, reconcile(gathered, Policy()), Policy()) == Clear()
    values = reconcile(gathered, Policy()).values
    assert {name: value.value for name, value in values.items()} == {
        "paslon_1": 98, "paslon_2": 101, "suara_sah": 199, "suara_tidak_sah": 3, "suara_total": 202
    }  # fmt: skip
    assert values["paslon_1"].as_written == "X98"
    assert values["paslon_1"].probability > 0.9999**3


def test_a_missing_page_leaves_its_rules_unknown_and_blocks_nothing() -> None:
    gathered = gather(FORM, [votes("X98", "101", "199", "XX3", "202")])
    assert gathered.missing_pages == (1,)
    assert isinstance(triage(gathered, reconcile(gathered, Policy()), Policy()), Clear)


def test_a_paper_that_is_wrong_in_itself_stays_as_written() -> None:
    page = votes("117", "X50", "166", "XX0", "166")
    gathered = gather(FORM, [page])
    assert reconcile(gathered, Policy()).values["suara_sah"].value == 166
    reason, paper = reasons(page)
    assert (reason.code, reason.rule) == ("rule_broken", "suara-sah")
    assert paper.code == "paper_inconsistent"
    assert reason.numbers["left"] == 166
    assert reason.numbers["right"] == 167
    assert reason.numbers["sum"] == "117 + 50"


@pytest.mark.parametrize(
    ("as_written", "code"),
    [
        ("1?1", "unreadable_box"),
        ("1X1", "mark_after_digit"),
        ("X__", "mark_and_blank"),
        ("___", "blank"),
    ],
)
def test_boxes_that_spell_no_number_are_doubtful(as_written: str, code: str) -> None:
    page = votes("X98", "101", "199", "XX3", "202")
    fields = {**page.fields, "paslon_2": read("paslon_2", as_written)}
    (reason,) = reasons(replace(page, fields=fields))
    assert (reason.code, reason.field) == (code, "paslon_2")


def test_one_unsure_box_is_named_with_both_numbers() -> None:
    page = voters("120", "125", "245", "251")
    weak = read("ss_diterima", "251", p=0.98)
    (reason,) = reasons(replace(page, fields={**page.fields, "ss_diterima": weak}))
    assert (reason.code, reason.field) == ("unsure_box", "ss_diterima")
    assert reason.numbers == {"box": 1, "glyph": "2", "probability": 0.98, "needed": 0.999}


def test_true_sums_make_an_unsure_box_sure() -> None:
    page = votes("X98", "101", "199", "XX3", "202")
    weak = replace(page, fields={**page.fields, "paslon_2": read("paslon_2", "101", p=0.98)})
    assert reasons(weak) == ()
    value = reconcile(gather(FORM, [weak]), Policy()).values["paslon_2"]
    assert (value.value, value.as_written, value.moved_by) == (101, "101", None)
    assert value.probability > 0.998


def test_a_guess_is_never_spelled() -> None:
    page = votes("X98", "101", "199", "XX3", "202")
    guess = replace(page, fields={**page.fields, "paslon_2": read("paslon_2", "107", p=0.6)})
    value = reconcile(gather(FORM, [guess]), Policy()).values["paslon_2"]
    assert (value.value, value.as_written) == (None, "???")
    assert guess.fields["paslon_2"].as_written == "107"
    (reason,) = reasons(guess)
    assert (reason.code, reason.field) == ("unsure_box", "paslon_2")


def test_bubbles_that_contradict_the_digits_are_shown_not_repaired() -> None:
    page = votes("X98", "101", "199", "XX3", "202")
    fields = {**page.fields, "paslon_2": read("paslon_2", "101", bubbles="107")}
    changed = replace(page, fields=fields)
    (reason,) = reasons(changed)
    assert reason.code == "bubbles_disagree"
    assert (reason.numbers["digits"], reason.numbers["bubbles"]) == ("101", 107)
    assert reconcile(gather(FORM, [changed]), Policy()).values["paslon_2"].value == 101


def test_bubbles_left_empty_say_nothing() -> None:
    page = votes("X98", "101", "199", "XX3", "202")
    fields = {**page.fields, "paslon_2": read("paslon_2", "101", bubbles="___")}
    assert reasons(replace(page, fields=fields)) == ()


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("tally", "tally_disagrees"),
        ("rowsums", "row_sums_disagree"),
        ("words", "words_disagree"),
    ],
)
def test_other_writings_of_a_number_that_contradict_the_digits_are_shown_not_repaired(
    source: Source, code: str
) -> None:
    page = votes("X98", "101", "199", "XX3", "202")
    assert reasons(with_witness(page, source, 101, 0.99)) == ()
    assert reasons(with_witness(page, source, 106, 0.9)) == ()
    assert reasons(with_witness(page, source, None, 0.99)) == ()
    changed = with_witness(page, source, 106, 0.99)
    (reason,) = reasons(changed)
    assert (reason.code, reason.field) == (code, "paslon_2")
    assert reason.numbers == {"digits": "101", source: 106, "probability": 0.99}
    assert reconcile(gather(FORM, [changed]), Policy()).values["paslon_2"].value == 101


def with_witness(
    page: PageReading, source: Source, value: int | None, probability: float
) -> PageReading:
    """The page, of which paslon_2 has one more witness."""
    held = page.fields["paslon_2"]
    said = Evidence(source, (Candidate(value, probability),))
    changed = replace(held, evidence=(*held.evidence, said))
    return replace(page, fields={**page.fields, "paslon_2": changed})


def test_more_votes_than_ballots_is_over_the_limit() -> None:
    page = votes("905", "101", "1006"[-3:], "XX3", "009")
    assert "over_limit" in codes(page, registered=240)
    assert "over_limit" not in codes(page)


def test_two_photos_of_a_page_that_differ_make_the_field_doubtful() -> None:
    first = votes("X98", "107", "199", "XX3", "202")
    second = replace(votes("X98", "101", "199", "XX3", "202"), photo="c" * 64)
    (reason,) = reasons(first, second)
    assert (reason.code, reason.field) == ("photos_disagree", "paslon_2")


def test_cross_page_rules_are_checked_once_both_pages_are_in() -> None:
    few = voters("X50", "X50", "100", "103")
    assert reasons(few) == ()
    found = reasons(few, votes("X98", "101", "199", "XX3", "202"))
    assert [reason.code for reason in found] == ["rule_broken", "paper_inconsistent"]
    assert found[0].rule == "total-dalam-surat"


def test_a_poor_photo_is_a_reason_of_its_own() -> None:
    page = votes("X98", "101", "199", "XX3", "202")
    poor = replace(page, quality=replace(page.quality, box_pixels=9.0, sharpness=0.01))
    assert codes(replace(poor, reprojection_error_mm=5.0)) == {
        "coarse_photo", "blurred_photo", "loose_fit"
    }  # fmt: skip


def test_warnings_do_not_make_a_form_doubtful() -> None:
    assert codes(voters("120", "120", "240", "300")) == set()


def test_a_reading_of_another_form_is_a_bug() -> None:
    with pytest.raises(ValueError, match="among those of form-uji"):
        gather(FORM, [replace(page_reading(1, {}), form="other")])


@given(
    st.lists(st.text(ALPHABET, min_size=3, max_size=3), min_size=5, max_size=5),
    st.floats(0.3, 1.0),
)
def test_a_form_with_a_number_missing_or_guessed_is_never_clear(
    written: list[str], probability: float
) -> None:
    fields = {
        name: read(name, boxes, p=probability) for name, boxes in zip(VOTES, written, strict=True)
    }
    gathered = gather(FORM, [page_reading(2, fields)])
    settled = reconcile(gathered, Policy())
    if any(value.value is None for value in settled.values.values()) or probability < 0.9:
        assert isinstance(triage(gathered, settled, Policy()), Doubtful)


def plausible(name: str, written: str, other: str, p: float) -> FieldReading:
    """A field whose boxes may also spell another number, with probability `p`."""
    glyphs = tuple(
        sure(one) if one == two else glyph_scores({one: 1 - p, two: p})
        for one, two in zip(written, other, strict=True)
    )
    said = Evidence("digits", (Candidate(spell(written).value, 1 - p),), written)
    return FieldReading(name, written, glyphs, (said,))


def changed(page: PageReading, *fields: FieldReading) -> PageReading:
    return replace(page, fields={**page.fields, **{field.field: field for field in fields}})


def test_ink_that_may_say_what_the_sums_say_is_proposed_and_never_clear() -> None:
    page = votes("117", "X50", "161", "XX0", "161")
    page = changed(page, plausible("paslon_1", "117", "111", 0.1))
    gathered = gather(FORM, [page])
    value = reconcile(gathered, Policy()).values["paslon_1"]
    assert (value.value, value.moved_by, value.top) == (111, "suara-sah", 117)
    assert (value.as_written, value.shown) == ("117", "???")
    assert {one.value for one in value.candidates[:2]} == {111, 117}
    first = reasons(page)[0]
    assert (first.code, first.field, first.rule) == ("moved", "paslon_1", "suara-sah")
    assert (first.numbers["top"], first.numbers["value"]) == (117, 111)
    assert first.numbers["target"] == "suara_sah"
    assert gathered.fields["paslon_1"].as_written == "117"


LIMITS = (
    RuleSpec("pengguna-l", ("paslon_1",), "at_most", "pemilih_dpt_l"),
    RuleSpec("pengguna-j", ("suara_sah",), "at_most", "pemilih_dpt_j"),
)
"""As on every form of KPU: who voted, of one sex and of both, is at most who may vote."""


def test_a_box_that_only_a_limit_speaks_for_stays_unsure() -> None:
    # 150 of 160 and 155 of 260, or, where both first boxes are a 7, 750 and 755.
    page = votes("150", "X05", "155", "XX3", "158")
    unsure = [plausible("paslon_1", "150", "750", 0.4), plausible("suara_sah", "155", "755", 0.4)]
    pages = [voters("160", "100", "260", "267"), changed(page, *unsure)]
    sums = tuple(rule for rule in FORM.rules if rule.id in ("dpt", "suara-sah"))
    found = settle(pages, replace(FORM, rules=(*sums, *LIMITS)), Policy())
    value = found.reconciliation.values["paslon_1"]
    # The sum ties both boxes, so one is as sure as the other; that is all there is to know.
    assert value.probability == pytest.approx(0.36 / (0.36 + 0.16), abs=1e-3)
    assert (value.value, value.as_written) == (None, "?50")
    assert isinstance(found.verdict, Doubtful)
    named = {one.field for one in found.verdict.reasons if one.code == "unsure_box"}
    assert named == {"paslon_1", "suara_sah"}


def test_ink_over_a_limit_is_not_moved_below_it() -> None:
    rules = tuple(rule for rule in LIMITS if rule.id == "pengguna-l")
    pages = [
        voters("160", "100", "260", "267"),
        page_reading(2, {"paslon_1": plausible("paslon_1", "750", "150", 0.15)}),
    ]
    found = settle(pages, replace(FORM, rules=rules), Policy())
    value = found.reconciliation.values["paslon_1"]
    assert (value.value, value.moved_by) == (750, None)
    assert value.probability == pytest.approx(0.85, abs=1e-3)
    assert isinstance(found.verdict, Doubtful)
    assert [one.code for one in found.verdict.reasons] == [
        "unsure_box", "rule_broken", "paper_inconsistent"
    ]  # fmt: skip
    # More voted than may vote, unless one of the two numbers is misread.
    assert found.reconciliation.inconsistent == pytest.approx(0.85, abs=1e-3)


def test_an_unsure_number_over_a_limit_is_named_itself() -> None:
    rules = tuple(rule for rule in LIMITS if rule.id == "pengguna-l")
    pages = [
        voters("160", "100", "260", "267"),
        page_reading(2, {"paslon_1": read("paslon_1", "750", p=0.9992)}),
    ]
    verdict = settle(pages, replace(FORM, rules=rules), Policy()).verdict
    assert isinstance(verdict, Doubtful)
    assert [(one.code, one.field) for one in verdict.reasons[:2]] == [
        ("unsure_number", "paslon_1"), ("rule_broken", None)
    ]  # fmt: skip


def limit(terms: list[str], right: str | int) -> RuleSpec:
    target, constant = (right, None) if isinstance(right, str) else (None, right)
    return RuleSpec("paling-banyak", tuple(terms), "at_most", target, constant)


ink = st.fixed_dictionaries(
    {
        name: st.tuples(
            st.sampled_from(("098", "101", "107", "199", "701")),
            st.sampled_from(("098", "101", "107", "199", "701")),
            st.floats(0.0001, 0.5),
        )
        for name in VOTES
    }
)
limits = st.builds(
    limit,
    st.lists(st.sampled_from(VOTES[:3]), min_size=1, max_size=2),
    st.one_of(st.sampled_from(VOTES[3:]), st.integers(0, 999)),
)


@settings(max_examples=60, deadline=None)
@given(ink, limits)
def test_a_limit_makes_no_number_surer_and_moves_none(
    held: dict[str, tuple[str, str, float]], more: RuleSpec
) -> None:
    fields = {name: plausible(name, *item) for name, item in held.items()}
    pages = [page_reading(2, fields)]

    def found(form: FormSpec) -> tuple[dict[str, tuple[int | None, str, str | None, float]], bool]:
        result = settle(pages, form, Policy())
        values = {
            name: (value.value, value.as_written, value.moved_by, value.probability)
            for name, value in result.reconciliation.values.items()
        }
        return values, isinstance(result.verdict, Clear)

    without, clear = found(FORM)
    limited, still_clear = found(replace(FORM, rules=(more, *FORM.rules)))
    assert limited == without
    assert clear or not still_clear


@pytest.mark.parametrize(
    ("said", "unseen", "kept"),
    [(0.9999, 2e-4, 0.9997), (0.9996, 2e-4, None), (0.9996, 0.0, 0.9996)],
)
def test_a_number_moves_only_by_what_is_proved(
    monkeypatch: pytest.MonkeyPatch, said: float, unseen: float, kept: float | None
) -> None:
    candidates = (Candidate(111, said), Candidate(117, 1 - said))
    posterior = Posterior({"paslon_1": candidates}, 0.0, unseen, 1)
    monkeypatch.setattr(reconciling, "infer", lambda *_, **__: posterior)
    gathered = gather(FORM, [page_reading(2, {"paslon_1": read("paslon_1", "117")})])
    value = reconcile(gathered, Policy()).values["paslon_1"]
    if kept is None:
        assert value.moved_by is None
    else:
        assert value.value == 111
        assert value.probability == pytest.approx(kept)


@pytest.mark.parametrize("sah", ["161", "166"])
def test_ink_that_cannot_say_what_the_sums_say_stays(sah: str) -> None:
    page = votes("117", "X50", sah, "XX0", sah)
    assert reconcile(gather(FORM, [page]), Policy()).values["paslon_1"].value == 117
    assert "moved" not in codes(page)
    assert "rule_broken" in codes(page)


def test_bubbles_help_ink_that_is_in_doubt() -> None:
    page = voters("120", "125", "245", "251")
    weak = plausible("ss_diterima", "251", "257", 0.02)
    assert codes(changed(page, weak)) == {"unsure_box"}
    bubbles = Evidence("bubbles", (Candidate(251, 0.999),), "251")
    helped = replace(weak, evidence=(*weak.evidence, bubbles))
    assert codes(changed(page, helped)) == set()


def test_of_two_photos_every_number_is_taken_from_the_better_one() -> None:
    page = votes("X98", "101", "199", "XX3", "202")
    first = changed(page, read("paslon_1", "X98", p=0.7), read("paslon_2", "101", p=0.99999))
    second = replace(changed(page, read("paslon_2", "107", p=0.6)), photo="c" * 64)
    gathered = gather(FORM, [first, second])
    assert gathered.taken_from["paslon_1"] is second
    assert gathered.taken_from["paslon_2"] is first
    assert gathered.others["paslon_2"] == (second.fields["paslon_2"],)
    assert reasons(first, second) == ()


def test_flat_scores_are_undecided_never_clear() -> None:
    flat = GlyphScores((0.1,) * 10 + (0.0,) * 4)
    fields = {name: FieldReading(name, "000", (flat,) * 3, ()) for name in VOTES}
    page = page_reading(2, fields)
    assert "undecided" in codes(page)
    assert not reconcile(gather(FORM, [page]), Policy()).decided


def test_a_dpt_larger_than_the_list_is_over_the_limit() -> None:
    page = voters("120", "125", "245", "251")
    assert codes(page, registered=245) == set()
    over = [reason for reason in reasons(page, registered=240) if reason.rule == "dpt-tps"]
    assert [(one.code, one.field) for one in over] == [("over_limit", "pemilih_dpt_j")]


def test_more_voters_than_one_tps_may_have_are_never_clear() -> None:
    (reason,) = reasons(voters("320", "325", "645", "662"))
    assert (reason.code, reason.rule) == ("over_limit", "batas-pemilih")


def test_what_numbers_may_not_exceed_is_a_limit_whatever_a_form_calls_it() -> None:
    cap = RuleSpec("paling-banyak", ("paslon_1", "paslon_2"), "at_most", None, 300, None, "warn")
    form = replace(FORM, rules=(*FORM.rules, cap))
    check = check_rules(form, {"paslon_1": 200, "paslon_2": 101})[-1]
    assert check.is_limit
    assert (check.rule, check.outcome) == ("paling-banyak", "broken")
    assert not any(item.is_limit for item in check_rules(FORM, {}) if item.rule == "suara-sah")


def test_a_page_that_nobody_could_read_never_takes_the_place_of_one_that_was_read() -> None:
    unread = unread_page("c" * 64, FORM, 2)
    faint = votes("X98", "101", "199", "XX3", "202")
    for order in ([unread, faint], [faint, unread]):
        assert gather(FORM, order).taken_from["paslon_1"] is faint
