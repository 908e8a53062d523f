"""How many photos are taken in: so many that no witness meets the limit, and no flood passes it."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, func, select

from digitizer.errors import OverQuota
from digitizer.store.tables import UploadRow

TPS_WINDOW: Final = timedelta(days=1)
ACCOUNT_WINDOW: Final = timedelta(hours=1)


def refuse_over_quota(
    session: Session,
    photo: str,
    *,
    account: str,
    tps: str | None,
    account_quota: int,
    tps_quota: int,
    now: datetime,
) -> None:
    """Nothing more is taken in than the quotas allow; what was sent before is no more.

    Raises:
        OverQuota: the account or the TPS has used its quota up.
    """
    again = select(UploadRow.id).where(
        col(UploadRow.photo) == photo, col(UploadRow.account) == account
    )
    if session.exec(again.limit(1)).first() is not None:
        return
    limits = [("this account", col(UploadRow.account) == account, account_quota, ACCOUNT_WINDOW)]
    if tps is not None:
        limits.append((f"TPS {tps}", col(UploadRow.tps) == tps, tps_quota, TPS_WINDOW))
    for whose, of_it, most, window in limits:
        recent = select(func.count()).where(of_it, col(UploadRow.at) > now - window)
        count = session.exec(recent).one()
        if count >= most:
            raise OverQuota(
                f"{count} photos came from or for {whose} lately, at most {most} are taken in",
                "send it again later; it stays on your phone",
                int(window.total_seconds()),
            )
