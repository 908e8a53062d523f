"""Files of one request, each taken in for itself: a bad one keeps none of the others out."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from fastapi import UploadFile
from sqlmodel import Session

from digitizer.api.web import Web
from digitizer.errors import DigitizerError, KeyUsed, OverQuota, PhotoRefused
from digitizer.intake import Intake, accept_many, plain_name
from digitizer.intake.archive import check_size
from digitizer.store.accounts import Account
from digitizer.store.quotas import refuse_over_quota
from digitizer.store.receiving import Receipt

ZIP_BEGINS: Final = (b"PK\x03\x04", b"PK\x05\x06")
"""The first bytes of a ZIP that holds anything, and of an empty one."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A file that was not taken in, and why."""

    name: str
    error: DigitizerError


def take_all(
    web: Web,
    account: Account,
    files: Sequence[UploadFile],
    *,
    tps: str | None,
    contest: str | None,
    key: str,
    now: datetime,
) -> tuple[list[Receipt], list[NotTaken]]:
    """Take files in, photos and ZIPs; gives the receipts, and what could not be taken in.

    `key` stands for all of them, in this order.
    """
    receipts: list[Receipt] = []
    refused: list[NotTaken] = []
    for index, item in enumerate(files):
        named = f"{key}:{index}"
        try:
            receipts += _take(web, account, item, tps=tps, contest=contest, key=named, now=now)
        except (PhotoRefused, OverQuota, KeyUsed) as error:
            # These speak against one file; what else is raised would be raised for all.
            refused.append(NotTaken(plain_name(item.filename or ""), error))
    return receipts, refused


def _take(
    web: Web,
    account: Account,
    item: UploadFile,
    *,
    tps: str | None,
    contest: str | None,
    key: str,
    now: datetime,
) -> tuple[Receipt, ...]:
    """Take one file in: a photo, or every member of a ZIP.

    Raises:
        PhotoRefused: a photo or ZIP that is too large to be taken in.
        OverQuota: the account or the TPS has sent too many.
        KeyUsed: the key was used for another photo.
    """
    name = plain_name(item.filename or "")

    def refuse(session: Session, photo: str, place: str | None) -> None:
        refuse_over_quota(
            session,
            photo,
            account=account.id,
            tps=place,
            account_quota=web.settings.account_quota,
            tps_quota=web.settings.tps_quota,
            now=now,
        )

    if _is_zip(item.file):
        return accept_many(
            web.engine,
            web.photos,
            item.file,
            account=account.id,
            tps=tps,
            contest=contest,
            file_name=name,
            idempotency_key=key,
            refuse=refuse,
        )
    check_size(name, item.size or 0)
    intake = Intake(web.engine, web.photos, account.id, tps, contest, refuse)
    return (intake.take(name, item.file.read(), key=key),)


def _is_zip(file: BinaryIO) -> bool:
    """Whether a file is a ZIP by its beginning and its end; leaves it at its beginning.

    The end alone says nothing: a photo may hold the mark of a ZIP's directory anywhere.
    """
    begins = file.read(len(ZIP_BEGINS[0])) in ZIP_BEGINS
    found = begins and zipfile.is_zipfile(file)
    file.seek(0)
    return found
