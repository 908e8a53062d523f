"""What a phone is told of the photos it sent, and which pages of its TPS have arrived."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from sqlmodel import Session

from digitizer.api.names import contest_name, form_or_none
from digitizer.api.receipt_view import ReceiptView, photo_doubts, receipt_views
from digitizer.domain.election import Contest
from digitizer.domain.policy import Policy
from digitizer.store.accounts import Account
from digitizer.store.readings import StoredReading, readings_of
from digitizer.store.rounds import contest_of, contests_at, rounds_at
from digitizer.store.uploads import Upload, not_sent_by, uploads_for_tps, uploads_of
from review_ui.i18n import Language, text

PageState = Literal["missing", "doubtful", "good"]
SHOWN: Final = 60
"""The latest photos of an account; all of them stand among its receipts."""

ORDER: Final[tuple[PageState, ...]] = ("missing", "doubtful", "good")


def phone_view(
    session: Session, account: Account, lang: Language, policy: Policy, asked: Sequence[str]
) -> dict[str, object]:
    """Everything that the page of one account shows of what is on the server, as JSON values.

    Of the receipts that are asked after, those are named that neither the account nor, where it is
    bound to one, its TPS has.
    """
    sent = uploads_of(session, account.id, limit=SHOWN)
    readings = readings_of(session, [item.photo for item in sent])
    views = receipt_views(session, sent, lang, policy)
    versions = _versions(sent, views, readings)
    lacking = not_sent_by(session, account.id, account.tps, asked)
    return {
        "account": account.id,
        "tps": account.tps,
        "photos": [
            _photo(item, view, readings.get(item.photo), versions[item.id], lang)
            for item, view in zip(sent, views, strict=True)
        ],
        "gone": [receipt_url(item) for item in lacking],
        "checklist": list(_checklist(session, account.tps, lang, policy)) if account.tps else [],
    }


def _photo(
    item: Upload,
    view: ReceiptView,
    stored: StoredReading | None,
    version: int | None,
    lang: Language,
) -> dict[str, object]:
    return {
        "upload": item.id,
        "photo": item.photo,
        "url": receipt_url(item.id),
        "at": view.at,
        "file_name": view.file_name,
        "form_title": view.form_title,
        "page": stored.reading.page if stored and stored.reading else None,
        "version": version,
        "state": view.state,
        "state_text": text(f"queue.{view.state}", lang),
        "read": stored is not None and stored.reading is not None,
        "waiting": stored is None,
        "problem": _told(view.problem) if view.problem else None,
        "doubts": [_told(doubt) for doubt in view.photo_doubts],
        "numbers": len(view.numbers),
    }


def receipt_url(upload_id: str) -> str:
    """The address of a receipt."""
    return f"/receipts/{upload_id}"


def _told(pair: tuple[str, str]) -> dict[str, str]:
    return {"text": pair[0], "hint": pair[1]}


def _versions(
    sent: Sequence[Upload],
    views: Sequence[ReceiptView],
    readings: Mapping[str, StoredReading],
) -> dict[str, int | None]:
    """By upload: the how-manieth photo it is of its page in its contest; None while unread."""
    counts: dict[tuple[str | None, str | None, str, int], int] = {}
    found: dict[str, int | None] = {}
    for item, view in reversed(list(zip(sent, views, strict=True))):
        stored = readings.get(item.photo)
        if stored is None or stored.reading is None:
            found[item.id] = None
            continue
        reading = stored.reading
        place = (view.contest, item.tps, reading.form, reading.page)
        counts[place] = counts.get(place, 0) + 1
        found[item.id] = counts[place]
    return found


def _checklist(
    session: Session, tps: str, lang: Language, policy: Policy
) -> Iterator[dict[str, object]]:
    """The forms of every contest that counts at a TPS, with what came of each page from anybody."""
    sent = uploads_for_tps(session, tps)
    readings = readings_of(session, [item.photo for item in sent])
    best: dict[tuple[str, str, int], PageState] = {}
    for item in sent:
        stored = readings.get(item.photo)
        if stored is None or stored.reading is None:
            continue
        contest = contest_of(session, item.id, stored.reading.form)
        if contest is None:
            continue
        place = (contest.id, stored.reading.form, stored.reading.page)
        state: PageState = "doubtful" if photo_doubts(stored, lang, policy) else "good"
        best[place] = max(best.get(place, state), state, key=ORDER.index)
    for contest in contests_at(session, tps):
        # Of an office that is voted on again only the last round is still wanted.
        if contest == rounds_at(session, contest, tps)[-1]:
            yield from _forms(contest, best, lang)


def _forms(
    contest: Contest, best: Mapping[tuple[str, str, int], PageState], lang: Language
) -> Iterator[dict[str, object]]:
    for name in contest.form_ids:
        form = form_or_none(name)
        if form is not None:
            yield {
                "round": contest_name(contest, lang) if contest.round > 1 else "",
                "form_title": form.title,
                "pages": [
                    {
                        "page": page.number,
                        "state": best.get((contest.id, name, page.number), "missing"),
                    }
                    for page in form.pages
                ],
            }
