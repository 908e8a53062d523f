"""SIMULATED tallies of 6,274 TPS that add up to the official result of the governor's contest.

Official are only the sums: those of the province, read out at the plenary of KPU Kalimantan Timur,
and the votes of both paslon by kabupaten/kota, as the press printed them in December 2024; they
agree with each other. What any single TPS counts here is made up: drawn around the mean of its
kabupaten, so that every rule of the form holds and the sums come out. Nobody is named.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sql
from sqlmodel import Session

from digitizer.domain.rules import check_rules
from digitizer.domain.tally import Tally
from digitizer.domain.verification import Confirmed, Verification, verify
from digitizer.forms import load_form
from digitizer.store.election_file import ElectionFile, read_election_file
from digitizer.store.events import lock_chain
from digitizer.store.recap_keeping import recount
from digitizer.store.tables import TallyRecord
from digitizer.store.verifications import save_verification
from tests.conftest import ROOT

FOLDER: Final = ROOT / "samples" / "kaltim-2024"
CONTEST: Final = "gubernur"
FORM: Final = "c-hasil-kwk-gubernur-2024-2p"
VERIFIED_AT: Final = datetime(2024, 11, 28, 3, 0, tzinfo=UTC)

PROVINCE: Final = {
    "pemilih_dpt_l": 1_456_666, "pemilih_dpt_p": 1_364_536, "pemilih_dpt_j": 2_821_202,
    "pengguna_dpt_j": 1_853_298, "pengguna_dpph_j": 6_776, "pengguna_dptb_j": 22_317,
    "pengguna_total_j": 1_882_391,
    "ss_diterima": 2_896_473, "ss_digunakan": 1_882_391, "ss_rusak": 1_542, "ss_sisa": 1_012_540,
    "paslon_1": 793_793, "paslon_2": 996_399,
    "suara_sah": 1_790_192, "suara_tidak_sah": 92_199, "suara_total": 1_882_391,
}  # fmt: skip
"""The result of the province; of men and women apart the DPT alone is published."""

KABKOTA: Final = {
    "6401": (56_619, 78_308), "6402": (156_428, 214_112), "6403": (51_680, 75_684),
    "6407": (45_370, 47_010), "6408": (94_685, 99_941), "6409": (34_943, 67_259),
    "6411": (11_279, 10_610), "6471": (126_905, 172_057), "6472": (182_183, 170_623),
    "6474": (33_701, 60_795),
}  # fmt: skip
"""The votes of both paslon by kabupaten/kota."""

MOST_VOTERS: Final = 600
RESERVE_PER_MILLE: Final = 25


@cache
def election_file() -> ElectionFile:
    """The election of `samples/kaltim-2024`: its places and contests."""
    return read_election_file(FOLDER / "election.toml")


@cache
def simulated_values() -> Mapping[str, Mapping[str, int]]:
    """Every number of the form by TPS code; the same on every machine."""
    lot = random.Random(20241127)
    codes = sorted(station.code for station in election_file().tps)
    columns: dict[str, list[int]] = {"paslon_1": [], "paslon_2": []}
    for kabkota, votes in sorted(KABKOTA.items()):
        here = sum(code.startswith(kabkota) for code in codes)
        size = [lot.uniform(0.75, 1.2) for _ in range(here)]
        leaning = [lot.uniform(0.8, 1.2) for _ in range(here)]
        columns["paslon_1"] += spread(votes[0], [s * x for s, x in zip(size, leaning, strict=True)])
        columns["paslon_2"] += spread(votes[1], [s / x for s, x in zip(size, leaning, strict=True)])
    valid = [sum(votes) for votes in zip(*columns.values(), strict=True)]
    count = len(codes)
    drawn = partial_weights(lot, count)
    invalid = spread(
        PROVINCE["suara_tidak_sah"], [v * w for v, w in zip(valid, drawn, strict=True)]
    )
    total = [v + w for v, w in zip(valid, invalid, strict=True)]
    moved = spread(PROVINCE["pengguna_dpph_j"], partial_weights(lot, count))
    unlisted = spread(PROVINCE["pengguna_dptb_j"], partial_weights(lot, count))
    listed = [t - m - u for t, m, u in zip(total, moved, unlisted, strict=True)]
    absent = spread(
        PROVINCE["pemilih_dpt_j"] - PROVINCE["pengguna_dpt_j"],
        [(MOST_VOTERS - voters) * lot.uniform(0.9, 1.0) for voters in listed],
    )
    dpt = [voters + away for voters, away in zip(listed, absent, strict=True)]
    men = spread(PROVINCE["pemilih_dpt_l"], [voters * lot.uniform(0.97, 1.03) for voters in dpt])
    spoilt = spread(PROVINCE["ss_rusak"], partial_weights(lot, count))
    reserve = [-(-voters * RESERVE_PER_MILLE // 1000) for voters in dpt]
    # A little more was delivered than DPT and reserve; somewhere it must have gone.
    extra = spread(PROVINCE["ss_diterima"] - sum(dpt) - sum(reserve), [1.0] * count)
    found = {}
    for place, code in enumerate(codes):
        voted_men = listed[place] * men[place] // dpt[place]
        received = dpt[place] + reserve[place] + extra[place]
        found[code] = MappingProxyType(
            {
                **sexes("pemilih_dpt", men[place], dpt[place]),
                **sexes("pengguna_dpt", voted_men, listed[place]),
                **sexes("pengguna_dpph", half(moved[place], place), moved[place]),
                **sexes("pengguna_dptb", half(unlisted[place], place), unlisted[place]),
                **sexes(
                    "pengguna_total",
                    voted_men + half(moved[place], place) + half(unlisted[place], place),
                    total[place],
                ),
                "ss_diterima": received,
                "ss_digunakan": total[place],
                "ss_rusak": spoilt[place],
                "ss_sisa": received - total[place] - spoilt[place],
                **sexes("disabilitas", half(place % 3, place // 3), place % 3),
                "paslon_1": columns["paslon_1"][place],
                "paslon_2": columns["paslon_2"][place],
                "suara_sah": valid[place],
                "suara_tidak_sah": invalid[place],
                "suara_total": total[place],
            }
        )
    return MappingProxyType(found)


def spread(whole: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to weights that add up to `whole` (largest remainders)."""
    scale = whole / sum(weights)
    parts = [int(weight * scale) for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: parts[i] - weights[i] * scale)
    for place in by_rest[: whole - sum(parts)]:
        parts[place] += 1
    return parts


