"""Verified tallies as files. The same numbers in every format."""

from digitizer.export.csv import export_csv
from digitizer.export.json import export_json

__all__ = ["export_csv", "export_json"]
