"""`digitizer doctor`: everything that could go wrong is looked at, and each finding has its mend.

Nothing is changed: no table is migrated, no sum mended, and the probe of the photo store is
removed again.
"""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Final

from digitizer.doctor.database import (
    check_chain,
    check_clock,
    check_database,
    check_migrations,
    check_node_key,
    check_sums,
    silence,
)
from digitizer.doctor.finding import Check, Finding, OpenVisit, Visit
from digitizer.doctor.machine import check_disk, check_model, check_settings, check_tesseract
from digitizer.doctor.work import (
    check_backup,
    check_forms,
    check_line,
    check_photo_store,
    check_photos,
    check_workers,
)
from digitizer.store.engine import open_engine

__all__ = ["Check", "Finding", "Visit", "examine"]

ALONE: Final = (
    check_settings,
    check_disk,
    check_model,
    check_tesseract,
    check_photo_store,
    check_database,
)
"""What can be looked at without a database that answers."""

WITHIN: Final = MappingProxyType(
    {
        "clock": check_clock,
        "node_key": check_node_key,
        "photos": check_photos,
        "forms": check_forms,
        "chain": check_chain,
        "recap": check_sums,
        "workers": check_workers,
        "line": check_line,
        "backup": check_backup,
    }
)
"""What is looked at in a database of this release."""


def examine(
    visit: Visit, looking_at: Callable[[str], object] = lambda _: None
) -> Iterator[Finding]:
    """Every finding, in order; what the database must answer is left out where it does not.

    Args:
        visit: what to look at.
        looking_at: is told what comes next, since some of it takes long.
    """
    for check in ALONE:
        yield check(visit)
    if silence(visit) is not None:
        return
    engine = open_engine(visit.settings.database)
    try:
        opened = OpenVisit(visit, engine)
        migrations = check_migrations(opened)
        yield migrations
        if migrations.grade == "good":
            for name, look in WITHIN.items():
                looking_at(name)
                yield look(opened)
    finally:
        engine.dispose()
