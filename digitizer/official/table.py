"""Official results as CSV: a header with `tps` and field ids; an empty cell is "not given"."""

import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from digitizer.domain.official import OfficialTps
from digitizer.official.reading import MOST, Findings, Shape, shown, tps_code

LONGEST_LINE: Final = 1 << 16
DIGITS: Final = len(str(MOST))


def csv_rows(
    file: BinaryIO, name: str, shape: Shape, findings: Findings
) -> Iterator[tuple[str, OfficialTps]]:
    """Every TPS with its place. Cells are parted by commas, or by semicolons where those are more.

    Raises:
        OfficialRefused: the header cannot be used, or there are too many faults.
    """
    lines = _lines(file, name, findings)
    first = next(lines, "")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    header = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), [])]
    _check_header(header, f"{name}, row 1", shape, findings)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        place = f"{name}, row {rows.line_num + 2}"
        try:
            cells = next(rows, None)
        except csv.Error as error:
            findings.wrong(place, f"it is no row of a CSV ({error})")
            findings.stop()
            return
        if cells is None:
            return
        if cells and (row := _row(header, cells, place, shape, findings)) is not None:
            yield place, row


def _check_header(header: Sequence[str], place: str, shape: Shape, findings: Findings) -> None:
    if "tps" not in header:
        findings.wrong(place, f"found columns {shown(', '.join(header))}, needed one named tps")
    if unknown := [name for name in header if name != "tps" and name not in shape.fields]:
        findings.wrong(
            place,
            f"unknown columns {shown(', '.join(unknown))}; "
            f"known are tps, {', '.join(shape.fields)}",
        )
    if doubled := sorted({name for name in header if header.count(name) > 1}):
        findings.wrong(place, f"columns {shown(', '.join(doubled))} come more than once")
    findings.stop()


def _row(
    header: Sequence[str], cells: Sequence[str], place: str, shape: Shape, findings: Findings
) -> OfficialTps | None:
    if len(cells) != len(header):
        findings.wrong(place, f"found {len(cells)} cells, needed {len(header)} as in the header")
        return None
    faults = len(findings.faults)
    given = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    tps = tps_code(given["tps"])
    if tps is None:
        findings.wrong(
            f"{place}, column tps",
            f"found {shown(given['tps'])}, needed 13 digits such as 6472011001005, "
            "or 64.72.01.1001.005",
        )
    numbers: dict[str, int] = {}
    for name in shape.fields:
        if not (cell := given.get(name, "")):
            continue
        if cell.isascii() and cell.isdigit() and len(cell) <= DIGITS:
            numbers[name] = int(cell)
        else:
            findings.wrong(
                f"{place}, column {name}",
                f"found {shown(cell)}, needed a whole number from 0 to {MOST}, "
                "digits alone, or nothing",
            )
    if tps is None or len(findings.faults) != faults:
        return None
    return OfficialTps(tps, numbers)


def _lines(file: BinaryIO, name: str, findings: Findings) -> Iterator[str]:
    """The lines of a file, none of them longer than a line of numbers can be."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            findings.wrong(f"{name}, row {number}", f"it is longer than {LONGEST_LINE} bytes")
            findings.stop()
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            findings.wrong(f"{name}, row {number}", "it is not UTF-8; save the file as CSV UTF-8")
            findings.stop()
        yield text.removeprefix("\ufeff") if number == 1 else text
