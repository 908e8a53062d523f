"""Who looks at the recap: those with an account for it, and from the set date on everybody."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from digitizer.api.web import (
    READERS,
    REVIEWERS,
    SUPERVISORS,
    Now,
    Reading,
    Web,
    account_or_none,
)
from digitizer.errors import NotPublished
from digitizer.store.accounts import Account
from digitizer.store.engine import write_session
from digitizer.store.publication import PublishedHead, published_since, shown_head, take_head


@dataclass(frozen=True, slots=True)
class Audience:
    """Who looks.

    Attributes:
        reader: None for the public, to whom no person is named.
        is_signed_in: whether the pages name whoever looks, who may be a witness among the public.
    """

    reader: Account | None
    is_signed_in: bool

    @property
    def is_public(self) -> bool:
        return self.reader is None

    @property
    def may_review(self) -> bool:
        return self.reader is not None and self.reader.role in REVIEWERS

    @property
    def may_correct(self) -> bool:
        return self.reader is not None and self.reader.role in SUPERVISORS


def audience(
    session: Reading, now: Now, account: Annotated[Account | None, Depends(account_or_none)]
) -> Audience:
    """Who looks at this request.

    Raises:
        NotPublished: it is for nobody but those with an account yet.
    """
    if account is not None and account.role in READERS:
        return Audience(account, is_signed_in=True)
    since = published_since(session)
    if since is not None and since <= now:
        return Audience(None, is_signed_in=account is not None)
    when = "is not set" if since is None else f"is {since:%Y-%m-%d %H:%M} UTC"
    raise NotPublished(
        f"the moment from which on everybody may see the recap {when}",
        "come back later, or sign in with an account that may see it before",
    )


Looking = Annotated[Audience, Depends(audience)]


def head_now(web: Web, session: Reading, now: Now) -> PublishedHead:
    """The head of the history that is shown in this hour; who asks first takes it."""
    if (found := shown_head(session, now)) is not None:
        return found
    with write_session(web.engine) as writing:
        taken = take_head(writing, now)
        writing.commit()
    return taken