def partial_weights(lot: random.Random, count: int) -> list[float]:
    """Weights of places between which a small sum is spread unevenly."""
    return [lot.uniform(0.5, 1.5) for _ in range(count)]


def half(number: int, place: int) -> int:
    """Half of a number, rounded up at every other place."""
    return (number + place % 2) // 2


def sexes(name: str, men: int, both: int) -> dict[str, int]:
    """A count of men, women and both."""
    return {f"{name}_l": men, f"{name}_p": both - men, f"{name}_j": both}


def written(value: int) -> str:
    """A number in three boxes, as crews strike those that are left over."""
    return f"{value:X>3}"


@cache
def tallies() -> tuple[Tally, ...]:
    """A tally of every TPS, by code."""
    form = load_form(FORM)
    return tuple(
        Tally(
            tps=code,
            contest=CONTEST,
            version=1,
            form=FORM,
            values=MappingProxyType({name: values[name] for name in counted_fields()}),
            as_written=MappingProxyType({name: written(values[name]) for name in counted_fields()}),
            verifications=(f"simulasi-{code}",),
            photos=(),
            checks=check_rules(form, values),
            origin="read",
        )
        for code, values in simulated_values().items()
    )


@cache
def counted_fields() -> tuple[str, ...]:
    """The numbers of the form, in its order."""
    return tuple(name for name, spec in load_form(FORM).fields.items() if spec.counted)


def load_tallies(session: Session, made: Sequence[Tally] | None = None) -> None:
    """Put tallies into a store that has the election, by bulk insert: without any history.

    The recap is counted anew.
    """
    made = tallies() if made is None else made
    connection = session.connection()
    node = lock_chain(session)
    records = [{**_record(item), "node": node} for item in made]
    connection.execute(sql.insert(TallyRecord), records)
    recount(session)


def _record(tally: Tally) -> dict[str, Any]:
    return {
        "contest": tally.contest,
        "tps": tally.tps,
        "version": tally.version,
        "form": tally.form,
        "origin": tally.origin,
        "body": {
            "values": dict(tally.values),
            "as_written": dict(tally.as_written),
            "verifications": list(tally.verifications),
            "photos": list(tally.photos),
            "checks": [],
        },
        "made_at": VERIFIED_AT,
    }


def verify_tallies(session: Session, reviewer: str, made: Sequence[Tally] | None = None) -> None:
    """Confirm tallies as a person would: with verifications, events and all that follows of them.

    Some milliseconds each. No photo is named, since none was sent.
    """
    form = load_form(FORM)
    pages = {page.number for page in form.pages}
    for item in tallies() if made is None else made:
        fields = {name: Confirmed(boxes, None) for name, boxes in item.as_written.items()}
        verification = Verification(
            item.verifications[0],
            (),
            (),
            reviewer,
            VERIFIED_AT,
            MappingProxyType(fields),
            seconds=3.0,
        )
        outcome = verify(
            form, [verification], pages=pages, tps=item.tps, contest=CONTEST, version=1, readers=1
        )
        save_verification(
            session, verification, CONTEST, item.tps, FORM, outcome, VERIFIED_AT, expected_version=0
        )
