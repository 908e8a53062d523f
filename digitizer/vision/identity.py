"""Which form and page a layout is, by its printed titles.

Forms of one family share their layout and differ in a word of the title: GUBERNUR or WALIKOTA, a
year, a page number. So it is not enough that most of what was read is what was expected. The text
read is aligned with the text expected (`digitizer.vision.alignment`); each printed word then
competes, for the letters read in its place, with the words that would make it another form. A word
that loses contradicts the layout; a page is confirmed when every word by which it is known was
seen.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from digitizer.domain.form import FormSpec, PageSpec
from digitizer.vision.alignment import Alignment, ReadWord, align, likeness, words_of
from digitizer.vision.titles import Titles

IdentityOutcome = Literal["confirmed", "likely", "unlikely", "contradicted", "illegible"]
"""`likely`: the office and the year were read, but not all that tells the page from its rivals.
`unlikely`: another form's words were read, not surely, or what is printed around the office or the
year was read and they were not."""

OFFICES: Final = frozenset(
    {"PRESIDEN", "PPWP", "GUBERNUR", "BUPATI", "WALIKOTA", "PERWAKILAN", "DPR", "DPD", "DPRD"}
)
"""Words that name what is voted for, on KPU's forms since 2014, without their dots."""

MODELS: Final = frozenset(
    {"CHASIL", "DHASIL", "C1", "D1", "PPWP", "KWK", "SALINAN", "PLANO", "PPWPLN", "LN"}
)
"""Words of a model's name."""

NUMBERS: Final = frozenset({"DUA", "TIGA", "EMPAT", "LIMA"})
"""Of paslon, as our reference layouts print them in words."""

KNOWN: Final = OFFICES | MODELS | NUMBERS
"""Of all these sets, one word in place of another, or one more, is another form."""

LEAST_LEGIBLE: Final = 0.5
"""Share of the expected letters that must have been read before their lack means anything."""

SEEN: Final = 0.6
"""Likeness to the printed word from which its letters count as read."""

UNLIKE: Final = 0.4
"""Likeness below which clear letters are those of some other word, known or not."""

REPLACED: Final = 0.75
"""Likeness to another known word from which that one stands in the place of the printed one."""

READ_WELL: Final = 0.75
"""Share of a strip's other letters read from which words for office and year would be too."""

CLEAR: Final = 0.85
"""Share of a strip's other letters that must have been read before one of its words contradicts."""

SURE: Final = 60.0
VERY_SURE: Final = 85.0
NEVER_SURE: Final = 101.0
"""The program's confidence, 0 to 100, from which letters contradict: those of a known word; those
of a number or of a word of no form we know; those of no possible year."""


@dataclass(frozen=True, slots=True)
class TitleVerdict:
    """Whether the titles are those of the page.

    Attributes:
        reason: what contradicts, or what was not seen; for people and for logs.
        names_another: whether a word of another form was read, or seems to be; a year does not
            count, of which a single digit misread makes another.
    """

    outcome: IdentityOutcome
    reason: str = ""
    names_another: bool = False


@dataclass(frozen=True, slots=True)
class _Objection:
    """Something read that this page does not say.

    Attributes:
        sure: whether it was read surely.
        telling: whether it is, or stands in the place of, a word of `KNOWN` or a year.
        dated: whether it stands in the place of a year.
    """

    text: str
    sure: bool
    telling: bool
    dated: bool = False


def judge(
    titles: Titles, page: PageSpec, rivals: Sequence[tuple[FormSpec, PageSpec]]
) -> TitleVerdict:
    """Hold what was read against what the page says.

    Args:
        titles: read from the strips of `page`, in their order.
        page: the page that fits the layout.
        rivals: pages for which this one could be taken. Those with the very same titles, such as
            the page itself, do not count: only their layouts can be told apart.
    """
    expected = [words_of(text.text for text in texts) for texts in page.printed_titles]
    own = Counter(word for words in expected for word in words)
    others = [words for _, rival in rivals if (words := _title_words(rival)) != own]
    known = KNOWN | _tellers(own, others)
    strips = [align(*pair) for pair in zip(expected, titles.strips, strict=True)]
    places = [place for strip in strips for place in strip.places]
    score = _share_read(places)
    objections = [objection for strip in strips for objection in _objections(strip, own, known)]
    another = any(objection.telling and not objection.dated for objection in objections)
    if sure := [objection.text for objection in objections if objection.sure]:
        return TitleVerdict("contradicted", sure[0], names_another=True)
    missing = _missing(places, own, others, known)
    if score >= LEAST_LEGIBLE and not objections and not missing:
        return TitleVerdict("confirmed")
    doubt = _doubt(score, objections, missing)
    if any(objection.telling for objection in objections):
        return TitleVerdict("unlikely", doubt, another)
    if _names_office_and_year(places, own):
        return TitleVerdict("likely", doubt)
    return TitleVerdict("unlikely" if any(map(_lacks_its_name, strips)) else "illegible", doubt)


def _doubt(score: float, objections: Sequence[_Objection], missing: set[str]) -> str:
    if score < LEAST_LEGIBLE:
        return f"read {score:.0%} of the titles"
    if objections:
        return f"perhaps {objections[0].text}"
    return f"not seen: {', '.join(sorted(missing))}"


def _names_office_and_year(places: Iterable[ReadWord], own: Counter[str]) -> bool:
    """Whether a word for the office and the year were read, as far as the titles have them."""
    seen = {place.word for place in places if _is_seen(place) or _is_smudged_year(place)}
    offices, years = own.keys() & OFFICES, {word for word in own if _is_year(word)}
    return bool(not offices or offices & seen) and years <= seen


