"""What docs/running.md lists is what there is."""

import re

from digitizer.logs import FIELDS
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "running.md").read_text()


def test_every_field_of_a_log_is_listed_with_its_meaning() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.partition("## Logs")[2], re.MULTILINE)
    assert dict(rows) == dict(FIELDS)
