"""Backups: a folder that holds an installation as it stood at one moment, and the way back.

back_up(installation, folder)     rows of one snapshot, then every photo and picture they name
check(folder)                     whether everything in it is still what its manifest says
restore(folder, settings, ...)    into an empty installation, on either database
"""

from digitizer.backup.checking import check
from digitizer.backup.manifest import Manifest, read_manifest
from digitizer.backup.restoring import Restored, restore
from digitizer.backup.writing import back_up

__all__ = ["Manifest", "Restored", "back_up", "check", "read_manifest", "restore"]
