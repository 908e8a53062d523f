"""Every setting of the product, read from the environment in this one place."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from digitizer.errors import SettingsError
from digitizer.logs import Level


class Settings(BaseSettings):
    """Settings with the prefix `DIGITIZER_`, such as `DIGITIZER_DATA_DIR`; empty is as if unset.

    Attributes:
        data_dir: holds the key of this installation and, unless set otherwise, database and photos.
        database_url: SQLAlchemy address; empty for the SQLite file in `data_dir`.
        store_url: `file://` or `s3://` address of the photos; empty for `data_dir/photos`.
        host, port: where `serve` listens.
        language: of the pages, for visitors who have not chosen.
        blind_share: of all forms arrives at the review desk with every number empty.
        seeded_share: of all forms shown is a seeded check.
        tps_quota: photos that are taken in for one TPS from the web within a day.
        account_quota: photos that are taken in from one account on the web within an hour.
        line_limit: photos that may wait to be read before the web takes in no more.
        room_mib: what must be free on the disk (MiB) for the web to take photos in.
        policy_file: thresholds of this installation; without it those that are shipped.
        log_level: the least that is logged of what this product itself says.
        metrics_token: lets whoever sends it read `/metrics` from elsewhere; empty for nobody.
        metrics_port: where a worker tells its own counters; 0 for nowhere.
        dev_data: the development data, for tests and benchmarks only.
    """

    model_config = SettingsConfigDict(
        env_prefix="DIGITIZER_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    data_dir: Path = Path("data")
    database_url: str = ""
    store_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    language: Literal["id", "en"] = "id"
    blind_share: float = Field(default=0.05, ge=0, le=1)
    seeded_share: float = Field(default=0.01, ge=0, le=1)
    tps_quota: int = Field(default=100, ge=1)
    account_quota: int = Field(default=1000, ge=1)
    line_limit: int = Field(default=100_000, ge=1)
    room_mib: int = Field(default=1024, ge=0)
    policy_file: Path | None = None
    log_level: Level = "info"
    metrics_token: str = ""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    dev_data: Path = Path("../shared/data")

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'digitizer.sqlite3'}"

    @property
    def photos(self) -> str:
        """The address of the photos in force."""
        return self.store_url or (self.data_dir.resolve() / "photos").as_uri()


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: a variable holds something that cannot be used; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "DIGITIZER_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(
            f"{name} is {first['input']!r}: {first['msg']}", "see docs/deploy.md for what it may be"
        ) from None
