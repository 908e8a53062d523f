"""Photos coming in: one, many in a ZIP, or a folder that a coordinator collected.

    accept(session, photos, data, ...)        one photo and its job, in the caller's transaction
    Intake(engine, photos, ...).take(name, data)  the same in a transaction of its own
    accept_many(engine, photos, archive, ...) a ZIP, each member committed for itself
    import_folder(engine, photos, folder, ...)
    named_tps(session, name)

Nothing is decoded here and nothing is refused for what it shows.
"""

from digitizer.intake.accept import Intake, accept, accept_many, import_folder, named_tps
from digitizer.intake.names import plain_name

__all__ = ["Intake", "accept", "accept_many", "import_folder", "named_tps", "plain_name"]
