"""Invented counts that obey every rule of a form."""

import datetime
from fractions import Fraction

import numpy as np

from digitizer.domain.form import FormSpec

SEXES = ("l", "p")


def simulate_tps(
    form: FormSpec,
    rng: np.random.Generator,
    registered: int,
    day: datetime.date = datetime.date(2024, 11, 27),
) -> dict[str, int]:
    """A consistent count of one TPS with `registered` voters in its list (pemilih_dpt_j).

    Works for any form with the rows data pemilih, pengguna hak pilih, surat suara, disabilitas,
    paslon and suara; a form without some of them gets the others.

    Raises:
        ValueError: `registered` is not 1 to the most voters a TPS of this form may have.
    """
    cap = next((r.constant for r in form.rules if r.constant is not None), 600)
    if not 1 <= registered <= cap:
        raise ValueError(f"{registered} registered voters; form {form.id} allows 1 to {cap}")
    values = _voters(form, rng, registered)
    voters = values["pengguna_total_j"]
    values.update(_ballots(form, rng, registered, voters))
    values.update(_votes(form, rng, voters))
    values.update(tanggal=day.day, bulan=day.month, tahun=day.year)
    return {name: value for name, value in values.items() if name in form.fields}


def _voters(form: FormSpec, rng: np.random.Generator, registered: int) -> dict[str, int]:
    men = int(rng.binomial(registered, rng.uniform(0.46, 0.56)))
    listed = {"l": men, "p": registered - men}
    turnout = rng.uniform(0.52, 0.88)
    came = {sex: int(rng.binomial(listed[sex], turnout)) for sex in SEXES}
    values = _row("pemilih_dpt", listed) | _row("pengguna_dpt", came)
    total = dict(came)
    # Ballots are the list plus a reserve, so those who come beside the list are few.
    room = registered - sum(came.values())
    for kind in _other_kinds(form):
        extra = {sex: min(int(rng.poisson(1.6)), room // 4) for sex in SEXES}
        room -= sum(extra.values())
        total = {sex: total[sex] + extra[sex] for sex in SEXES}
        values |= _row(f"pengguna_{kind}", extra)
    values |= _row("pengguna_total", total)
    disabled = {sex: min(int(rng.poisson(1.0)), total[sex]) for sex in SEXES}
    values |= _row("disabilitas", disabled)
    return values | _entitled(form, rng, values)


def _entitled(form: FormSpec, rng: np.random.Generator, values: dict[str, int]) -> dict[str, int]:
    """Voters beside the list and with a disability, where a form also counts who stayed away."""
    rows: dict[str, int] = {}
    total = {sex: values[f"pemilih_dpt_{sex}"] for sex in SEXES}
    for kind in _other_kinds(form):
        if f"pemilih_{kind}_j" in form.fields:
            came = {sex: values[f"pengguna_{kind}_{sex}"] for sex in SEXES}
            known = {sex: came[sex] + int(rng.poisson(0.7)) for sex in SEXES}
            total = {sex: total[sex] + known[sex] for sex in SEXES}
            rows |= _row(f"pemilih_{kind}", known)
    if "pemilih_disabilitas_j" in form.fields:
        voted = {sex: values[f"disabilitas_{sex}"] for sex in SEXES}
        known = {sex: min(voted[sex] + int(rng.poisson(0.5)), total[sex]) for sex in SEXES}
        rows |= _row("pemilih_disabilitas", known)
    return rows | _row("pemilih_total", total)


def _other_kinds(form: FormSpec) -> list[str]:
    """The kinds of voters beside the list: dptb and dpk, or dpph and dptb."""
    names = [name.split("_")[1] for name in form.fields if name.startswith("pengguna_")]
    return [kind for kind in dict.fromkeys(names) if kind not in ("dpt", "total")]


def _row(name: str, by_sex: dict[str, int]) -> dict[str, int]:
    return {f"{name}_l": by_sex["l"], f"{name}_p": by_sex["p"], f"{name}_j": sum(by_sex.values())}


def _ballots(
    form: FormSpec, rng: np.random.Generator, registered: int, voters: int
) -> dict[str, int]:
    rate = next((r.reserve_rate for r in form.rules if r.reserve_rate is not None), 0.0)
    reserve = -((-registered * Fraction(str(rate))) // 1)
    delivered = registered + int(reserve)
    spoilt = min(int(rng.poisson(0.5)), delivered - voters)
    return {
        "ss_diterima": delivered,
        "ss_digunakan": voters,
        "ss_rusak": spoilt,
        "ss_sisa": delivered - voters - spoilt,
    }


def _votes(form: FormSpec, rng: np.random.Generator, voters: int) -> dict[str, int]:
    invalid = int(rng.binomial(voters, rng.uniform(0.01, 0.07)))
    paslon = [field.id for field in form.fields.values() if field.role == "votes"]
    counts: list[int] = []
    if paslon:
        shares = rng.dirichlet([4.0] * len(paslon))
        counts = [int(count) for count in rng.multinomial(voters - invalid, shares)]
    return {
        **dict(zip(paslon, counts, strict=True)),
        "suara_sah": voters - invalid,
        "suara_tidak_sah": invalid,
        "suara_total": voters,
    }
