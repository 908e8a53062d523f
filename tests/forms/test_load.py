"""A form file becomes a form, or an error that names file, key and cause."""

import tomllib
from pathlib import Path

import cv2
import pytest

from digitizer.domain.geometry import Point, Rect
from digitizer.errors import FormFileError
from digitizer.forms import (
    check_form,
    faults_of,
    know_forms,
    load_form,
    load_form_file,
    parse_form,
)
from digitizer.forms.schema import TAGS, TagDictionary
from digitizer.pipeline import atlas_of
from review_ui.i18n import LANGUAGES, text
from tests.conftest import ROOT

GOOD = """\
id = "small-form"
title = "A small form"
year = 2024
version = 3

[[rule]]
id = "suara-sah"
sum = ["paslon_1", "paslon_2"]
equals = "suara_sah"

[[page]]
number = 1
size_mm = [100.0, 150]
header = [10.0, 5.0, 50.0, 10.0]
titles = [[20.0, 14.0, 60.0, 8.0]]
private = [[60.0, 120.0, 30.0, 20.0]]
tag = { dictionary = "DICT_APRILTAG_36h10", id = 7, rect = [70.0, 5.0, 16.0, 16.0], turns = 2 }

[page.fiducials]
square_side = 3.0
top_left = [6.0, 6.0]
top_right = [94.0, 6.0]
bottom_right = [94.0, 144.0]
bottom_left = [6.0, 144.0]

[[page.field]]
id = "paslon_1"
label = "Paslon 1"
role = "votes"
digit_boxes = [[10.0, 30.0, 8.0, 8.0], [20.0, 30.0, 8.0, 8.0]]
guides = true
bubbles = { diameter = 2.0, x = [14.0, 24.0], y = [41, 44, 47, 50, 53, 56, 59, 62, 65, 68] }
tally = { area = [30.0, 30.0, 36.0, 20.0], rows = 2, columns = 3 }
row_sums = { area = [66.0, 30.0, 10.0, 20.0], rows = 2, columns = 2 }
words = [30.0, 52.0, 40.0, 8.0]

[[page.field]]
id = "paslon_2"
label = "Paslon 2"
role = "votes"
digit_boxes = [[10.0, 80.0, 8.0, 8.0], [20.0, 80.0, 8.0, 8.0]]

[[page.field]]
id = "suara_sah"
label = "Suara sah"
role = "total"
digit_boxes = [[10.0, 100.0, 8.0, 8.0], [20.0, 100.0, 8.0, 8.0]]
box_stroke = 0.5
box_grey = 0.79

[page.print]
lines = [[5.0, 25.0, 95.0, 25.0, 0.5, 0.0]]
dots = [[5.0, 27.0, 95.0, 27.0, 0.5, 0.0, 2.0]]
circles = [[80.0, 40.0, 4.0, 0.3, 0.0]]
polygons = [[80.0, 50.0, 90.0, 50.0, 90.0, 60.0]]
texts = [{ at = [50.0, 20.0], size = 5.0, text = "Suara sah", bold = true, align = "centre" }]
"""