def _lacks_its_name(strip: Alignment) -> bool:
    """Whether a strip was read well, but no word of its office, or not its year."""
    named = [place for place in strip.places if place.word in OFFICES]
    dated = [place for place in strip.places if _is_year(place.word)]
    rest = [place for place in strip.places if place not in named and place not in dated]
    read_well = bool(rest) and _share_read(rest) >= READ_WELL
    return read_well and any(
        group and not any(_is_seen(place) or _is_smudged_year(place) for place in group)
        for group in (named, dated)
    )


def _is_smudged_year(place: ReadWord) -> bool:
    """Whether this is the year but for a digit that makes it no possible one: 7024 for 2024."""
    return _is_year(place.word) and not _is_year(place.read) and place.read[2:] == place.word[2:]


def _is_telling(place: ReadWord) -> bool:
    return place.word in KNOWN or (_is_year(place.word) and _is_year(place.read))


def tells(page: PageSpec, rival: PageSpec) -> bool:
    """Whether the titles of a page, once `judge` has confirmed them, are not those of a rival.

    A word that only the rival prints may just not have been read.
    """
    own, other = _title_words(page), _title_words(rival)
    return any(word.isdigit() or word not in other for word in own - other)


def _tellers(own: Counter[str], others: Iterable[Counter[str]]) -> frozenset[str]:
    """The words, other than numbers, that are printed on this page or on a rival, not on both."""
    return frozenset(w for other in others for w in own.keys() ^ other.keys() if not w.isdigit())


def _title_words(page: PageSpec) -> Counter[str]:
    return Counter(words_of(text.text for texts in page.printed_titles for text in texts))


def _missing(
    places: Iterable[ReadWord],
    own: Counter[str],
    others: Iterable[Counter[str]],
    known: frozenset[str],
) -> set[str]:
    """The words by which the page is known and of which too few were seen.

    Every year counts. Of the words for the office, of those for the model, and of those that a
    rival lacks, one seen serves for all. Page numbers count where nothing else tells a rival: the
    print around them tells pages too.
    """
    seen = {place.word for place in places if _is_seen(place, known)}
    missing = {word for word in own if _is_year(word)} - seen
    telling = [
        {word for word in own.keys() - other.keys() if not word.isdigit()} for other in others
    ]
    if not all(telling):
        missing |= {p.word for p in places if p.word.isdigit() and not _is_seen(p)}
    for group in (own.keys() & OFFICES, own.keys() & MODELS, *telling):
        if not group & seen:
            missing |= group
    return missing


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.isdigit() and word.startswith(("19", "20"))


def _is_seen(place: ReadWord, known: frozenset[str] = KNOWN) -> bool:
    if place.word.isdigit():
        return place.read == place.word
    alike = likeness(place.read, place.word)
    # O.HASIL is as much D.HASIL as C.HASIL, and so is neither.
    return alike >= SEEN and alike > _nearest(place.read, known - {place.word})[1]


def _objections(strip: Alignment, own: Counter[str], known: frozenset[str]) -> list[_Objection]:
    """What a strip says that the page does not; sure only where the rest of it was read well."""
    objections: list[_Objection] = []
    agreed: list[ReadWord] = []
    for place in strip.places:
        least = _least_confidence(place, known, known - own.keys())
        if least is None:
            agreed.append(place)
        else:
            text = f"{place.read} stands where {place.word} is printed"
            objections.append(
                _Objection(
                    text, place.confidence >= least, _is_telling(place), _is_year(place.word)
                )
            )
    objections += _added(strip.extra, KNOWN - own.keys(), own)
    clear = not agreed or _share_read(agreed) >= CLEAR
    return [replace(objection, sure=objection.sure and clear) for objection in objections]


def _least_confidence(
    place: ReadWord, known: frozenset[str], foreign: frozenset[str]
) -> float | None:
    """The confidence from which the letters are surely another word's; None if they are not."""
    word, read = place.word, place.read
    if word.isdigit():
        other = read.isdigit() and read != word and len(read) == len(word)
        plausible = _is_year(read) or not _is_year(word)
        return (VERY_SURE if plausible else NEVER_SURE) if other else None
    alike = likeness(read, word)
    if word in known and alike < 1:
        nearest, rival = _nearest(read, foreign)
        if rival >= REPLACED and rival > alike:
            # Words as close as C.HASIL and D.HASIL differ by one letter, which must be sure.
            return VERY_SURE if likeness(word, nearest) >= SEEN else SURE
    unknown = len(read) >= max(4, len(word) // 2) and alike < UNLIKE
    return VERY_SURE if unknown and place.confidence >= VERY_SURE else None


def _added(
    extra: Iterable[tuple[str, float]], foreign: frozenset[str], own: Counter[str]
) -> Iterator[_Objection]:
    """Words that stand where nothing is printed: of other forms, numbers, or clear and unknown."""
    lengths = {len(word) for word in own if word.isdigit()}
    for read, confidence in extra:
        text = f"{read} stands where nothing is printed"
        if _nearest(read, foreign)[1] >= REPLACED:
            yield _Objection(text, confidence >= SURE, telling=True)
        elif read.isdigit():
            if len(read) in lengths and read not in own:
                yield _Objection(text, sure=False, telling=False)
        elif len(read) >= 4 and confidence >= VERY_SURE:
            yield _Objection(text, sure=False, telling=False)


def _nearest(read: str, words: Iterable[str]) -> tuple[str, float]:
    """The likest of some words, and how alike it is."""
    alike = {word: likeness(read, word) for word in words}
    best = max(alike, key=lambda word: (alike[word], word), default="")
    return best, alike.get(best, 0.0)


def _share_read(places: Sequence[ReadWord]) -> float:
    return sum(place.matched for place in places) / max(1, sum(len(p.word) for p in places))
