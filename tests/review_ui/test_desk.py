"""The review desk by keys alone, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from digitizer.domain.policy import Policy
from tests.facts import PAGE_1, PAGE_2, unsure
from tests.review_ui.conftest import DeskServer, look

pytestmark = pytest.mark.browser

DOUBT = {("paslon_1", 1): unsure("6", "0")}


def boxes(tab: Page, name: str) -> str:
    row = tab.locator(f'[data-field="{name}"] .boxes input')
    return "".join(row.nth(index).input_value() for index in range(row.count()))


def focused(tab: Page) -> str:
    return str(
        tab.evaluate(
            """() => {
              const at = document.activeElement, row = at.closest("[data-field]");
              return row ? row.dataset.field + " " + [...row.querySelectorAll("input")].indexOf(at)
                         : at.className;
            }"""
        )
    )


def test_a_clear_form_is_one_key(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    look(tab)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/done")
    (body,) = desk.posted
    assert {name: item["as_written"] for name, item in body["fields"].items()} == PAGE_1 | PAGE_2
    assert not any(item["touched"] for item in body["fields"].values())
    assert body["expected_version"] == 0
    assert body["readings"] == ["r1", "r2"]
    assert body["acknowledged"] == []


def test_one_doubtful_box_is_digit_enter_submit(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT, page_2={"suara_sah": "103", "suara_total": "107",
                                            "paslon_1": "X61"}, page_1={}))  # fmt: skip
    tab.goto(desk.show(boxes=DOUBT))
    assert focused(tab) == "paslon_1 1"
    tab.keyboard.press("6")
    tab.keyboard.press("Enter")
    look(tab)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    assert desk.posted[0]["fields"]["paslon_1"] == {
        "as_written": "X61", "touched": True, "note": ""
    }  # fmt: skip


def test_a_number_that_a_sum_would_move_comes_first_and_empty_with_both_candidates(
    tab: Page, desk: DeskServer
) -> None:
    either = {("paslon_1", 2): unsure("7", "1", 0.8)}
    tab.goto(desk.show(page_2={"paslon_1": "X67"}, boxes=either, policy=Policy()))
    assert focused(tab) == "paslon_1 0"
    assert boxes(tab, "paslon_1") == ""
    reason = tab.locator('[data-field="paslon_1"]').get_by_role("listitem")
    expect(reason).to_contain_text("terbaca 67, tetapi dari hitungan Suara sah lebih mungkin 61")
    tab.keyboard.press("Control+Enter")
    tab.keyboard.type("X61")
    tab.keyboard.press("Enter")
    assert desk.posted == []
    look(tab)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    assert desk.posted[0]["fields"]["paslon_1"]["as_written"] == "X61"


@pytest.mark.parametrize("name", ["paslon_1", "suara_sah", "pemilih_dpt_l"])
def test_typing_123_into_a_prefilled_box_gives_123(tab: Page, desk: DeskServer, name: str) -> None:
    tab.goto(desk.show())
    for start in range(3):
        tab.locator(f'[data-field="{name}"] .boxes input').nth(start).click()
        tab.keyboard.type("123")
        assert boxes(tab, name) == "123"
        assert tab.locator(f'[data-field="{name}"] output').inner_text() == "123"


def test_too_many_characters_block_enter_until_typed_again(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.keyboard.type("1230")
    tab.keyboard.press("Enter")
    row = tab.locator('[data-field="paslon_1"]')
    expect(row).not_to_have_attribute("data-state", "confirmed")
    expect(tab.locator(".status")).to_contain_text("lebih dari 3 kotak")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.type("X61")
    tab.keyboard.press("Enter")
    expect(row).to_have_attribute("data-state", "confirmed")


def test_a_doubtful_form_cannot_be_submitted_before_its_doubts(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    expect(tab.locator(".submit")).to_have_attribute("aria-disabled", "true")
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".status")).to_contain_text("1 angka belum dikonfirmasi")
    assert desk.posted == []


def test_a_broken_sum_needs_a_correction_or_a_word(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(page_2={"suara_sah": "123"}))
    broken = tab.locator('.equations li[data-outcome="broken"]')
    expect(broken.first).to_contain_text("123 ≠ 61 + 52 = 113")
    expect(tab.locator('[data-field="suara_sah"]')).to_have_attribute("data-state", "rule")
    expect(tab.locator(".submit")).to_have_attribute("aria-disabled", "true")
    tab.locator('[data-field="suara_sah"] .boxes input').nth(1).click()
    tab.keyboard.press("1")
    expect(broken).to_have_count(0)
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("2")
    tab.keyboard.press("s")
    tab.keyboard.press("Enter")
    look(tab)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    assert set(desk.posted[0]["acknowledged"]) == {"suara-sah", "suara-total"}


def test_an_acknowledgement_falls_when_its_numbers_change(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(page_2={"suara_sah": "123"}))
    tab.keyboard.press("s")
    tab.keyboard.press("s")
    expect(tab.locator(".acknowledge").first).to_have_attribute("aria-pressed", "true")
    tab.locator('[data-field="suara_sah"] .boxes input').nth(1).click()
    tab.keyboard.press("3")
    expect(tab.locator(".acknowledge").first).to_have_attribute("aria-pressed", "false")


def test_a_digit_typed_on_the_button_never_confirms_without_it(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    assert "submit" in focused(tab)
    tab.keyboard.type("57")
    tab.keyboard.press("Enter")
    assert desk.posted == []
    expect(tab.locator(".status")).to_contain_text("Pilih angkanya dahulu")
    assert boxes(tab, "pemilih_dpt_l") == PAGE_1["pemilih_dpt_l"]
    tab.keyboard.press("ArrowUp")
    assert focused(tab) == "suara_total 0"


def test_marks_alternatives_and_unreadable(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    tab.keyboard.press(".")
    assert boxes(tab, "paslon_1") == "X01"
    tab.keyboard.press(",")
    assert boxes(tab, "paslon_1") == "X61"
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.keyboard.type("x-_")
    assert boxes(tab, "paslon_1") == "X-_"
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.keyboard.press("u")
    assert boxes(tab, "paslon_1") == "?-_"
    tab.keyboard.press("q")
    assert boxes(tab, "paslon_1") == "?-_"
    tab.keyboard.press("Backspace")
    assert boxes(tab, "paslon_1") == "?_"
    tab.keyboard.press("Enter")
    expect(tab.locator(".status")).to_contain_text("kotak kosong")


def test_a_guess_is_not_shown_and_must_be_typed(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes={("paslon_2", 2): unsure("2", "7", 0.6)}))
    assert boxes(tab, "paslon_2") == "X5"
    assert focused(tab) == "paslon_2 2"
    tab.keyboard.press("Enter")
    assert focused(tab) == "paslon_2 2"
    expect(tab.locator('[data-field="paslon_2"]')).to_have_attribute("data-state", "nothing")
    tab.keyboard.press("2")
    tab.keyboard.press("Enter")
    assert "submit" in focused(tab)


def test_space_accepts_the_sure_and_goes_to_the_first_doubt(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    tab.locator('[data-field="suara_sah"] .boxes input').first.click()
    tab.keyboard.press(" ")
    expect(tab.locator('[data-field="suara_sah"]')).to_have_attribute("data-state", "confirmed")
    assert focused(tab) == "paslon_1 1"


def test_what_was_typed_survives_a_refusal_and_a_reload(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    desk.status, desk.answer = 409, {"code": "conflict", "text": "Orang lain mendahului."}
    tab.keyboard.press("6")
    tab.keyboard.press("Enter")
    look(tab)
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".status")).to_have_text("Orang lain mendahului.")
    tab.locator('[data-field="suara_sah"] .boxes input').nth(2).click()
    tab.keyboard.press("3")
    tab.reload()
    expect(tab.locator(".restored")).to_be_visible()
    expect(tab.locator('[data-field="paslon_1"]')).to_have_attribute("data-state", "confirmed")
    desk.status, desk.answer = 201, {"next": "/done"}
    tab.keyboard.press("Enter")
    look(tab)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    # What was changed after an attempt may not pass for that attempt.
    assert desk.posted[0]["client"] != desk.posted[1]["client"]


def test_the_same_confirmation_sent_again_is_the_same_attempt(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    look(tab)
    desk.status, desk.answer = 500, {}
    tab.keyboard.press("Enter")
    expect(tab.locator(".status")).to_contain_text("Tidak tersimpan")
    desk.status, desk.answer = 201, {"next": "/done"}
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    assert desk.posted[0]["client"] == desk.posted[1]["client"]


def test_without_a_network_it_is_kept_and_sent_again_by_itself(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show())
    tab.wait_for_load_state("networkidle")
    look(tab)
    tab.context.set_offline(True)
    tab.keyboard.press("Enter")
    expect(tab.locator(".status")).to_contain_text("dikirim lagi sendiri")
    assert desk.posted == []
    tab.context.set_offline(False)
    tab.wait_for_url("**/done")
    assert len(desk.posted) == 1


def test_a_session_that_ended_loses_nothing(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    desk.status, desk.answer = 401, {"code": "not_signed_in"}
    tab.keyboard.press("6")
    tab.keyboard.press("Enter")
    look(tab)
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(".status")).to_contain_text("masuk lagi di tab lain")
    desk.status, desk.answer = 201, {"next": "/done"}
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    assert desk.posted[1]["fields"]["paslon_1"]["as_written"] == "X61"


def test_more_than_the_tps_can_hold_needs_a_reason(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(page_2={"paslon_1": "961", "suara_sah": "101"}))
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.keyboard.press("s")
    expect(tab.locator(".status")).to_contain_text("tulis alasannya")
    tab.keyboard.type("kotak pertama tertulis 9")
    tab.locator('[data-field="paslon_1"] .boxes input').first.click()
    tab.keyboard.press("s")
    limit = tab.locator('[data-rule="surat-suara-tps"] .acknowledge').first
    expect(limit).to_have_attribute("aria-pressed", "true")


def test_everything_works_with_a_mouse(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    tab.locator('[data-field="paslon_1"] .tick').click()
    look(tab)
    tab.locator(".submit").click()
    tab.wait_for_url("**/done")


def test_a_note_goes_with_its_number(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    tab.locator(".note input").fill("ditimpa")
    tab.locator('[data-field="paslon_1"] .tick').click()
    look(tab)
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url("**/done")
    assert desk.posted[0]["fields"]["paslon_1"]["note"] == "ditimpa"


def test_a_number_without_ink_enlarges_nothing(tab: Page, desk: DeskServer) -> None:
    url = desk.show(boxes=DOUBT)
    words = '<span class="ink none">-</span>'
    desk.pages["/sheet"] = re.sub(r'<img class="ink"[^>]*>', words, desk.pages["/sheet"])
    tab.goto(url)
    assert focused(tab) == "paslon_1 1"
    lens = tab.locator(".lens img")
    expect(lens).to_be_hidden()
    assert lens.get_attribute("src") is None
    tab.locator(".ink").first.click()
    assert focused(tab) == "pemilih_dpt_l 0"


def test_keys_that_come_from_no_element_still_reach_the_desk(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    tab.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'F1' }))")
    expect(tab.locator("dialog.help")).to_be_visible()


def test_why_a_number_is_in_doubt_stands_beside_its_ink(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes={("pemilih_dpt_l", 1): unsure("9", "4")}))
    assert focused(tab) == "pemilih_dpt_l 1"
    expect(tab.locator(".why-here")).to_contain_text("kotak 2 terbaca 9")
    tab.locator('[data-field="paslon_2"] .boxes input').first.click()
    expect(tab.locator(".why-here")).to_be_empty()


def test_help_and_width(tab: Page, desk: DeskServer) -> None:
    tab.goto(desk.show(boxes=DOUBT))
    tab.keyboard.press("F1")
    expect(tab.locator("dialog.help")).to_be_visible()
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1366


def test_readable_with_scripts_off(browser_without_scripts: Page, desk: DeskServer) -> None:
    tab = browser_without_scripts
    tab.goto(desk.show(page_2={"suara_sah": "123"}))
    assert boxes(tab, "suara_sah") == "123"
    expect(tab.locator('.equations li[data-outcome="broken"]').first).to_contain_text("123")
    expect(tab.locator("noscript .notice, .notice").first).to_contain_text("Skrip dimatikan")
