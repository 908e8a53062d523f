"""Reading in child processes that may die without harm.

    with Sandbox(workers=2) as sandbox:
        outcome = sandbox.digest(photo_bytes)
    with Lookout() as lookout:
        inspection = lookout.look(preview_bytes, (3000, 4000))
    with Drafting() as drafting:
        learned = drafting.learn([blank], paper=None, name="baru", title="Baru", year=2029)

A picture is the one thing that strangers hand to native code here, so no other process decodes any.
A child knows no database, no password and no address; its memory and time are limited; and what it
answers is JSON and pictures, never a pickle, so that even a child taken over by a hostile file can
say nothing but a wrong reading, which a person then sees beside the ink.
"""

from digitizer.sandbox.children import PATIENCE, import_path
from digitizer.sandbox.drafting import Drafting, Drawn, Learned
from digitizer.sandbox.lookout import Lookout
from digitizer.sandbox.parent import READER, Sandbox

__all__ = [
    "PATIENCE",
    "READER",
    "Drafting",
    "Drawn",
    "Learned",
    "Lookout",
    "Sandbox",
    "import_path",
]