DEFACED = [
    pytest.param("year = 2024\n", "", "year: this key is missing", id="missing key"),
    pytest.param(
        'role = "total"\n',
        "",
        "page[0].field[2](suara_sah).role: this key is missing",
        id="missing key of a field",
    ),
    pytest.param(
        "year = 2024",
        'year = "2024"',
        "year: input should be a valid integer, found '2024'",
        id="wrong type",
    ),
    pytest.param(
        "guides = true",
        'guides = "yes"',
        "page[0].field[0](paslon_1).guides: input should be a valid boolean, found 'yes'",
        id="text for a flag",
    ),
    pytest.param(
        'role = "total"',
        'role = "sum"',
        "page[0].field[2](suara_sah).role: "
        "input should be 'voters', 'ballots', 'votes', 'total' or 'metadata', found 'sum'",
        id="unknown role",
    ),
    pytest.param(
        "[[10.0, 30.0, 8.0, 8.0], ",
        "[[10.0, 30.0, 8.0], ",
        "page[0].field[0](paslon_1).digit_boxes[0]: found [10.0, 30.0, 8.0], "
        "needed [x, y, width, height] in millimetres",
        id="three numbers for a rectangle",
    ),
    pytest.param(
        "[20.0, 30.0, 8.0, 8.0]]",
        "[20.0, 30.0, -8.0, 8.0]]",
        "page[0].field[0](paslon_1).digit_boxes[1]: rectangle sides -8.0 x 8.0 mm must be positive",
        id="negative width",
    ),
    pytest.param(
        "top_left = [6.0, 6.0]",
        "top_left = [6.0, nan]",
        "page[0].fiducials.top_left: found [6.0, nan], needed [x, y] in millimetres",
        id="not a number",
    ),
    pytest.param(
        "x = [14.0, 24.0]",
        "x = [14.0]",
        "page[0].field[0](paslon_1): field paslon_1 has 1 bubble columns for 2 digit boxes",
        id="a bubble column short",
    ),
    pytest.param(
        "65, 68]",
        "65]",
        "page[0].field[0](paslon_1).bubbles.y: tuple should have at least 10 items after "
        "validation, not 9, found [41, 44, 47, 50, 53, 56, 59, 62, 65]",
        id="nine bubbles",
    ),
    pytest.param(
        "10.0, 20.0], rows = 2",
        "10.0, 20.0], rows = 4",
        "page[0].field[0](paslon_1): field paslon_1 has 4 row sums for 2 tally rows",
        id="row sums beside no row",
    ),
    pytest.param(
        "[[10.0, 80.0, 8.0, 8.0]",
        "[[14.0, 32.0, 8.0, 8.0]",
        "paslon_1 and paslon_2 overlap on page 1: Rect(x=10.0, y=30.0, width=8.0, height=8.0)",
        id="overlap of fields",
    ),
    pytest.param(
        "[20.0, 100.0, 8.0, 8.0]",
        "[12.0, 100.0, 8.0, 8.0]",
        "digit boxes of suara_sah overlap on page 1: Rect(x=10.0, y=100.0, width=8.0, height=8.0)",
        id="overlap of boxes",
    ),
    pytest.param(
        "[20.0, 100.0, 8.0, 8.0]",
        "[95.0, 100.0, 8.0, 8.0]",
        "field suara_sah leaves page 1: Rect(x=95.0, y=100.0, width=8.0, height=8.0)",
        id="off the page",
    ),
    pytest.param(
        "[60.0, 120.0, 30.0, 20.0]",
        "[60.0, 140.0, 30.0, 20.0]",
        "a private cell leaves page 1: Rect(x=60.0, y=140.0, width=30.0, height=20.0)",
        id="private cell off the page",
    ),
    pytest.param(
        "[60.0, 120.0, 30.0, 20.0]",
        "[10.0, 90.0, 30.0, 20.0]",
        "a private cell covers suara_sah on page 1: Rect(x=10.0, y=90.0, width=30.0, height=20.0)",
        id="private cell over a number",
    ),
    pytest.param(
        'id = "paslon_2"',
        'id = "paslon_1"',
        "form small-form has fields more than once: paslon_1",
        id="doubled field",
    ),
    pytest.param(
        "number = 1",
        "number = 0",
        "page[0].number: input should be greater than or equal to 1, found 0",
        id="page number below 1",
    ),
    pytest.param(
        '"paslon_1", "paslon_2"]',
        '"paslon_1", "paslon_9"]',
        "rule suara-sah speaks of unknown fields: paslon_9",
        id="unknown field in a rule",
    ),
    pytest.param(
        '"paslon_1", "paslon_2"]',
        '"paslon_1", "suara_sah"]',
        "rule suara-sah has suara_sah on both sides, needed it on one; take it out of sum, "
        "or name another field in equals or at_most",
        id="one field on both sides of a rule",
    ),
    pytest.param(
        'equals = "suara_sah"\n',
        "",
        "rule[0](suara-sah): needed exactly one of equals and at_most",
        id="rule without a right side",
    ),
    pytest.param(
        'equals = "suara_sah"',
        'equals = "suara_sah"\nat_most = 300',
        "rule[0](suara-sah): needed exactly one of equals and at_most",
        id="rule with two right sides",
    ),
    pytest.param(
        'label = "Paslon 2"',
        'lable = "Paslon 2"\nlabel = "Paslon 2"',
        "page[0].field[1](paslon_2).lable: unknown key",
        id="unknown key",
    ),
    pytest.param(
        "DICT_APRILTAG_36h10",
        "DICT_APRILTAG_36h99",
        "page[0].tag.dictionary: input should be 'DICT_APRILTAG_16h5', 'DICT_APRILTAG_25h9', "
        "'DICT_APRILTAG_36h10' or 'DICT_APRILTAG_36h11', found 'DICT_APRILTAG_36h99'",
        id="unknown tag dictionary",
    ),
    pytest.param(
        '36h10", id = 7,',
        '36h11", id = 587,',
        "page[0].tag: found id 587, DICT_APRILTAG_36h11 has tags 0 to 586; "
        "look at the number and the dictionary again",
        id="tag that its dictionary lacks",
    ),
    pytest.param(
        "0.5, 0.0, 2.0]]",
        "0.5, 0.0, 0.0]]",
        "page[0].print.dots[0]: found pitch 0, needed more than 0 millimetres from dot to dot",
        id="dots without a pitch",
    ),
    pytest.param(
        "[[5.0, 27.0, 95.0, 27.0,",
        "[[5.0, 27.0, 5.0, 27.0,",
        "page[0].print.dots[0]: found a dotted line without length at [5, 27]",
        id="dots without a length",
    ),
    pytest.param(
        "90.0, 50.0, 90.0, 60.0]]",
        "90.0, 50.0, 90.0]]",
        "page[0].print.polygons[0]: found [80.0, 50.0, 90.0, 50.0, 90.0], "
        "needed [x, y, x, y, x, y, ...] in millimetres",
        id="polygon of an odd count",
    ),
    pytest.param(
        "[[80.0, 50.0, 90.0, 50.0, 90.0, 60.0]]",
        "[[80.0, 50.0, 90.0, 50.0]]",
        "page[0].print.polygons[0]: found [80.0, 50.0, 90.0, 50.0], "
        "needed [x, y, x, y, x, y, ...] in millimetres",
        id="polygon of two points",
    ),
    pytest.param(
        "[20.0, 14.0, 60.0, 8.0]",
        "[20.0, 4.0, 60.0, 8.0]",
        "no printed text starts in title Rect(x=20.0, y=4.0, width=60.0, height=8.0) of page 1",
        id="title without a text",
    ),
    pytest.param(
        "square_side = 3.0",
        'square_side = 3.0\nshape = "round"',
        "page[0].fiducials.shape: input should be 'saddle' or 'square', found 'round'",
        id="unknown shape of a mark",
    ),
    pytest.param(
        "box_grey = 0.79",
        "box_grey = 79.0",
        "page[0].field[2](suara_sah).box_grey: input should be less than or equal to 1, found 79.0",
        id="grey above white",
    ),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "small-form.toml"


def test_good_file(path: Path) -> None:
    path.write_text(GOOD)
    form = load_form_file(path)
    page = form.page(1)
    assert (form.id, form.title, form.year, form.reference_layout) == (
        "small-form",
        "A small form",
        2024,
        False,
    )
    assert page.header == Rect(10, 5, 50, 10)
    assert page.private == (Rect(60, 120, 30, 20),)
    assert page.tag is not None
    assert (page.tag.id, page.tag.turns) == (7, 2)
    assert [(mark.corner, mark.point) for mark in page.fiducials] == [
        ("top_left", Point(6, 6)),
        ("top_right", Point(94, 6)),
        ("bottom_right", Point(94, 144)),
        ("bottom_left", Point(6, 144)),
    ]
    paslon = form.fields["paslon_1"]
    assert paslon.guides
    assert paslon.bubbles[1][9] == Rect(23, 67, 2, 2)
    assert paslon.tally[1][2] == Rect(54, 40, 12, 10)
    assert paslon.row_sums[1][1] == Rect(71, 40, 5, 10)
    assert form.fields["suara_sah"].box_stroke == 0.5
    assert (paslon.box_grey, form.fields["suara_sah"].box_grey) == (0.0, 0.79)
    assert {mark.shape for mark in page.fiducials} == {"saddle"}
    assert page.titles == (Rect(20, 14, 60, 8),)
    assert [[text.text for text in strip] for strip in page.printed_titles] == [["Suara sah"]]
    assert page.polygons == ((Point(80, 50), Point(90, 50), Point(90, 60)),)
    assert page.lines[0].pitch is None
    assert page.lines[1].pitch == 2.0
    assert form.rules[0].fields == ("suara_sah", "paslon_1", "paslon_2")


@pytest.mark.parametrize(("good", "bad", "cause"), DEFACED)
def test_defaced_file(path: Path, good: str, bad: str, cause: str) -> None:
    assert GOOD.count(good) == 1
    path.write_text(GOOD.replace(good, bad))
    with pytest.raises(FormFileError) as caught:
        check_form(path)
    assert caught.value.message == f"{path}: {cause}"
    assert "digitizer forms check" in caught.value.hint


def _second_page(number: int, tag: int) -> str:
    """A page with one field, to stand behind `GOOD`."""
    boxes = "[[10.0, 30.0, 8.0, 8.0]]"
    field = f'{{ id = "suara_total", label = "Total", role = "total", digit_boxes = {boxes} }}'
    page = f"[[page]]\nnumber = {number}\nsize_mm = [100.0, 150.0]\nfield = [{field}]\n"
    rect = "[70.0, 5.0, 16.0, 16.0]"
    return page + f'tag = {{ dictionary = "DICT_APRILTAG_36h10", id = {tag}, rect = {rect} }}\n'


def test_pages_that_are_not_known_are_left_out(path: Path) -> None:
    path.write_text(GOOD.replace("number = 1", "number = 2") + _second_page(4, tag=8))
    form = load_form_file(path)
    assert [page.number for page in form.pages] == [2, 4]
    assert form.page(4) is form.pages[1]
    assert form.page_of["suara_sah"] == 2
    with pytest.raises(IndexError, match="form small-form has no page 1"):
        form.page(1)


@pytest.mark.parametrize(("first", "second"), [(2, 1), (1, 1)])
def test_page_numbers_rise(path: Path, first: int, second: int) -> None:
    path.write_text(GOOD.replace("number = 1", f"number = {first}") + _second_page(second, tag=8))
    with pytest.raises(FormFileError) as caught:
        load_form_file(path)
    assert caught.value.message == (
        f"{path}: form small-form has pages [{first}, {second}], needed rising numbers from 1"
    )


def test_square_marks(path: Path) -> None:
    path.write_text(GOOD.replace("square_side = 3.0", 'square_side = 3.0\nshape = "square"'))
    marks = load_form_file(path).page(1).fiducials
    assert {mark.shape for mark in marks} == {"square"}


def test_one_tag_names_one_page(path: Path) -> None:
    path.write_text(GOOD + _second_page(2, tag=7))
    with pytest.raises(FormFileError, match="form small-form has tags on more than one page: 7"):
        load_form_file(path)


@pytest.mark.parametrize("dictionary", sorted(TAGS))
def test_every_tag_of_a_dictionary_and_no_other_is_one(
    path: Path, dictionary: TagDictionary
) -> None:
    known = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, dictionary))
    last = len(known.bytesList) - 1
    assert last + 1 == TAGS[dictionary]
    written = GOOD.replace("DICT_APRILTAG_36h10", dictionary)
    path.write_text(written.replace("id = 7,", f"id = {last},"))
    tag = load_form_file(path).page(1).tag
    assert tag is not None
    assert tag.id == last
    path.write_text(written.replace("id = 7,", f"id = {last + 1},"))
    with pytest.raises(FormFileError, match=f"{dictionary} has tags 0 to {last}"):
        load_form_file(path)


