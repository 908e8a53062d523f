"""The review screen drawn from facts alone, as the web draws it."""

from collections.abc import Sequence
from datetime import datetime

from digitizer.api.opening import Opened
from digitizer.api.pages import draw
from digitizer.api.reviews import SHORTCUTS
from digitizer.api.sheet_view import SheetViewer
from digitizer.domain.codec import settled_to_json
from digitizer.domain.election import Contest, Election, Tps
from digitizer.domain.form import FormSpec
from digitizer.domain.gather import gather
from digitizer.domain.policy import Policy
from digitizer.domain.reading import PageReading
from digitizer.domain.review import ReviewPolicy, showing
from digitizer.domain.settle import settle
from digitizer.domain.verdict import Clear
from digitizer.domain.verification import Verification
from digitizer.store.readings import StoredReading
from digitizer.store.sheets import Sheet
from review_ui.i18n import language


def draw_sheet(
    form: FormSpec,
    contest: Contest,
    tps: Tps,
    *,
    readings: Sequence[PageReading],
    now: datetime,
    policy: Policy,
    lang: str = "id",
    waiting: Sequence[Verification] = (),
    blind_doubts: int = 100,
    ask_tps: bool = False,
) -> str:
    """The page as the browser gets it."""
    settled = settle(readings, form, policy, tps.registered)
    stored = [
        StoredReading(
            id=f"r{item.page}", photo=item.photo, reading=item, problem=None,
            blobs={"public": "-", "header": "-", **{f"crop/{name}": "-" for name in item.fields}},
            seconds=0.2, at=now,
        )
        for item in readings
    ]  # fmt: skip
    sheet = Sheet(
        contest=contest.id, tps=tps.code, form=form.id,
        state="clear" if isinstance(settled.verdict, Clear) else "doubtful",
        verdict=settled.verdict,
        readings=tuple(item.id for item in stored), photos=tuple(item.photo for item in stored),
        values=settled_to_json(settled), version=0, at=now,
    )  # fmt: skip
    wanted = language(lang)
    gathered = gather(form, readings)
    counted = [name for name in gathered.fields if form.fields[name].counted]
    opened = Opened(
        reader="r", form=form, sheet=sheet, tps=tps, readings=tuple(stored), gathered=gathered,
        waiting=tuple(waiting), ask_tps=ask_tps, refusal=None,
        showing=showing(
            counted, settled.verdict, ReviewPolicy(blind_doubts=blind_doubts),
            earlier=len(waiting), lot=False,
        ),
    )  # fmt: skip
    view = SheetViewer(
        opened, contest, history=(), earlier=(), handed_on=(), rounds=(contest,), policy=policy,
        lang=wanted,
    ).view()  # fmt: skip
    election = Election(contest.election, "SIMULASI", "Asia/Makassar", simulated=True)
    return draw(
        "sheet.html", wanted, path="/sheet", query={}, account=None, election=election,
        view=view, refusal=None, may_hand_on=True, shortcuts=SHORTCUTS,
    )  # fmt: skip
