"""How many photos are taken in: so many that no witness meets the limit, and no flood passes it."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, func, select

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
    again = select(UploadRow.id).where(
        col(UploadRow.photo) == photo, col(UploadRow.account) == account
    )
    if session.exec(again.limit(1)).first() is not None:
        return
    for whose, column, value, most, window in (
        ("this account", "account", account, account_quota, ACCOUNT_WINDOW),
        (f"TPS {tps}", "tps", tps, tps_quota, TPS_WINDOW),
    ):
        if value is None:
            continue
        recent = select(func.count()).where(
            col(getattr(UploadRow, column)) == value, col(UploadRow.at) > now - window
        )
        coming = select(func.count()).where(
            col(getattr(TransferRow, column)) == value,
            col(TransferRow.at) > now - window,
            col(TransferRow.upload).is_(None),
            col(TransferRow.id) != transfer,
        )
        count = session.exec(recent).one() + session.exec(coming).one()
        if count >= most:
            raise OverQuota(
                f"{count} photos came from or for {whose} lately, at most {most} are taken in",
                "send it again later; it stays on your phone",
                int(window.total_seconds()),
            )
