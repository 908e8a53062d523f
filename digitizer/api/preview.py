"""A look at a photo before it is sent: what to do while the form is still there. Keeps nothing."""

from typing import Annotated, Final

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel

from digitizer.api.names import form_or_none
from digitizer.api.web import Lang, Sender, WebParts
from digitizer.domain.advice import Inspection
from review_ui.i18n import Language, text
from review_ui.wording import advice_text

router = APIRouter(tags=["photos"])

GOOD: Final = frozenset({"ready", "tag_hidden", "sheet_seen"})
"""Advice after which a photo may well be read: a SALINAN has no tag to be seen."""

MOST_PIXELS: Final = 100_000
Pixels = Annotated[int, Query(ge=1, le=MOST_PIXELS)]


class Look(BaseModel):
    """What a preview shows, in words.

    Attributes:
        code: of the advice (docs/errors.md), "unchecked" where nothing could be looked at.
        good: whether the photo may be sent as it is.
        corners: "seen" or "missing" by corner; empty where no page was recognised.
    """

    code: str
    good: bool
    text: str
    hint: str
    form: str | None
    form_title: str | None
    page: int | None
    corners: dict[str, str]


@router.post("/preview")
def preview(
    *,
    web: WebParts,
    _account: Sender,
    lang: Lang,
    width: Pixels,
    height: Pixels,
    picture: Annotated[bytes, Body(media_type="image/jpeg")],
) -> Look:
    """Look at a small copy of a photo, best with a longer side of 1,000 pixels.

    `width` and `height` are those of the photo itself.
    """
    found = web.lookout.look(picture, (width, height))
    return _unchecked(lang) if found is None else _told(found, lang)


def _told(found: Inspection, lang: Language) -> Look:
    form = form_or_none(found.form)
    titles = {form.id: form.title} if form is not None else {}
    said, hint = advice_text(found.advice, lang, titles)
    corners = dict.fromkeys(found.seen, "seen")
    return Look(
        code=found.advice.code,
        good=found.advice.code in GOOD,
        text=said,
        hint=hint,
        form=found.form,
        form_title=form.title if form is not None else None,
        page=found.page,
        corners={**corners, **dict.fromkeys(found.missing, "missing")},
    )


def _unchecked(lang: Language) -> Look:
    return Look(
        code="unchecked",
        good=True,
        text=text("advice.unchecked", lang),
        hint=text("advice.unchecked_hint", lang),
        form=None,
        form_title=None,
        page=None,
        corners={},
    )
