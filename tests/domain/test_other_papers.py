"""The plano and the SALINAN of a TPS come to one tally, in whichever order they are confirmed."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.domain.number import spell
from digitizer.domain.other_papers import Said, contradictions, together
from digitizer.domain.tally import Tally
from digitizer.domain.verification import (
    ALONE,
    Confirmed,
    Dispute,
    NeedsReader,
    OtherPapers,
    Verification,
    verify,
)
from digitizer.errors import VerificationRefused
from tests.domain.build import VOTERS, form
from tests.domain.test_verify import GOOD, confirmed

PLANO, COPY = form(), replace(form(), id="form-salinan")
TPS = "6411010001001"
PAGE_1 = dict(zip(VOTERS, ("100", "100", "200", "205"), strict=True))


def said(name: str, settles: tuple[str, ...] = (), **boxes: str) -> Said:
    return Said(name, boxes, settles)


def numbers(last: Said, *beside: Said, decided: tuple[Said, ...] = ()) -> dict[str, str]:
    taken = together(last, beside, decided)
    return {name: item.as_written[name] for name, item in taken.items()}


def tally(
    item: Verification, others: OtherPapers = ALONE, version: int = 1
) -> Tally | NeedsReader | Dispute:
    spec = COPY if item.id.startswith("copy") else PLANO
    pages = {spec.page_of[name] for name in item.fields}
    return verify(
        spec, [item], pages=pages, tps=TPS, contest="gub", version=version, readers=1,
        others=others,
    )  # fmt: skip


def given_as(name: str, fields: dict[str, str]) -> Verification:
    return replace(confirmed(fields, reviewer=name), id=name, photos=(name,))


def test_a_number_that_a_paper_lacks_is_taken_from_the_other_one() -> None:
    plano = said("p", a="X61", b="X52", c="XX4")
    assert numbers(said("s", a="061", b="___", c="?_4"), plano) == {
        "a": "061", "b": "X52", "c": "XX4",
    }  # fmt: skip
    assert contradictions(said("s", a="061", b="___", c="?_4"), [plano]) == ()
    assert contradictions(said("s", a="016", b="X52"), [plano]) == ("a",)


def test_whoever_decides_between_papers_has_the_last_word_also_where_they_leave_it_open() -> None:
    plano = said("p", a="X61", b="X52", c="XX4")
    decided = said("s", ("p",), a="0?6", b="___")
    assert numbers(decided, plano) == {"a": "0?6", "b": "X52", "c": "XX4"}
    assert contradictions(replace(decided, as_written={"a": "016"}), [plano]) == ()


def test_what_was_decided_on_one_page_says_nothing_of_the_other() -> None:
    plano = said("p", a="X61", b="X52")
    decided = said("d", ("p",), a="016")
    again = said("s", a="016", b="097")
    assert contradictions(again, [plano], [decided]) == ("b",)
    assert numbers(said("s", a="016"), plano, decided=(decided,)) == {"a": "016", "b": "X52"}


def test_papers_beside_may_not_contradict_each_other_either() -> None:
    assert contradictions(said("l", b="X52"), [said("p", a="X61"), said("s", a="016")]) == ("a",)


BOXES = st.sampled_from(["X61", "061", "___", "?61"])
PAPER = st.dictionaries(st.sampled_from(["a", "b", "c"]), BOXES)


@given(plano=PAPER, copy=PAPER)
def test_when_papers_agree_the_order_changes_no_number(
    plano: dict[str, str], copy: dict[str, str]
) -> None:
    one, other = Said("p", plano), Said("s", copy)
    assert contradictions(one, [other]) == contradictions(other, [one]) == ()
    first, second = (
        {name: spell(boxes).value for name, boxes in found.items()}
        for found in (numbers(one, other), numbers(other, one))
    )
    assert first == second


@given(wrong=st.booleans(), half=st.booleans(), copy_first=st.booleans())
def test_the_order_of_confirming_makes_no_other_tally(
    wrong: bool, half: bool, copy_first: bool
) -> None:
    whole = given_as("plano", {**PAGE_1, **GOOD})
    copied = {**GOOD, **({"paslon_1": "X97", "paslon_2": "102"} if wrong else {})}
    copy = given_as("copy", dict(PAGE_1) if half else copied)
    one, other = (copy, whole) if copy_first else (whole, copy)
    assert isinstance(tally(one), Tally)
    found = tally(other, OtherPapers((one,)), version=2)
    if wrong and not half:
        assert found == Dispute(("paslon_1", "paslon_2"))
        return
    assert isinstance(found, Tally)
    assert found.values["paslon_1"] == 98
    assert found.values["pemilih_dpt_j"] == 200
    assert found.gaps == ()
    assert found.beside == (one.id,)
    assert set(found.photos) == {"plano", "copy"}


def test_who_decides_names_the_other_paper_too() -> None:
    plano, copy = given_as("plano", GOOD), given_as("copy", {**GOOD, "paslon_1": "X98"})
    apart = {**GOOD, "paslon_1": "X97", "paslon_2": "102"}
    others = OtherPapers((plano,), between=(copy,))
    decided = given_as("copy-decided", apart)
    with pytest.raises(VerificationRefused, match="other readings than those that differ now"):
        tally(replace(decided, settles=("plano",)), others)
    found = tally(replace(decided, settles=("plano", "copy")), others)
    assert isinstance(found, Tally)
    assert found.values["paslon_1"] == 97


def test_who_decides_between_papers_read_none_of_them() -> None:
    plano, copy = given_as("plano", GOOD), given_as("copy", {**GOOD, "paslon_1": "X98"})
    decided = replace(given_as("copy-decided", GOOD), settles=("plano", "copy"))
    mine = [replace(item, reviewer=decided.reviewer) for item in (plano, copy)]
    for own in (
        OtherPapers((mine[0],), between=(copy,)),
        OtherPapers((plano,), between=(mine[1],)),
    ):
        with pytest.raises(VerificationRefused, match="read one of the papers between which"):
            tally(decided, own)


def test_one_person_may_have_read_twice_where_another_one_decides() -> None:
    readers = [given_as("copy-1", GOOD), given_as("copy-2", GOOD)]
    readers = [replace(item, reviewer="r") for item in readers]
    last = replace(given_as("copy-3", GOOD), settles=("copy-1", "copy-2"))
    found = verify(
        COPY, [*readers, last], pages=(2,), tps=TPS, contest="gub", version=3, readers=2
    )  # fmt: skip
    assert isinstance(found, Tally)
    with pytest.raises(VerificationRefused, match="same person"):
        verify(
            COPY, [*readers, replace(last, reviewer="r")], pages=(2,), tps=TPS, contest="gub",
            version=3, readers=2,
        )  # fmt: skip


def test_a_rule_across_papers_is_told_as_it_is() -> None:
    plano = given_as("plano", GOOD)
    first = {**PAGE_1, "pemilih_dpt_l": "010", "pemilih_dpt_p": "010", "pemilih_dpt_j": "020",
             "ss_diterima": "021"}  # fmt: skip
    found = tally(given_as("copy", first), OtherPapers((plano,)))
    assert isinstance(found, Tally)
    assert [check.rule for check in found.checks if check.outcome == "broken"] == [
        "total-dalam-surat"
    ]


def test_a_field_says_what_it_was_written_as() -> None:
    item = replace(given_as("plano", {}), fields=MappingProxyType({"a": Confirmed("X61", None)}))
    assert item.said == Said("plano", {"a": "X61"})
