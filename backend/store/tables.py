"""The tables of the store. JSON is the only structured column type: nothing in a row is ever executed when read."""

from datetime import datetime
from typing import TypeAlias

from pydantic import JsonValue
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from typing_extensions import TypedDict

from backend.store.utc_date_time import UtcDateTime
from quba.vocabulary import PROTOCOLS, UNKNOWN

JsonObject: TypeAlias = dict[str, JsonValue]

_KEY_LENGTH, _NAME_LENGTH, _TITLE_LENGTH = 100, 200, 500
SOURCES = ("study", "import", "evaluation", "reference", "simulated")
"""Where a value comes from: published, imported, measured here, shipped with the program, or drawn by `simulate`."""
SHIPPED = frozenset({"study", "reference"})
"""Whose rows are the program's own: they stay, and everybody sees them."""
BUILT_IN, OWN = "built-in", "own"
"""Where a benchmark comes from."""
PUBLIC = "public"
"""The visibility of a model that everybody sees; the others are for holders of the token."""
_SOURCES, _PROTOCOLS = (", ".join(f"'{each}'" for each in known) for known in (SOURCES, PROTOCOLS))

# Names that do not depend on the database, so that a later migration can drop a constraint on either.
_NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class LackOfRoom(TypedDict):
    """Where fetched weights did not fit, how many bytes more they need if that is known, and how often it was tried."""

    worker_id: str
    folder: str
    needed_bytes: int | None
    tries: int


class NotedProgress(TypedDict, total=False):
    """How far the worker of an evaluation is; `eta_seconds` is its estimate of the time that is left."""

    phase: str
    stage: str
    share: float
    steps_done: int
    steps_total: int
    images_done: int
    images_total: int
    eta_seconds: float | None
    room: LackOfRoom


class Base(DeclarativeBase):
    """Parent of all tables."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = {datetime: UtcDateTime(), float: Double()}  # noqa: RUF012 - read by SQLAlchemy only


class Model(Base):
    """One image classifier: who it is and where its weights come from."""

    __tablename__ = "model"
    __table_args__ = (
        CheckConstraint("model_id <> '' AND name <> ''", name="named"),
        CheckConstraint("visibility IN ('public', 'private')", name="visibility"),
    )

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
    visibility: Mapped[str] = mapped_column(String(_KEY_LENGTH), default="public", server_default="public")
    # Facts that no image was needed for; they are no part of who a model is, and no score counts them.
    licence: Mapped[str] = mapped_column(String(_KEY_LENGTH), default=UNKNOWN, server_default=UNKNOWN)
    licence_source: Mapped[str | None] = mapped_column(String(_TITLE_LENGTH))
    macs_billions: Mapped[float | None]
    activations_millions: Mapped[float | None]
    input_size: Mapped[int | None]
    cost_source: Mapped[str | None] = mapped_column(String(_TITLE_LENGTH))


class Benchmark(Base):
    """A named suite of data sets with its classes."""

    __tablename__ = "benchmark"
    __table_args__ = (
        CheckConstraint("class_count > 1", name="class_count"),
        CheckConstraint(f"origin IN ('{BUILT_IN}', '{OWN}')", name="origin"),
    )

    key: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    label: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    description: Mapped[str] = mapped_column(Text)
    class_count: Mapped[int]
    reference: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    default_protocol: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    origin: Mapped[str] = mapped_column(String(_KEY_LENGTH), default=BUILT_IN, server_default=BUILT_IN)
    # Of the version that counts now; null for those that come with the program.
    digest: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))


class BenchmarkVersion(Base):
    """One state of the files of a benchmark of one's own, as it was registered."""

    __tablename__ = "benchmark_version"

    benchmark: Mapped[str] = mapped_column(ForeignKey(Benchmark.key), primary_key=True)
    digest: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    layout: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    folder: Mapped[str] = mapped_column(Text)
    definition: Mapped[JsonObject] = mapped_column(JSON)
    classes: Mapped[list[str]] = mapped_column(JSON)
    class_counts: Mapped[list[int]] = mapped_column(JSON)
    image_count: Mapped[int]
    dimensions: Mapped[list[str]] = mapped_column(JSON)
    report: Mapped[JsonObject] = mapped_column(JSON)
    registered_at: Mapped[datetime]
    # By protocol; null where the norms are those of the current models.
    frozen_norms: Mapped[JsonObject | None] = mapped_column(JSON(none_as_null=True))


