"""A recap as a workbook in the shape of D.HASIL."""

from typing import BinaryIO, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from digitizer.domain.listing import NOTICE
from digitizer.export.columns import SIMULATION, election_name
from digitizer.export.recap_table import TOTAL, RecapTable

SHEET: Final = "D.HASIL"
HEAD: Final = 5
"""Lines above the table: notice, election, contest, area, an empty one."""

LABEL_WIDTH: Final = 34
COLUMN_WIDTH: Final = 14
COVERAGE: Final = (
    ("TPS masuk", "counted"),
    ("TPS seluruhnya", "expected"),
    ("TPS dengan angka kosong", "with_gaps"),
    ("TPS dipersengketakan", "disputed"),
)
"""Rows below the numbers: what they rest on."""


def export_xlsx(table: RecapTable, file: BinaryIO) -> None:
    """Write the workbook of one area.

    Every text is a text, whatever it begins with; a unit of which nothing is in has empty cells.
    """
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    workbook = Workbook(file, options)
    bold = workbook.add_format({"bold": True})
    wrapped = workbook.add_format({"bold": True, "text_wrap": True, "border": 1})
    number = workbook.add_format({"num_format": "#,##0", "border": 1})
    total = workbook.add_format({"num_format": "#,##0", "border": 1, "bold": True})
    sheet = workbook.add_worksheet(SHEET)
    _write_head(sheet, table, bold)
    _write_table(sheet, table, wrapped, number, total)
    sheet.set_column(0, 0, LABEL_WIDTH)
    sheet.set_column(1, len(table.columns) + 1, COLUMN_WIDTH)
    sheet.freeze_panes(HEAD + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD)
    mark = f"{SIMULATION} - " if table.election.simulated else ""
    sheet.set_footer(f"&L{mark}{NOTICE}&R&P / &N")
    workbook.close()


def _write_head(sheet: Worksheet, table: RecapTable, bold: Format) -> None:
    code, name = table.area
    lines = (
        NOTICE,
        election_name(table.election),
        f"{table.contest.title} ({table.contest.id})",
        f"{name} ({code})" if code else name,
    )
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line, bold)


def _write_table(
    sheet: Worksheet, table: RecapTable, head: Format, number: Format, total: Format
) -> None:
    last = len(table.columns) + 1
    sheet.write_blank(HEAD, 0, None, head)
    for column, name in enumerate(table.columns, 1):
        sheet.write_string(HEAD, column, name, head)
    sheet.write_string(HEAD, last, TOTAL, head)
    row = HEAD
    for line in table.lines:
        row += 1
        sheet.write_string(row, 0, line.label, head)
        for column, value in enumerate((*line.values, line.total), 1):
            style = total if column == last else number
            if value is None:
                sheet.write_blank(row, column, None, style)
            else:
                sheet.write_number(row, column, value, style)
    for label, name in COVERAGE:
        row += 1
        sheet.write_string(row, 0, label, head)
        for column, value in enumerate(getattr(table, name), 1):
            sheet.write_number(row, column, value, total if column == last else number)
