"""Benchmarks of one's own in the store: registered in versions by the digest of their files, ranked by their own norms.

An edited folder that is registered again is a new version. Measurements stay with the version that they were made on,
and rankings are of the current one alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.store import data_versions
from backend.store.tables import OWN, PUBLIC, Benchmark, BenchmarkVersion, JsonObject, Measurement, Model
from quba.benchmarks import STUDY
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from quba.reference import Reference
from quba.vocabulary import SLUG, Protocol

_WNID = re.compile(r"n[0-9]{8}")


class Registration(BaseModel):
    """One version of a benchmark as whoever looked at its folder tells it.

    Attributes:
        key: its name everywhere.
        label: its name on screen.
        description: what is in it, in a sentence; it may be empty.
        layout: how the folder is laid out.
        folder: absolute, of benchmark.toml, on the machine that looked.
        definition: benchmark.toml as JSON.
        classes: their names in the order of the labels.
        class_counts: clean images of each class.
        image_count: images of all sets.
        digest: over class list and file contents.
        dimensions: that the benchmark has.
        default_protocol: that counts where none is named.
        report: what was found in the folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=f"^{SLUG}$")
    label: str = Field(min_length=1, max_length=200)
    description: str
    layout: str = Field(max_length=100)
    folder: str
    definition: dict[str, JsonValue]
    classes: list[str] = Field(min_length=2)
    class_counts: list[int]
    image_count: int
    digest: str = Field(min_length=1, max_length=100)
    dimensions: list[str] = Field(min_length=1)
    default_protocol: str = Protocol.CORRECTED.value
    report: dict[str, JsonValue]


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenNorms:
    """Norms that were kept, so that nobody's score moves when a model is added.

    Attributes:
        frozen_at: when.
        models: how many models they were taken from.
        norms: by dimension.
    """

    frozen_at: datetime
    models: int
    norms: Mapping[str, Reference]


def register(session: Session, told: Registration, *, now: datetime | None = None) -> bool:
    """Register a benchmark, or a new version of it, in a session from `writing`.

    Args:
        session: from `writing`.
        told: what was found.
        now: time to record; the current one when absent.

    Returns:
        Whether anything changed: the same again changes nothing.

    Raises:
        Refusal: the key is that of another benchmark.
    """
    moment = now or datetime.now(UTC)
    found = session.get(Benchmark, told.key)
    if found is not None:
        _refuse_another(session, found, told)
    own = found or Benchmark(key=told.key, reference=None, origin=OWN)
    version = session.get(BenchmarkVersion, (told.key, told.digest))
    suite = {
        "label": told.label, "description": told.description, "class_count": len(told.classes),
        "default_protocol": told.default_protocol, "digest": told.digest,
    }  # fmt: skip
    facts = {name: getattr(told, name) for name in _FACTS}
    # The same again is no new version of the data: answers stay cached, and a script may register each day.
    if found is not None and version is not None and _holds(found, suite) and _holds(version, facts):
        return False
    for row, columns in ((own, suite), (version or _new(told, moment), facts)):
        for name, value in columns.items():
            setattr(row, name, value)
        session.add(row)
        # The benchmark first: its version refers to it.
        session.flush()
    # The pool that rankings show is another one now, or none.
    data_versions.record(
        session,
        reason=f"registration of {told.key}"[:200],
        changes=[["benchmark", told.key, told.digest, list(told.dimensions), told.label]],
        created_at=moment,
    )
    return True


def current_version(session: Session, benchmark: Benchmark) -> BenchmarkVersion | None:
    """The version of a benchmark of one's own that counts now; None for the built-in ones."""
    return None if benchmark.digest is None else session.get(BenchmarkVersion, (benchmark.key, benchmark.digest))


def class_names(session: Session, key: str) -> list[str] | None:
    """The classes of a benchmark of one's own in the order of the labels; None for the built-in ones."""
    found = session.get(Benchmark, key)
    version = None if found is None else current_version(session, found)
    return None if version is None else list(version.classes)


def output_counts(session: Session, benchmark: Benchmark) -> tuple[int, ...]:
    """How many outputs a model for a benchmark may have, the number of its classes first.

    Where all classes are ImageNet's by their identifiers, these select among the outputs of any ImageNet classifier.
    """
    names = class_names(session, benchmark.key) or []
    # all() of nothing is True, and a built-in benchmark has no names here.
    selects = bool(names) and all(_WNID.fullmatch(name) for name in names)
    return (benchmark.class_count, STUDY.class_count) if selects else (benchmark.class_count,)