def test_a_page_without_a_number_is_refused_once_a_form_is_finished(path: Path) -> None:
    """A draft may have one: the blank of a page that is only signed is learned too."""
    empty = GOOD + "[[page]]\nnumber = 2\nsize_mm = [100.0, 150.0]\nfield = []\n"
    path.write_text(empty)
    with pytest.raises(FormFileError) as caught:
        load_form_file(path)
    assert caught.value.message == (
        f"{path}: page 2 has no field, needed one at least; add it, or take the page out: "
        "the others keep their numbers"
    )
    draft = parse_form(empty.encode(), "the draft", finished=False)
    assert [page.number for page in draft.pages] == [1, 2]
    (fault,) = faults_of(tomllib.loads(empty))
    assert (fault.code, fault.page) == ("page_empty", 2)
    for lang in LANGUAGES:
        assert "2" in text("designer.fault_page_empty", lang, where="", names="", page=2)


def test_a_page_without_a_number_that_was_let_in_before_is_not_looked_for() -> None:
    """No photo is read as one; the form's other pages are known as ever."""
    empty = GOOD + "[[page]]\nnumber = 2\nsize_mm = [100.0, 150.0]\nfield = []\n"
    try:
        assert know_forms({"small-form": empty}) == ()
        form = load_form("small-form")
    finally:
        know_forms({})
    assert [page.number for _, page in atlas_of((form,)).pages] == [1]


