"""Where photos and their pieces are kept: a folder, or a bucket."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from digitizer.errors import SettingsError


def folder_of(url: str) -> Path | None:
    """The folder at a `file://` address; None for an `s3://` one.

    Raises:
        SettingsError: the address is of another kind.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc == "" and parts.path:
        return Path(unquote(parts.path))
    if parts.scheme == "s3" and parts.netloc:
        return None
    raise SettingsError(
        f"photo store {url!r} is neither file:// nor s3://",
        "set DIGITIZER_STORE_URL to file:///FOLDER or s3://BUCKET/PREFIX",
    )