def versions(session: Session, key: str) -> list[BenchmarkVersion]:
    """Every version of a benchmark that was registered, the newest first."""
    rows = session.scalars(select(BenchmarkVersion).where(BenchmarkVersion.benchmark == key))
    return sorted(rows, key=lambda row: (row.registered_at, row.digest), reverse=True)


def measured_models(session: Session, key: str, *, private: bool) -> dict[str, list[str]]:
    """By the digest of a version, the identifiers of the models that were measured on it.

    Args:
        session: of the store.
        key: of the benchmark.
        private: whether models that are not published count as well.
    """
    question = select(Measurement.benchmark_digest, Measurement.model_id).where(Measurement.benchmark == key).distinct()
    if not private:
        question = question.join(Model, Model.id == Measurement.model_id).where(Model.visibility == PUBLIC)
    rows = session.execute(question)
    found: dict[str, list[str]] = {}
    for digest, model_id in sorted((str(digest), str(model_id)) for digest, model_id in rows):
        found.setdefault(digest, []).append(model_id)
    return found


def measured_count(session: Session, key: str) -> int:
    """How many models have a measurement on any version of a benchmark."""
    question = select(func.count(func.distinct(Measurement.model_id))).where(Measurement.benchmark == key)
    return session.scalar(question) or 0


def declared_dimensions(version: BenchmarkVersion | None) -> tuple[str, ...]:
    """The dimensions that a benchmark has, in the customary order: the built-in ones have all.

    What a package measures, it measures from the clean images and what is made of them, which each has. Facts of a
    model need no image.
    """
    return tuple(
        key
        for key, each in DIMENSIONS.items()
        if version is None or key in version.dimensions or each.plug_in or each.of_facts
    )


def frozen_norms(version: BenchmarkVersion) -> dict[str, FrozenNorms]:
    """The frozen norms of a version, by protocol."""
    kept: Any = version.frozen_norms or {}
    return {
        protocol: FrozenNorms(
            frozen_at=datetime.fromisoformat(each["frozen_at"]),
            models=each["models"],
            norms={key: Reference(**norm) for key, norm in each["norms"].items() if key in DIMENSIONS},
        )
        for protocol, each in kept.items()
    }


def freeze_norms(session: Session, version: BenchmarkVersion, protocol: str, frozen: FrozenNorms | None) -> bool:
    """Keep norms for a version and protocol, or with None let go of them; False where there was nothing to let go of.

    Call it in `writing`.
    """
    # A copy: SQLAlchemy takes the same object for unchanged, whatever was done inside it.
    kept: JsonObject = dict(version.frozen_norms or {})
    if frozen is None and protocol not in kept:
        return False
    kept.pop(protocol, None)
    if frozen is not None:
        kept[protocol] = {
            "frozen_at": frozen.frozen_at.isoformat(),
            "models": frozen.models,
            "norms": {
                key: {"mean": norm.mean, "standard_deviation": norm.standard_deviation}
                for key, norm in frozen.norms.items()
            },
        }
    version.frozen_norms = kept or None
    session.flush()
    data_versions.record(
        session,
        reason=f"norms of {version.benchmark}"[:200],
        changes=[["norms", version.benchmark, protocol, kept.get(protocol)]],
        created_at=datetime.now(UTC),
    )
    return True


_FACTS = ("layout", "folder", "definition", "classes", "class_counts", "image_count", "dimensions", "report")


def _new(told: Registration, moment: datetime) -> BenchmarkVersion:
    return BenchmarkVersion(benchmark=told.key, digest=told.digest, registered_at=moment)


def _holds(row: Benchmark | BenchmarkVersion, columns: Mapping[str, object]) -> bool:
    return all(getattr(row, name) == value for name, value in columns.items())


def _refuse_another(session: Session, found: Benchmark, told: Registration) -> None:
    """Refuse a key that belongs to a built-in benchmark or to another folder with other contents."""
    current = current_version(session, found)
    if current is None:
        raise Refusal(
            "benchmark_exists",
            f"The key {told.key!r} is that of a benchmark that comes with the program.",
            "Choose another key, with --key or in benchmark.toml.",
        )
    # The same contents elsewhere are a folder that was moved, or another machine's copy.
    if current.folder != told.folder and current.digest != told.digest:
        raise Refusal(
            "benchmark_exists",
            f"The key {told.key!r} is that of the benchmark in {current.folder}, which has other files.",
            "Choose another key, with --key or in benchmark.toml, or remove that benchmark first.",
        )
