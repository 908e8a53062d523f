"""The recap of an area out of the store, in the shape of D.HASIL."""

from sqlmodel import Session

from digitizer.domain.election import LEVEL_DIGITS, LEVELS
from digitizer.errors import NotFound
from digitizer.export import RecapTable, recap_table
from digitizer.forms import list_forms, load_form
from digitizer.store.elections import get_contest, get_election, level_below, list_wilayah
from digitizer.store.recaps import children, recap_of
from digitizer.store.rounds import rounds_of
from review_ui.i18n import Language, text
from review_ui.wording import field_labels


def table_of(session: Session, contest: str, wilayah: str, lang: Language = "id") -> RecapTable:
    """The table of an area ("" for the whole election), with a column for each area below it.

    Raises:
        NotFound: there is no election, no such contest, or no area of this code; or no form is
            shipped from which the rows could be named.
    """
    election = get_election(session)
    if election is None:
        raise NotFound("there is no election yet", "set one up with election init")
    rounds = rounds_of(session, get_contest(session, contest))
    # Where rounds have unlike numbers of paslon none of them may be left out.
    widest = max(rounds, key=lambda item: (len(item.candidates), item.round))
    shipped = set(list_forms())
    form = next((load_form(name) for name in widest.form_ids if name in shipped), None)
    if form is None:
        raise NotFound(
            f"no form of contest {contest!r} is defined, so its rows have no names",
            "export csv or json, or add the form",
        )
    labels = field_labels(form, lang, widest.candidates)
    rows = children(session, contest, wilayah)
    if not rows:
        raise NotFound(f"contest {contest!r} has no TPS in {wilayah!r}", "choose another area")
    return recap_table(
        election,
        widest,
        (wilayah, _name(session, wilayah, lang)),
        level_below(wilayah),
        [(row.name, row.recap) for row in rows],
        recap_of(session, contest, wilayah),
        {name: labels[name] for name, spec in form.fields.items() if spec.counted},
    )


def _name(session: Session, wilayah: str, lang: Language) -> str:
    """What an area is called."""
    if not wilayah:
        return text("recap.whole", lang)
    digits = [0, *(LEVEL_DIGITS[level] for level in LEVELS)]
    above = digits[digits.index(len(wilayah)) - 1]
    names = {area.code: area.name for area in list_wilayah(session, wilayah[:above])}
    return names.get(wilayah, wilayah)
