"""How many photos are taken in: so many that no witness meets the limit, and no flood passes it."""

from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, exists, func, literal, select

from digitizer.errors import OverQuota
from digitizer.store.sender_tables import TransferRow
from digitizer.store.tables import UploadRow

TPS_WINDOW: Final = timedelta(days=1)
ACCOUNT_WINDOW: Final = timedelta(hours=1)


def refuse_over_quota(
    session: Session,
    photo: str | None,
    *,
    account: str,
    tps: str | None,
    account_quota: int,
    tps_quota: int,
    now: datetime,
    transfer: str = "",
) -> None:
    """Nothing more is taken in than the quotas allow; what was sent before is no more.

    Photos on their way count too, since their pieces lie here; not the one whose `transfer` asks.

    Raises:
        OverQuota: the account or the TPS has used its quota up.
    """
    again = exists().where(col(UploadRow.photo) == photo, col(UploadRow.account) == account)
    # One statement, since every photo asks.
    sent_before, from_account, for_tps = session.exec(
        select(
            again,
            _lately("account", account, now - ACCOUNT_WINDOW, transfer),
            _lately("tps", tps, now - TPS_WINDOW, transfer),
        )
    ).one()
    if sent_before:
        return
    _refuse("this account", from_account, account_quota, ACCOUNT_WINDOW)
    _refuse(f"TPS {tps}", for_tps, tps_quota, TPS_WINDOW)


def _lately(
    column: Literal["account", "tps"], value: str | None, since: datetime, transfer: str
) -> ColumnElement[int]:
    if value is None:
        return literal(0)
    recent = select(func.count()).where(
        col(getattr(UploadRow, column)) == value, col(UploadRow.at) > since
    )
    coming = select(func.count()).where(
        col(getattr(TransferRow, column)) == value,
        col(TransferRow.at) > since,
        col(TransferRow.upload).is_(None),
        col(TransferRow.id) != transfer,
    )
    return recent.scalar_subquery() + coming.scalar_subquery()


def _refuse(whose: str, count: int, most: int, window: timedelta) -> None:
    if count >= most:
        raise OverQuota(
            f"{count} photos came from or for {whose} lately, at most {most} are taken in",
            "send it again later; it stays on your phone",
            int(window.total_seconds()),
        )
