"""Verified tallies as files. The same numbers in every format."""

from digitizer.export.csv import export_csv
from digitizer.export.json import export_json
from digitizer.export.recap_table import RecapTable, recap_table
from digitizer.export.xlsx import export_xlsx

__all__ = ["RecapTable", "export_csv", "export_json", "export_xlsx", "recap_table"]