class OwnDimension(Base):
    """A dimension of one's own, and the file that brought it, if any; a removed one stays, as its measurements do."""

    __tablename__ = "own_dimension"

    key: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    definition: Mapped[JsonObject] = mapped_column(JSON)
    folder: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    file: Mapped[str | None] = mapped_column(String(_NAME_LENGTH))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Measurement(Base):
    """One value of one model on one dimension, or the reason why there is none."""

    __tablename__ = "measurement"
    __table_args__ = (
        UniqueConstraint(
            "model_id", "benchmark", "protocol", "dimension", "benchmark_digest", name="uq_measurement_of_a_version"
        ),
        CheckConstraint("(value IS NULL) <> (missing_reason IS NULL)", name="value_or_reason"),
        # Written as a range because NaN sorts above every number in Postgres and has no other spelling in SQLite.
        CheckConstraint("value > -1e300 AND value < 1e300", name="finite"),
        CheckConstraint(f"protocol IN ({_PROTOCOLS})", name="protocol"),
        CheckConstraint(f"source IN ({_SOURCES})", name="source"),
        CheckConstraint("sample_count > 0", name="sample_count"),
        CheckConstraint("standard_error >= 0", name="standard_error"),
        # So that no deletion of an import can reach the study's rows.
        CheckConstraint("import_id IS NULL OR source <> 'study'", name="study_not_imported"),
        Index(None, "benchmark", "protocol"),
        Index(None, "import_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey(Model.id))
    benchmark: Mapped[str] = mapped_column(ForeignKey(Benchmark.key))
    protocol: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    dimension: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    value: Mapped[float | None]
    missing_reason: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    parts: Mapped[JsonObject] = mapped_column(JSON, default=dict)
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
    # Of what the value is made of; null for what was not measured here, and from before it was kept.
    ingredients_digest: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    # Which import brought it; null for the rest, and for what came before imports were remembered.
    import_id: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    # Of the version of the benchmark; empty and not null for the built-in ones, or no rule could keep doubles out.
    benchmark_digest: Mapped[str] = mapped_column(String(_KEY_LENGTH), default="", server_default=text("''"))


class ClassReport(Base):
    """How a model did on each class of a benchmark: recall, precision, confusion, reliability."""

    __tablename__ = "class_report"

    model_id: Mapped[str] = mapped_column(ForeignKey(Model.id), primary_key=True)
    benchmark: Mapped[str] = mapped_column(ForeignKey(Benchmark.key), primary_key=True)
    benchmark_digest: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    protocol: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    report: Mapped[JsonObject] = mapped_column(JSON)
    evaluation_id: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    measured_at: Mapped[datetime]


class KeptEvidence(Base):
    """The file of what was kept of a measured model, so that it can be paired with another one."""

    __tablename__ = "evidence"
    __table_args__ = (CheckConstraint("size_bytes > 0", name="size_bytes"),)

    model_id: Mapped[str] = mapped_column(ForeignKey(Model.id), primary_key=True)
    benchmark: Mapped[str] = mapped_column(ForeignKey(Benchmark.key), primary_key=True)
    benchmark_digest: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    protocol: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    # Its name in the folder of evidence, and of its contents: a file that was lost or swapped is told.
    file: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    evaluation_id: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    measured_at: Mapped[datetime]


class ResultImport(Base):
    """A file of results that was imported."""

    __tablename__ = "result_import"

    import_id: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    filename: Mapped[str | None] = mapped_column(String(_NAME_LENGTH))
    row_count: Mapped[int]
    model_count: Mapped[int]
    benchmarks: Mapped[list[str]] = mapped_column(JSON, default=list)
    imported_at: Mapped[datetime]


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


class Checkpoint(Base):
    """A file of weights that was uploaded, under the sha256 of the uploaded file."""

    __tablename__ = "checkpoint"
    __table_args__ = (
        CheckConstraint("size_bytes > 0", name="size_bytes"),
        CheckConstraint("format IN ('safetensors', 'torch')", name="format"),
        CheckConstraint("stored IN ('original', 'rewritten')", name="stored"),
    )

    checkpoint_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    filename: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    format: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    stored: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    uploaded_at: Mapped[datetime]
    # What the latest check was confined by; null until there was one.
    confinement: Mapped[str | None] = mapped_column(String(_NAME_LENGTH))


class Evaluation(Base):
    """A model that somebody wants measured, and how far that is."""

    __tablename__ = "evaluation"
    __table_args__ = (
        CheckConstraint("(checkpoint_id IS NULL) <> (model IS NULL)", name="one_source"),
        CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"),
        CheckConstraint("attempt > 0", name="attempt"),
        Index(None, "state"),
    )

    evaluation_id: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    request_digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    checkpoint_id: Mapped[str | None] = mapped_column(ForeignKey(Checkpoint.checkpoint_id))
    model: Mapped[str | None] = mapped_column(String(_NAME_LENGTH))
    architecture: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    # Which of several sets of weights in the checkpoint; null where it holds one.
    weights_key: Mapped[str | None] = mapped_column(String(_NAME_LENGTH))
    benchmark: Mapped[str] = mapped_column(ForeignKey(Benchmark.key))
    # Of the version that was asked for; null for the built-in ones.
    benchmark_digest: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    protocol: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    dimensions: Mapped[list[str]] = mapped_column(JSON)
    # Whether somebody vouches that the outputs stand for the classes in their order.
    class_order_checked: Mapped[bool] = mapped_column(default=False, server_default=false())
    samples_per_class: Mapped[int | None]
    seed: Mapped[int] = mapped_column(BigInteger)
    # Whether latency and memory are measured, too, and what came of it; null until then.
    cost: Mapped[bool] = mapped_column(default=False, server_default=false())
    cost_report: Mapped[JsonObject | None] = mapped_column(JSON(none_as_null=True))
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    attempt: Mapped[int]
    cancel_requested: Mapped[bool]
    worker_id: Mapped[str | None] = mapped_column(String(_NAME_LENGTH))
    # How often in a row a worker died over it without getting any further.
    crashes: Mapped[int] = mapped_column(default=0)
    model_id: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    error: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    progress: Mapped[NotedProgress | None] = mapped_column(JSON(none_as_null=True))
    submitted_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class EvaluationResult(Base):
    """One dimension of an evaluation, in one of its phases; the key is the last fence against a second writer."""

    __tablename__ = "evaluation_result"
    __table_args__ = (
        CheckConstraint("phase IN ('quick', 'full')", name="phase"),
        CheckConstraint("(value IS NULL) <> (missing_reason IS NULL)", name="value_or_reason"),
        CheckConstraint("value > -1e300 AND value < 1e300", name="finite"),
    )

    evaluation_id: Mapped[str] = mapped_column(ForeignKey(Evaluation.evaluation_id), primary_key=True)
    phase: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(_KEY_LENGTH), primary_key=True)
    value: Mapped[float | None]
    missing_reason: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    standard_error: Mapped[float | None]
    sample_count: Mapped[int | None]
    parts: Mapped[JsonObject] = mapped_column(JSON, default=dict)
    detail: Mapped[str] = mapped_column(Text, default="")
    worker_id: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    measured_at: Mapped[datetime]


class Worker(Base):
    """A process that measures, and when it was last heard of by the clock of the database."""

    __tablename__ = "worker"
    __table_args__ = (CheckConstraint("state IN ('idle', 'busy', 'stopping')", name="state"),)

    worker_id: Mapped[str] = mapped_column(String(_NAME_LENGTH), primary_key=True)
    device: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    version: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    state: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    evaluation_id: Mapped[str | None] = mapped_column(String(_KEY_LENGTH))
    benchmarks: Mapped[list[str]] = mapped_column(JSON, default=list)
    # Which version of each benchmark of one's own it has the files of.
    benchmark_digests: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]


def public_name(version_id: int, digest: str) -> str:
    """The name of a data version in answers and entity tags."""
    return f"{version_id}-{digest[:8]}"
