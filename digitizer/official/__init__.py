"""Official results coming in: files that somebody else made, read strictly and kept as facts."""

from digitizer.official.importing import (
    SOURCE_LETTERS,
    Asked,
    Imported,
    import_file,
    import_folder,
)
from digitizer.official.reading import paslon_numbers

__all__ = [
    "SOURCE_LETTERS",
    "Asked",
    "Imported",
    "import_file",
    "import_folder",
    "paslon_numbers",
]
