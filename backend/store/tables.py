"""The tables of the store. JSON is the only structured column type: nothing in a row is ever executed when read."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_KEY_LENGTH = 100
_NAME_LENGTH = 200
_TITLE_LENGTH = 500

# Names that do not depend on the database, so that a later migration can drop a constraint on either.
_NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time, always aware and in UTC; SQLite alone would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a time without zone, and store the others in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"time {value.isoformat()} has no zone; the store keeps UTC. Pass datetime.now(UTC).")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of all tables."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = {datetime: UtcDateTime(), float: Double()}  # noqa: RUF012 - read by SQLAlchemy only


class Model(Base):
    """One image classifier: who it is and where its weights come from."""

    __tablename__ = "model"
    __table_args__ = (CheckConstraint("model_id <> '' AND name <> ''", name="named"),)

    id: Mapped[str] = mapped_column("model_id", String(_KEY_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(_NAME_LENGTH), unique=True)
    architecture: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    training: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    recipe: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    head: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    pretraining_data: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    backbone: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    lineage: Mapped[str | None] = mapped_column(String(_NAME_LENGTH))
    source_library: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    source_identifier: Mapped[str | None] = mapped_column(String(_TITLE_LENGTH))
    paper_title: Mapped[str | None] = mapped_column(String(_TITLE_LENGTH))
    published_name: Mapped[str | None] = mapped_column(String(_NAME_LENGTH))
    study_name: Mapped[str | None] = mapped_column(String(_NAME_LENGTH))
    published_row: Mapped[int | None]
    label_flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(Text, default="")


class Benchmark(Base):
    """A named suite of data sets with its classes."""

    __tablename__ = "benchmark"
    __table_args__ = (CheckConstraint("class_count > 1", name="class_count"),)

    key: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    label: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    description: Mapped[str] = mapped_column(Text)
    class_count: Mapped[int]
    reference: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    default_protocol: Mapped[str] = mapped_column(String(_KEY_LENGTH))


class Measurement(Base):
    """One value of one model on one dimension, or the reason why there is none."""

    __tablename__ = "measurement"
    __table_args__ = (
        UniqueConstraint("model_id", "benchmark", "protocol", "dimension"),
        CheckConstraint("(value IS NULL) <> (missing_reason IS NULL)", name="value_or_reason"),
        # Written as a range because NaN sorts above every number in Postgres and has no other spelling in SQLite.
        CheckConstraint("value > -1e300 AND value < 1e300", name="finite"),
        CheckConstraint("protocol IN ('as-published', 'corrected')", name="protocol"),
        CheckConstraint("source IN ('study', 'import', 'evaluation')", name="source"),
        CheckConstraint("sample_count > 0", name="sample_count"),
        CheckConstraint("standard_error >= 0", name="standard_error"),
        Index(None, "benchmark", "protocol"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey(Model.id))
    benchmark: Mapped[str] = mapped_column(ForeignKey(Benchmark.key))
    protocol: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    dimension: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    value: Mapped[float | None]
    missing_reason: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    parts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sample_count: Mapped[int | None]
    standard_error: Mapped[float | None]
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    evaluation_id: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    library_versions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    device: Mapped[str | None] = mapped_column(String(_NAME_LENGTH))
    precision: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    seed: Mapped[int | None] = mapped_column(BigInteger)
    measured_at: Mapped[datetime | None]


class DataVersion(Base):
    """A state of the data; a new row is written in the transaction of every change that a ranking can show."""

    __tablename__ = "data_version"
    # Ids that are never used twice: a version seen by a reader must not come back with other data behind it.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    created_at: Mapped[datetime]

    @property
    def public_name(self) -> str:
        """How answers name this version, such as `3-1f0c9a2b`."""
        return public_name(self.id, self.digest)


def public_name(version_id: int, digest: str) -> str:
    """The name of a data version in answers and entity tags."""
    return f"{version_id}-{digest[:8]}"
