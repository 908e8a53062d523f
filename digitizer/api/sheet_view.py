"""What the review screen shows of one form, drawn from facts alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from digitizer.api.names import FieldGroup, field_groups
from digitizer.api.opening import Opened
from digitizer.api.sheet_data import sheet_data, shown_to
from digitizer.api.sheet_parts import (
    BoxView,
    CellView,
    CheckView,
    PageView,
    PlaceView,
    RowView,
    SheetView,
    photo_url,
    picture_url,
    sheet_url,
)
from digitizer.api.twins import twins
from digitizer.domain.election import Contest
from digitizer.domain.form import PageSpec
from digitizer.domain.glyph import UNREADABLE
from digitizer.domain.number import spell
from digitizer.domain.number_words import number_in_words
from digitizer.domain.policy import Policy
from digitizer.domain.reading import FieldReading
from digitizer.domain.rules import RuleCheck, check_limits, check_rules
from digitizer.domain.verdict import Doubtful, Reason
from digitizer.domain.verification import Confirmed, Verification
from digitizer.store.escalations import Escalation
from review_ui.i18n import Language, text
from review_ui.wording import field_labels, reason_text

SIGNS: Final = {"holds": "✓", "broken": "≠", "unknown": "…"}

SAID: Final = 0.5
"""What the number in words says with less is not shown."""


class SheetViewer:
    """Draws one sheet; the facts are given once and every part looks at them."""

    def __init__(
        self,
        opened: Opened,
        contest: Contest,
        *,
        history: Sequence[Verification],
        earlier: Sequence[str],
        handed_on: Sequence[Escalation],
        rounds: Sequence[Contest],
        policy: Policy,
        lang: Language,
    ) -> None:
        self.opened = opened
        self.form = form = opened.form
        self.contest = contest
        self.tps = opened.tps
        self.sheet = sheet = opened.sheet
        self.earlier = tuple(earlier)
        self.handed_on = handed_on
        self.rounds = tuple(rounds)
        self.policy = policy
        self.lang = lang
        self.labels = field_labels(form, lang, contest.candidates)
        self.gathered = opened.gathered
        self.fields = {
            name: item for name, item in self.gathered.fields.items() if form.fields[name].counted
        }
        self.by_photo = {item.photo: item for item in opened.readings}
        self.shown = shown_to(opened)
        whole = opened.showing.whole or opened.check is not None
        made = [item for item in history if item not in opened.waiting]
        self.before: Mapping[str, Confirmed] = made[-1].fields if made and not whole else {}
        known = sheet.verdict.reasons if isinstance(sheet.verdict, Doubtful) else ()
        self.doubts = () if whole else known

    def view(self) -> SheetView:
        """The screen."""
        readings_shown = [self.by_photo[page.photo] for page in self.gathered.pages.values()]
        header = next(
            (url for item in readings_shown if (url := picture_url(item, "header"))), None
        )
        return SheetView(
            url=sheet_url(self.contest.id, self.tps.code, self.form.id),
            contest=self.contest,
            tps=self.tps,
            form_title=self.form.title,
            reference_layout=self.form.reference_layout,
            # A check looks like any form: that it was verified is not told.
            version=0 if self.opened.check else self.sheet.version,
            new_photo=self.sheet.state == "new_photo",
            mode=self._mode(),
            ask_tps=self.opened.ask_tps,
            earlier=self.earlier,
            maps=self._maps(),
            places=self._places(),
            keyed=tuple(url for item in self.opened.keyed if (url := photo_url(item))),
            handed_on=tuple(item.reason for item in self.handed_on),
            rounds=self.rounds,
            header=header,
            pages=tuple(
                self._page(page)
                for page in self.form.pages
                if any(field.counted for field in page.fields)
            ),
            reasons=tuple(
                self._words(item)
                for item in self.doubts
                if item.field is None and item.code not in ("rule_broken", "near_duplicate")
            ),
            twins=tuple(twins(self.doubts, self.contest.id, self.form.id, self.lang)),
            checks=tuple(self._check(item) for item in self._checks()),
            data=self._data(),
        )

    def _places(self) -> tuple[PlaceView, ...]:
        found = []
        for page in self.gathered.pages.values():
            item = self.by_photo[page.photo]
            if (photo := picture_url(item, "whole")) is not None:
                url = f"/readings/{item.id}/corners"
                found.append(PlaceView(url, photo, self.form.id, page.page, ()))
        return tuple(found)

    def _maps(self) -> dict[int, str]:
        found = {
            number: picture_url(self.by_photo[page.photo], "page")
            for number, page in self.gathered.pages.items()
        }
        return {number: url for number, url in found.items() if url is not None}

    def _page(self, page: PageSpec) -> PageView:
        seen = self.gathered.pages.get(page.number)
        names = [item.id for item in page.fields if item.id in self.fields]
        rows = tuple(
            RowView(
                self._kind(group),
                group.label,
                group.printed,
                tuple(self._cell(name, column) for name, column in group.fields),
            )
            for group in field_groups(self.form, names, self.lang, self.contest)
        )
        return PageView(page.number, photo_url(self.by_photo[seen.photo]) if seen else None, rows)

    def _kind(self, group: FieldGroup) -> str:
        spec = self.form.fields[group.fields[0][0]]
        if spec.bubbles:
            return "votes bubbles"
        if spec.words is not None:
            return "votes"
        return "triple" if len(group.fields) > 1 else "single"

    def _cell(self, name: str, column: str) -> CellView:
        field, shown = self.fields[name], self.shown[name]
        taken_from = self.by_photo[self.gathered.taken_from[name].photo]
        return CellView(
            field=name,
            label=self.labels[name],
            column=column,
            ink=picture_url(taken_from, f"crop/{name}"),
            whole=picture_url(taken_from, f"witnesses/{name}"),
            words=_in_words(field) if shown is not None else "",
            boxes=tuple(
                BoxView(glyph, scores.probability >= self.policy.min_glyph_probability)
                for glyph, scores in zip(shown, field.glyphs, strict=True)
            )
            if shown is not None
            else (BoxView(UNREADABLE, sure=False),) * len(field.glyphs),
            value=spell(shown).value if shown is not None else None,
            blind=shown is None,
            doubtful=self._is_doubtful(name),
            reasons=self._reasons(name),
        )

    def _is_doubtful(self, name: str) -> bool:
        return self.shown[name] is None or bool(self._reasons(name))

    def _reasons(self, name: str) -> tuple[str, ...]:
        shown = self.shown[name]
        if self.opened.disputed:
            return self._said(name) if shown is None else ()
        words = tuple(self._words(item) for item in self.doubts if item.field == name)
        before = self.before.get(name)
        if before is None or shown is None or before.as_written == shown:
            return words
        changed = text("desk.before", self.lang, value=before.as_written, read=shown)
        return (*words, changed)

    def _said(self, name: str) -> tuple[str, ...]:
        """What each reader of a disputed form wrote, what the machine read, and what stands on the
        other papers of its TPS.
        """
        people = tuple(
            text("desk.reader_wrote", self.lang, n=n, value=item.fields[name].as_written)
            for n, item in enumerate(self.opened.disputed, 1)
            if name in item.fields
        )
        read = self.gathered.fields[name].as_written
        others = tuple(
            text("desk.other_paper", self.lang, value=item.fields[name].as_written)
            for item in self.opened.against
            if name in item.fields
        )
        return (*people, text("desk.machine_read", self.lang, value=read), *others)

    def _mode(self) -> str:
        if self.opened.disputed:
            return text("desk.mode_dispute", self.lang)
        if self.opened.waiting:
            return text("desk.mode_second", self.lang)
        if self.opened.keyed:
            return text("desk.mode_keyed", self.lang)
        return text("desk.mode_blind", self.lang) if self.opened.showing.whole else ""

    def _words(self, reason: Reason) -> str:
        return reason_text(reason, self.lang, self.labels)

    def _values(self) -> dict[str, int | None]:
        shown = {name: self.shown[name] for name in self.fields}
        return {name: spell(glyphs).value for name, glyphs in shown.items() if glyphs is not None}

    def _checks(self) -> tuple[RuleCheck, ...]:
        values = self._values()
        limits = check_limits(self.form, values, self.tps.registered)
        broken = tuple(item for item in limits if item.outcome == "broken")
        return (*check_rules(self.form, values), *broken)

    def _check(self, check: RuleCheck) -> CheckView:
        def side(value: int | None) -> str:
            return "?" if value is None else str(value)

        terms = " + ".join(side(part) for part in check.parts)
        sign = "≥" if check.relation == "at_most" else "="
        if check.outcome == "broken":
            sign = "<" if check.relation == "at_most" else "≠"
        whole = f" = {side(check.right)}" if terms != side(check.right) else ""
        return CheckView(
            label=self.labels[check.fields[0]],
            text=f"{side(check.left)} {sign} {terms}{whole}",
            sign=SIGNS[check.outcome],
            outcome=check.outcome,
            severity=check.severity,
        )

    def _data(self) -> Mapping[str, Any]:
        doubtful = {name for name in self.fields if self._is_doubtful(name)}
        return sheet_data(self.opened, doubtful=doubtful, labels=self.labels, policy=self.policy)


def _in_words(field: FieldReading) -> str:
    """What the number in words says, and as which number; "" where that is not likely."""
    evidence = field.by("words")
    top = evidence.top if evidence is not None else None
    if top is None or top.value is None or top.probability < SAID:
        return ""
    return f"{number_in_words(top.value)} · {top.value}"
