"""`make rehearsal SCALE=0.02`: so large a share of the country, a quarter at a time."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress

from benchmarks.recap_speed import server
from benchmarks.rehearsal.checking import faults
from benchmarks.rehearsal.country import codes_of
from benchmarks.rehearsal.report import Found, keep
from benchmarks.rehearsal.steps import Quarter, Rehearsal
from digitizer.settings import Settings

QUARTERS: Final = 4


def main() -> None:
    """Rehearse, print and keep what was found; exit 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rehearsal", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.02, help="share of 823,236 TPS")
    parser.add_argument("--photos", type=int, default=400, help="real photos, 12 MP")
    args = parser.parse_args()
    codes = codes_of(args.scale)
    with (
        tempfile.TemporaryDirectory(prefix="rehearsal-") as name,
        server(Path(name)) as url,
        Progress(console=Console(stderr=True)) as progress,
    ):
        settings = Settings(data_dir=Path(name) / "data", database_url=url)
        world = Rehearsal(settings, codes, progress)
        set_up_s = world.set_up()
        quarters: list[Quarter] = []
        task = progress.add_task("quarters of the country", total=QUARTERS)
        with world.web():
            for number in range(QUARTERS):
                quarter = world.send(codes[number::QUARTERS])
                quarter.read_s = world.read()
                if number == QUARTERS - 1:
                    pixels = world.read_pixels(args.photos)
                quarter.review_s, quarter.reviewed = world.review()
                quarter.recap_ms = world.recap_ms()
                quarter.database = world.database_bytes()
                quarters.append(quarter)
                progress.advance(task)
                # A bar is drawn on a terminal alone, and this takes more than an hour.
                progress.console.print(f"quarter {number + 1} of {QUARTERS} is verified")
        found = faults(world.installation.engine, codes)
        world.installation.engine.dispose()
    keep(Found(args.scale, set_up_s, quarters, pixels, found))
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
