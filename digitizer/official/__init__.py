"""Official results coming in: files that somebody else made, read strictly and kept as facts."""

from digitizer.official.importing import Asked, Imported, import_file, import_folder

__all__ = ["Asked", "Imported", "import_file", "import_folder"]
