"""Photos coming in: one, many in a ZIP, or a folder that a coordinator collected.

    accept(session, photos, data, ...)        one photo and its job, in the caller's transaction
    accept_many(engine, photos, archive, ...) a ZIP, each member committed for itself
    import_folder(engine, photos, folder, ...)
    tps_from_name(name)

Nothing is decoded here and nothing is refused for what it shows.
"""

from digitizer.intake.accept import accept, accept_many, import_folder
from digitizer.intake.names import plain_name, tps_from_name

__all__ = ["accept", "accept_many", "import_folder", "plain_name", "tps_from_name"]
