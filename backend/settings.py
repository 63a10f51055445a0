"""What an operator can set: environment variables `WELLBEHAVED_*`, or the same names in a `.env` file."""

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from backend.root_path import checked_root_path

if TYPE_CHECKING:
    from sqlalchemy import URL

# As browsers send it: in lower case, without a path or a slash at the end (RFC 6454, 6.2).
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?")
_WITH_DEFAULT_PORT = re.compile(r"http://.*:80|https://.*:443")
# The rule of S3 for the names of buckets: 3 to 63 characters, of which the first and the last are no dots.
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*/?")
_POSTGRES_DRIVER = "postgresql+psycopg"


class Settings(BaseSettings):
    """Settings of one instance, read once where the program starts and handed inward."""

    # What else a `.env` file holds is for other programs.
    model_config = SettingsConfigDict(env_prefix="WELLBEHAVED_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("wellbehaved"),
        description="Folder of the embedded database and the token; made with mode 700.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="Database, such as postgresql://user:password@host/name; a SQLite file in data_dir when absent.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the service and the dashboard listen on.")
    port: int = Field(default=8000, ge=0, le=65_535, description="Port of the service; 0 takes a free one.")
    dashboard_port: int = Field(default=8501, ge=0, le=65_535, description="Port of the dashboard.")
    api_url: str = Field(default="http://127.0.0.1:8000", description="Where client, command line and dashboard call.")
    public_api_url: str | None = Field(
        default=None, description="Address of the service as people reach it, shown in calls to copy; else api_url."
    )
    public_dashboard_url: str | None = Field(
        default=None, description="Address of the dashboard behind a reverse proxy, such as https://rank.example.org."
    )
    root_path: str = Field(
        default="",
        description="Sub-path that a proxy serves service and dashboard below, such as /rankings, whether the proxy "
        "keeps it or takes it off; none unless set.",
    )
    # Without NoDecode, pydantic-settings would take the text of a list for JSON.
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of proxies, separated by commas, whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed; those of this machine unless set.",
    )
    data_roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(),
        description="Folders below which the service may look for images to add as benchmarks, separated by colons as "
        "in PATH; none unless set. A worker also looks for a benchmark's files in the folder of its key below them.",
    )
    files_url: str | None = Field(
        default=None,
        description="Bucket of an S3-compatible store for checkpoints and evidence, such as s3://bucket/prefix; "
        "folders in data_dir when absent. Endpoint and keys are in AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY.",
    )
    files_cache_bytes: int = Field(
        default=20 * 1024**3, gt=0, description="Copies of files of files_url on this machine, in bytes."
    )
    token: SecretStr | None = Field(default=None, description="Bearer token for writing; else the one in data_dir.")
    max_checkpoint_bytes: int = Field(
        default=2 * 1024**3, gt=0, description="Largest checkpoint that is taken, in bytes."
    )
    max_import_bytes: int = Field(
        default=1024**3, gt=0, description="Largest file of results that is imported, in bytes."
    )
    unconfined_checks: bool = Field(
        default=False,
        description="Check uploads also where the system does not confine that: no network, bounded memory.",
    )
    retention_days: int | None = Field(
        default=None,
        ge=1,
        description="How many days checkpoint files and steps of ended evaluations are kept; values always stay.",
    )
    max_queued_evaluations: int = Field(
        default=1000, gt=0, description="How many evaluations may wait; more are refused until some are done."
    )
    max_header_bytes: int = Field(
        default=32 * 1024, ge=1024, description="Address and headers of one request together, in bytes."
    )
    header_seconds: float = Field(
        default=10, gt=0, description="How long a caller may take until the headers of a request are complete."
    )
    stall_seconds: float = Field(
        default=20, gt=0, description="A body under 1 KiB a second, or an answer that is not read, for so long is cut."
    )
    max_connections: int = Field(
        default=500, ge=2, description="Open at once; beyond, the one that has idled longest makes room."
    )
    max_waiting_questions: int = Field(
        default=6, ge=0, description="How many questions that take long may wait for the one being computed."
    )
    max_sampled_scores: int = Field(
        default=20_000_000,
        ge=1,
        description="Draws times models of a question about sampled ranks that comes without the token.",
    )
    requests_per_minute: int | None = Field(
        default=None, gt=0, description="How many requests one address may make; no bound unless set."
    )
    reading_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins whose pages may read from the service, separated by commas, such as "
        "https://example.org; * for all; none unless set.",
    )
    worker_stale_seconds: float = Field(
        default=60, gt=0, description="How long after its last heartbeat a worker counts as gone."
    )
    worker_beat_seconds: float = Field(
        default=10, gt=0, description="How often a worker sends a heartbeat; well below worker_stale_seconds."
    )
    worker_idle_seconds: float = Field(
        default=60, ge=0, description="A worker's measuring process that has had nothing to do for so long ends."
    )
    worker_metrics_port: int | None = Field(
        default=None, ge=1, le=65_535, description="Port where a worker answers Prometheus; none unless set."
    )
    worker_metrics_host: str = Field(default="127.0.0.1", description="Address where a worker answers Prometheus.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severity logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Lines of the log for people, or one JSON object a line for programs."
    )

    @field_validator("files_url")
    @classmethod
    def _bucket(cls, value: str | None) -> str | None:
        if value is not None and not _BUCKET.fullmatch(value):
            raise ValueError(f"{value} names no bucket; write s3://bucket or s3://bucket/prefix")
        return value

    @field_validator("data_roots", mode="before")
    @classmethod
    def _separate(cls, value: object) -> object:
        """Take a list of folders as the shell writes one."""
        if isinstance(value, str):
            return tuple(Path(part).expanduser() for part in value.split(os.pathsep) if part.strip())
        return value

    @field_validator("root_path")
    @classmethod
    def _root(cls, value: str) -> str:
        return checked_root_path(value)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            # A name, or an address with a part of the host in it, would be believed of nobody, without a word.
            try:
                ip_network(each)
            except ValueError as error:
                raise ValueError(
                    f"{each} is no address and no network: {error}; write 10.0.0.7 or 10.0.0.0/24"
                ) from error
        return value

    @field_validator("reading_origins", "trusted_proxies", mode="before")
    @classmethod
    def _comma_list(cls, value: object) -> object:
        """Take a list with commas."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("reading_origins")
    @classmethod
    def _as_browsers_send(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # One with a path would match nothing, and nobody would learn why.
        if other := [each for each in value if each != "*" and not _ORIGIN.fullmatch(each)]:
            raise ValueError(f"{other[0]} is not an origin; write scheme://host or scheme://host:port, in lower case")
        if other := [each for each in value if _WITH_DEFAULT_PORT.fullmatch(each)]:
            origin, _, port = other[0].rpartition(":")
            raise ValueError(f"{other[0]} names the port that browsers leave out; write {origin}, without :{port}")
        return value

    @field_validator("data_roots")
    @classmethod
    def _absolute(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        # A relative folder would mean another one in every process that starts elsewhere.
        if relative := [str(each) for each in value if not each.is_absolute()]:
            raise ValueError(f"{relative[0]} is not an absolute path; write it from the root")
        return value

    @property
    def contents_cache(self) -> Path:
        """Where the digests of the files of benchmarks of one's own are kept, so that a look again is fast."""
        return self.data_dir / "contents"

    @property
    def resolved_database_url(self) -> str:
        """The database address with its driver named: an embedded SQLite file when none is set.

        It holds the password in clear, so it belongs in `create_store_engine` and never in a log or an answer.
        """
        # Imported here: the dashboard reads settings, too, and may be installed without a database's libraries.
        from sqlalchemy import URL
        from sqlalchemy.engine import make_url

        if self.database_url is None:
            return _text(URL.create("sqlite", database=str(self.data_dir.absolute() / "wellbehaved.db")))
        url = make_url(self.database_url.get_secret_value())
        if url.drivername in {"postgres", "postgresql"}:
            # A bare scheme would choose whichever driver SQLAlchemy takes for its default.
            url = url.set(drivername=_POSTGRES_DRIVER)
        return _text(url)


def _text(url: "URL") -> str:
    return url.render_as_string(hide_password=False)
