"""A new form without code: what stands on a blank, and the form file that it seems to want.

    pages = [seen for seen, _ in look_at(path.read_bytes(), None, find_tesseract())]
    form = propose(pages, id="c-hasil-baru", title="C.HASIL baru", year=2029)

Lines and circles come from the paths of a vector PDF or are measured on a picture (`vector`,
`measure`); cells, boxes, bubbles and grids follow from them one way (`cells`, `boxes`); printed
words name the numbers and the sums between them (`words`, `labels`, `naming`, `rules`). Where no
blank is at hand, `stack` makes one of many filled forms.
"""

from digitizer.learn.look import look_at, look_at_picture
from digitizer.learn.naming import slug
from digitizer.learn.overlay import draw_faults, draw_proposal
from digitizer.learn.propose import propose
from digitizer.learn.seen import Seen
from digitizer.learn.stack import stacked

__all__ = [
    "Seen",
    "draw_faults",
    "draw_proposal",
    "look_at",
    "look_at_picture",
    "propose",
    "slug",
    "stacked",
]
