"""What the API of recap and tallies answers, for `/openapi.json`."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from digitizer.domain.correction import CorrectionLevel
from digitizer.domain.listing import NOTICE
from digitizer.store.missing import MissingState

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
Numbers = Annotated[dict[str, int], Field(examples=[{"paslon_1": 120, "paslon_2": 80}])]


class Strict(BaseModel):
    """A part of an answer: all of it and nothing else."""

    model_config = ConfigDict(extra="forbid")


class HeadData(Strict):
    """The head of the history as it is shown in this hour: whoever notes it can later prove that
    the history was rewritten, with `digitizer verify --head`.
    """

    head: Annotated[str, Field(examples=[SHA256])]
    at: datetime


class Marked(Strict):
    """What every answer says of itself."""

    notice: Annotated[str, Field(examples=[NOTICE])]
    simulated: bool
    head: HeadData


class RoundData(Strict):
    """A round of the office by its contest."""

    contest: Annotated[str, Field(examples=["gubernur"])]
    round: Annotated[int, Field(examples=[1])]


class ContestData(Strict):
    """One office in one round; `office` is the id of its first."""

    id: Annotated[str, Field(examples=["gubernur"])]
    office: Annotated[str, Field(examples=["gubernur"])]
    round: Annotated[int, Field(examples=[1])]
    title: Annotated[str, Field(examples=["Gubernur dan Wakil Gubernur"])]
    area: Annotated[str, Field(examples=["64"])]
    candidates: Annotated[list[str], Field(examples=[["Paslon 1", "Paslon 2"]])]


class ContestsAnswer(Marked):
    """Every contest."""

    contests: list[ContestData]


class RecapData(Strict):
    """Totals of verified numbers with what they rest on; see `digitizer.domain.tally.Recap`."""

    wilayah: Annotated[str, Field(examples=["6411"])]
    counted: Annotated[int, Field(description="TPS in", examples=[70])]
    expected: Annotated[int, Field(description="TPS that vote", examples=[77])]
    with_gaps: Annotated[int, Field(description="counted TPS with a number left empty: it adds 0")]
    disputed: Annotated[int, Field(description="TPS whose readers differ; not counted")]
    revotes: Annotated[int, Field(description="of `expected`, TPS that vote again")]
    revotes_counted: Annotated[int, Field(description="of `counted`, TPS that vote again")]
    corrected: Annotated[int, Field(description="counted TPS that a D.HASIL corrects")]
    totals: Annotated[
        dict[str, int],
        Field(
            description="sums; a field in which no counted TPS has a number is not among them",
            examples=[{"paslon_1": 120, "paslon_2": 80}],
        ),
    ]
    differences: Annotated[
        dict[str, int],
        Field(description="what corrections change; in no total", examples=[{"paslon_1": -10}]),
    ]


class ChildData(RecapData):
    """The recap of an area a level below; at a TPS with the round that counts there."""

    code: Annotated[str, Field(examples=["641103"])]
    name: Annotated[str, Field(examples=["Laham"])]
    level: Annotated[str, Field(examples=["kecamatan"])]
    contest: str | None
    round: int | None


class RecapAnswer(Marked):
    """The recap of an area and of those below it."""

    contest: Annotated[str, Field(examples=["gubernur"])]
    rounds: list[RoundData]
    recap: RecapData
    children: list[ChildData]
    next: Annotated[str | None, Field(description="ask again with `after` set to it")]


class TpsData(Strict):
    """A TPS and where it is."""

    tps: Annotated[str, Field(examples=["6411032001001"])]
    name: Annotated[str, Field(examples=["TPS 001"])]
    desa: str
    kecamatan: str
    kabkota: str
    provinsi: str


class TallyData(Strict):
    """The verified numbers of one contest at one TPS; `photos` by their SHA-256."""

    contest: Annotated[str, Field(examples=["gubernur"])]
    round: Annotated[int, Field(examples=[1])]
    version: Annotated[int, Field(examples=[1])]
    form: Annotated[str, Field(examples=["c-hasil-kwk-gubernur-2024-2p"])]
    origin: Annotated[str, Field(examples=["read"])]
    verified_at: datetime
    values: Annotated[
        dict[str, int | None], Field(examples=[{"paslon_1": 120, "suara_tidak_sah": None}])
    ]
    as_written: Annotated[dict[str, str], Field(examples=[{"paslon_1": "120"}])]
    photos: Annotated[list[str], Field(examples=[[SHA256]])]


class CountedTally(TpsData, TallyData):
    """A tally that counts, with its TPS."""


class TalliesAnswer(Marked):
    """Tallies that count, some at a time."""

    contest: str
    wilayah: str
    tallies: list[CountedTally]
    next: Annotated[str | None, Field(description="ask again with `after` set to it")]


class PublicCopy(Strict):
    """The public copy of a photo, by the SHA-256 of both."""

    photo: Annotated[str, Field(examples=[SHA256])]
    sha256: Annotated[str, Field(examples=[SHA256])]
    url: str


class VersionData(TallyData):
    """One version of a tally, the oldest first."""

    public_copies: list[PublicCopy]


class CorrectionData(Strict):
    """What a D.HASIL says of a TPS; `document` is the SHA-256 of its photo, which stays sealed."""

    level: CorrectionLevel
    version: Annotated[int, Field(examples=[1])]
    values: Numbers
    document: Annotated[str, Field(examples=[SHA256])]
    reason: str
    at: datetime
    withdrawn_at: datetime | None
    withdrawn_for: str


class TpsAnswer(Marked, TpsData):
    """One TPS with all its versions; the last of them counts where `missing` is null."""

    contest: str
    rounds: list[RoundData]
    missing: Annotated[
        MissingState | None,
        Field(
            description=(
                "why its numbers count nowhere, also where `versions` has some: `disputed`, its "
                "readers or papers differ; `in_review`, its form waits for people; `page_missing`, "
                "a page with votes is missing; `nothing`, no form of it was read; null where they "
                "count"
            ),
            examples=[None],
        ),
    ]
    versions: list[VersionData]
    corrections: list[CorrectionData]
