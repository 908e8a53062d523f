"""An S3-compatible bucket, asked with patience that ends, its refusals told in our words.

Keys and address come from the environment as every client of S3 takes them: `AWS_ENDPOINT_URL`,
`AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`. An address of `http://` is taken as it
is, for a server of one's own network.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import ObjectStore, from_url

from digitizer.errors import SettingsError, StoreUnavailable

CONNECT: Final = timedelta(seconds=5)
ANSWER: Final = timedelta(seconds=20)
"""How long one request may take, a photo of 30 MB included."""

TRIES: Final = 3
PATIENCE: Final = timedelta(seconds=30)
"""After so long nothing is tried again: whoever sends a photo does not wait longer."""


def open_bucket(url: str) -> ObjectStore:
    """The bucket, and the folder in it, at an `s3://` address.

    Raises:
        SettingsError: the environment holds an option that no bucket knows.
    """
    try:
        return from_url(
            url,
            client_options={"connect_timeout": CONNECT, "timeout": ANSWER, "allow_http": True},
            retry_config={"max_retries": TRIES - 1, "retry_timeout": PATIENCE},
        )
    except BaseError as error:
        raise SettingsError(
            f"photo store {url!r} cannot be opened: {error}", "see docs/deploy.md for AWS_*"
        ) from None


@contextmanager
def answering() -> Iterator[None]:
    """Around every request; that there is no such blob, or that there is one, is an answer.

    Raises:
        StoreUnavailable: the store refuses, or does not answer in time.
    """
    try:
        yield
    except (NotFoundError, AlreadyExistsError):
        raise
    except BaseError as error:
        raise StoreUnavailable(
            f"the photo store gave no answer ({type(error).__name__})",
            "try again in half a minute; `digitizer doctor` looks into it",
        ) from error
