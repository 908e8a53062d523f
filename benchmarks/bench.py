"""`make bench`: what a page costs, as ratios within one run, so that machines can be compared.

Prints a table and writes `benchmarks/latest.json`, a list of
`{"name", "value", "unit", "n", "low", "high"}` where low and high are the 10th and 90th percentile,
for shares the Wilson 95 % interval.
"""

import json
import platform
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import (
    backup_speed,
    compare_speed,
    desk_speed,
    peers,
    proof_speed,
    recap_speed,
    settling_cost,
    worker_speed,
)
from benchmarks.fuzz_report import machine, table, write_part
from benchmarks.photo_cost import photo_rows
from benchmarks.process_memory import MIB
from benchmarks.rehearsal.report import INTRO, PAGE
from benchmarks.rows import Row, median_row
from digitizer.settings import Settings

HERE: Final = Path(__file__).resolve().parent
FLAT_FORMS: Final = 20


def settling_rows() -> list[Row]:
    """Whole forms of 28 numbers: as simulated, and with every box as likely any digit."""
    forms = settling_cost.simulated()
    blind = [settling_cost.flat(item) for item in forms[:FLAT_FORMS]]
    return [
        median_row("settle.form_ms", "ms", settling_cost.milliseconds(forms)),
        median_row("settle.form_ms_max", "ms", [max(settling_cost.milliseconds(forms))]),
        median_row("settle.flat_ms", "ms", settling_cost.milliseconds(blind)),
        median_row("settle.peak_kib", "KiB", [settling_cost.peak_kib(forms[:FLAT_FORMS])]),
        median_row("settle.flat_peak_kib", "KiB", [settling_cost.peak_kib(blind)]),
    ]


def desk_rows() -> list[Row]:
    """The review desk in a real browser, from the key that submits to the next form's focus."""
    speed = desk_speed.measure()
    return [
        median_row("desk.first_screen_ms", "ms", [speed.first_ms]),
        median_row("desk.next_form_ms", "ms", speed.next_ms),
        median_row("desk.next_form_p95_ms", "ms", [float(np.percentile(speed.next_ms, 95))]),
        median_row("desk.clear_keys", "keys", [speed.clear_keys]),
        median_row("desk.doubt_keys", "keys", [speed.doubt_keys]),
    ]


def nation_rows() -> list[Row]:
    """The recap of a whole nation, and official results held against it, on each database.

    A page is the worst of all levels.
    """
    rows = []
    for database in recap_speed.DATABASES:
        with recap_speed.nation(database, recap_speed.TPS) as country:
            recap = recap_speed.measure(country)
            compared = compare_speed.measure(country)
        rows += [
            median_row(f"recap.{database}.page_ms", "ms", [max(recap.page_ms.values())]),
            median_row(f"recap.{database}.unchanged_ms", "ms", [recap.unchanged_ms]),
            median_row(f"recap.{database}.update_ms", "ms", recap.update_ms),
            median_row(f"recap.{database}.recount_s", "s", [recap.recount_s]),
            median_row(f"compare.{database}.import_s", "s", [compared.import_s]),
            median_row(f"compare.{database}.import_mib", "MiB", [compared.import_mib]),
            median_row(f"compare.{database}.page_ms", "ms", [max(compared.page_ms.values())]),
            median_row(f"compare.{database}.unchanged_ms", "ms", [compared.unchanged_ms]),
            median_row(f"compare.{database}.update_ms", "ms", compared.update_ms),
            median_row(f"compare.{database}.export_s", "s", [compared.export_s]),
        ]
    return rows


def worker_rows() -> list[Row]:
    """What a worker gives a core, and costs."""
    speed = worker_speed.measure()
    alone, beside = speed.processor
    return [
        median_row("worker.pages_a_second", "1/s", speed.pages),
        median_row("worker.two_cores", "x one", speed.gain),
        median_row("worker.read_page_two_cores", "x one", speed.core_gain),
        median_row("worker.page_processor_ms", "ms", [1000 * alone]),
        median_row("worker.page_processor_beside_another", "x alone", [beside / alone]),
        median_row("worker.child_mib", "MiB", speed.child_mib),
        median_row("worker.idle_percent", "%", [speed.idle]),
    ]


def proof_rows() -> list[Row]:
    """The bundle of a province and its check; the CSV of the country, which a laptop holds."""
    proof = proof_speed.measure_proof()
    export = proof_speed.measure_export()
    return [
        median_row("bundle.s", "s", [proof.bundle_s]),
        median_row("bundle.verify_s", "s", [proof.verify_s]),
        median_row("bundle.mib", "MiB", [proof.bundle_bytes / MIB]),
        median_row("export.csv_s", "s", [export.csv_s]),
        median_row("export.csv_mib", "MiB", [export.csv_mib]),
    ]


def backup_rows() -> list[Row]:
    """Rows of a province out and back, and photos of a phone copied."""
    speed = backup_speed.measure()
    return [
        median_row("backup.rows_per_s", "1/s", [speed.out_per_s]),
        median_row("restore.rows_per_s", "1/s", [speed.back_per_s]),
        median_row("backup.photos_per_s", "1/s", [speed.photos_per_s]),
    ]


def main() -> None:
    """Measure, print and write."""
    folder = (HERE.parent / Settings().dev_data).resolve()
    rows = (
        photo_rows()
        + settling_rows()
        + desk_rows()
        + nation_rows()
        + worker_rows()
        + proof_rows()
        + backup_rows()
        + peers.measure(folder if folder.is_dir() else None)
    )
    shown = Table("name", "median", "unit", "n", "10 %", "90 %")
    for item in rows:
        shown.add_row(item["name"], str(item["value"]), item["unit"], str(item["n"]),
                      str(item["low"]), str(item["high"]))  # fmt: skip
    for name in peers.not_installed():
        shown.add_row(f"peers.{name}", "not installed")
    Console().print(f"{platform.machine()}, Python {platform.python_version()}", shown)
    (HERE / "latest.json").write_text(json.dumps(rows, indent=1) + "\n")
    write_part("bench", described(rows), PAGE, INTRO)


def described(rows: list[Row]) -> str:
    """The part of docs/benchmarks.md."""
    head = ("name", "median", "unit", "n", "10 %", "90 %")
    cells = [[f"`{item['name']}`", *(f"{item[key]:g}" if key != "unit" else item[key]
             for key in ("value", "unit", "n", "low", "high"))] for item in rows]  # fmt: skip
    return (
        f"## Within one run\n\n`make bench` on {machine()}. Low and high are the 10th and the 90th "
        f"percentile, of shares the Wilson interval.\n\n{table(head, cells)}"
    )


if __name__ == "__main__":
    main()
