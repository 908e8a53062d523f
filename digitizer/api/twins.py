"""Photos that show the same paper as one of this form, beside it: a person says which is right."""

from collections.abc import Iterable, Iterator

from digitizer.api.sheet_parts import TwinView, sheet_url
from digitizer.domain.verdict import Reason
from review_ui.i18n import Language
from review_ui.wording import reason_hint, reason_text


def twins(reasons: Iterable[Reason], contest: str, form: str, lang: Language) -> Iterator[TwinView]:
    """The photos that reasons for doubt name as near duplicates."""
    for reason in reasons:
        if reason.code == "near_duplicate":
            tps = str(reason.numbers["tps"])
            yield TwinView(
                words=reason_text(reason, lang, {}),
                hint=reason_hint(reason, lang),
                own=f"/pictures/{reason.numbers['reading']}/public",
                other=f"/pictures/{reason.numbers['other']}/public",
                url=sheet_url(contest, tps, form),
                tps=tps,
            )
