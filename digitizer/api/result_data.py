"""Contests, tallies and corrections as the JSON values of the API; see `result_models`."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from digitizer.api.result_models import CorrectionData, HeadData, TallyData
from digitizer.domain.correction import Correction
from digitizer.domain.election import Contest, Tps
from digitizer.domain.listing import NOTICE
from digitizer.domain.tally import Tally
from digitizer.store.elections import get_election
from digitizer.store.publication import PublishedHead
from digitizer.store.readings import StoredReading
from digitizer.store.recaps import TpsDetail


def marks(session: Session) -> dict[str, Any]:
    """What every answer says of itself: no official result, and whether it is a simulation."""
    election = get_election(session)
    return {"notice": NOTICE, "simulated": bool(election and election.simulated)}


def head_data(head: PublishedHead) -> dict[str, Any]:
    """The head as JSON values; see `result_models.HeadData`."""
    return HeadData(head=head.head, at=head.at).model_dump(mode="json")


def contest_data(contest: Contest) -> dict[str, Any]:
    """A contest as JSON values."""
    return {
        "id": contest.id,
        "office": contest.office_id,
        "round": contest.round,
        "title": contest.title,
        "area": contest.area,
        "candidates": list(contest.candidates),
    }


def tps_data(tps: Tps) -> dict[str, Any]:
    """A TPS as JSON values."""
    return {
        "tps": tps.code,
        "name": tps.name,
        "desa": tps.desa,
        "kecamatan": tps.kecamatan,
        "kabkota": tps.kabkota,
        "provinsi": tps.provinsi,
    }


def tally_data(contest: Contest, tally: Tally, made_at: datetime) -> dict[str, Any]:
    """A tally as JSON values, without who read it."""
    return TallyData(
        contest=contest.id,
        round=contest.round,
        version=tally.version,
        form=tally.form,
        origin=tally.origin,
        verified_at=made_at,
        values=dict(tally.values),
        as_written=dict(tally.as_written),
        photos=list(tally.photos),
    ).model_dump(mode="json")


def version_data(detail: TpsDetail, place: int) -> dict[str, Any]:
    """One version of the tally of a TPS, and where the public copies of its photos are."""
    tally = detail.tallies[place]
    return {
        **tally_data(detail.contest, tally, detail.made_at[place]),
        "public_copies": [
            copy
            for item in detail.readings
            if item.photo in tally.photos and (copy := public_copy(item)) is not None
        ],
    }


def public_copy(reading: StoredReading) -> dict[str, Any] | None:
    """The public copy of a photo: its own hash, and where it is."""
    if (sha256 := reading.blobs.get("public")) is None:
        return None
    url = f"/pictures/{reading.id}/public"
    return {"photo": reading.photo, "sha256": sha256, "url": url}


def correction_data(item: Correction) -> dict[str, Any]:
    """A correction as JSON values, without who entered it."""
    return CorrectionData(
        level=item.level,
        version=item.version,
        values=dict(item.values),
        document=item.photo,
        reason=item.reason,
        at=item.at,
        withdrawn_at=item.withdrawn_at,
        withdrawn_for=item.withdrawn_for,
    ).model_dump(mode="json")