def test_more_faults_are_counted(path: Path) -> None:
    path.write_text(GOOD.replace("year = 2024\n", "").replace("version = 3\n", ""))
    with pytest.raises(FormFileError) as caught:
        load_form_file(path)
    assert caught.value.hint.startswith("1 more fault")


def test_broken_toml(path: Path) -> None:
    path.write_text(GOOD.replace("[[rule]]", "[[rule]"))
    with pytest.raises(FormFileError, match=r"small-form\.toml: not TOML: .*line 6"):
        load_form_file(path)


def test_not_text(path: Path) -> None:
    path.write_bytes(b"id = \xff")
    with pytest.raises(FormFileError, match="not UTF-8 text at byte 5"):
        load_form_file(path)


def test_no_file(path: Path) -> None:
    with pytest.raises(FormFileError, match="cannot be read: No such file or directory"):
        load_form_file(path)


def test_version_changes_with_every_byte(path: Path) -> None:
    path.write_text(GOOD)
    before = load_form_file(path).version
    path.write_text(GOOD.replace("[10.0, 100.0,", "[10.1, 100.0,"))
    after = load_form_file(path).version
    assert before.startswith("3-")
    assert after.startswith("3-")
    assert before != after


def test_example_of_the_guide_is_a_form(path: Path) -> None:
    guide = (ROOT / "docs" / "forms.md").read_text()
    path.write_text(guide.partition("```toml\n")[2].partition("```")[0])
    form = load_form_file(path)
    assert [field.id for field in form.fields.values()] == ["paslon_1", "suara_sah"]


def test_unknown_form() -> None:
    with pytest.raises(FormFileError, match="there is no form 'c-hasil-dprd-2029'"):
        load_form("c-hasil-dprd-2029")
