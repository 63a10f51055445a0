"""What a ranking is answered from: the values of one benchmark and protocol, held in memory until they change."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend.store import benchmarks, data_versions
from backend.store.engine import reading
from backend.store.models import ModelRecord, has_private_models, model_records
from backend.store.own_benchmarks import FrozenNorms, current_version, declared_dimensions, frozen_norms
from backend.store.own_dimensions import dimension_set
from backend.store.pool_columns import PlacedColumn, column_by_row, column_of_facts, pool_columns
from backend.store.tables import PUBLIC
from backend.store.version_reader import VersionReader
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS, DimensionSet, dimensions_in_force
from quba.measuring.chance import at_chance_level
from quba.vocabulary import CHANCE_LEVEL

Column = NDArray[np.float64]
Entry = TypeVar("Entry")


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The models of one benchmark and protocol at one data version, sorted by id; shared by threads, never changed.

    Attributes:
        data_version: public name of the version.
        benchmark: key of the benchmark.
        protocol: how the values were measured.
        models: the models that have a measurement here.
        columns: for each dimension one value per model; NaN where it is missing.
        standard_errors: the same for the measured standard errors; NaN where there is none, as for published values.
        from_study: for each dimension whose values are the published ones: of those alone it is known how many images
            they rest on.
        flags: for each model its doubtful values, dimension -> flags.
        missing: for each model its absent values, dimension -> reason; of dimensions beyond the study's only those that
            somebody tried to measure.
        ingredients: for each model what its values are made of, dimension -> digest; without those not known.
        own: whether the benchmark is one of the user's own.
        digest: of the version of its files; None for the built-in ones.
        label: its name.
        frozen: the norms that were frozen for it under this protocol; None where they follow the current models.
        catalogue: the dimensions that were in force at the data version, of whichever benchmark.

    The columns are those of the dimensions that the benchmark has; a built-in one has all.
    """

    data_version: str
    benchmark: str
    protocol: str
    models: tuple[ModelRecord, ...]
    columns: Mapping[str, Column]
    standard_errors: Mapping[str, Column]
    from_study: Mapping[str, NDArray[np.bool_]]
    flags: tuple[Mapping[str, tuple[str, ...]], ...]
    missing: tuple[Mapping[str, Missing], ...]
    ingredients: tuple[Mapping[str, str], ...]
    own: bool = False
    digest: str | None = None
    label: str = ""
    frozen: FrozenNorms | None = None
    catalogue: DimensionSet = field(default_factory=DimensionSet)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The keys of the dimensions that the benchmark has, in the customary order."""
        return tuple(self.columns)

    def column(self, key: str) -> Column:
        """The values of a dimension; all missing where the benchmark does not have it."""
        return self.columns.get(key, np.full(len(self.models), np.nan))

    def missing_reason(self, row: int, key: str) -> Missing | None:
        """Why a model has no value of a dimension; None where it has one."""
        absent = bool(np.isnan(self.columns[key][row]))
        return self.missing[row].get(key, Missing.NOT_MEASURED) if absent else None

    def missing_reasons(self, row: int, weighed: Collection[str]) -> dict[str, Missing]:
        """A model's absent values that matter: those of ``missing``, and those that somebody weighs.

        Args:
            row: of the model.
            weighed: the keys of the dimensions that are asked for, of whichever benchmark.
        """
        named = self.missing[row].keys() | weighed
        return {key: why for key in self.columns if key in named and (why := self.missing_reason(row, key))}

    @cached_property
    def public(self) -> NDArray[np.bool_]:
        """For each model whether everybody sees it."""
        return np.array([model.visibility == PUBLIC for model in self.models], dtype=bool)

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Where each model stands in `models` and the columns."""
        return MappingProxyType({model.id: position for position, model in enumerate(self.models)})

    @cached_property
    def model_flags(self) -> tuple[tuple[str, ...], ...]:
        """For each model every flag that it carries, on its label or on a value, each once."""
        return tuple(
            tuple(dict.fromkeys((*model.label_flags, *(flag for flags in flagged.values() for flag in flags))))
            for model, flagged in zip(self.models, self.flags, strict=True)
        )

    @cached_property
    def without_flagged(self) -> "Snapshot":
        """The same with every flagged value missing.

        A flag on the label says nothing against the values, so it screens none.
        """
        columns = {key: column.copy() for key, column in self.columns.items()}
        missing = list(self.missing)
        for row, flagged in enumerate(self.flags):
            if flagged:
                for key in flagged:
                    columns[key][row] = np.nan
                # A reason of its own, so that nobody takes a screened value for one that was never measured.
                missing[row] = MappingProxyType({**missing[row], **dict.fromkeys(flagged, Missing.SCREENED)})
        return replace(self, columns=_read_only(columns), missing=tuple(missing))


class SnapshotCache:
    """The snapshots of a store, each loaded again only when the data version has changed, by whichever process.

    Safe to share between threads.

    Args:
        engine: from `create_store_engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._version = VersionReader(engine)
        self._loading = threading.Lock()
        self._snapshots: dict[tuple[str, str, bool], Snapshot] = {}

    def current_version(self) -> str:
        """The public name of the newest data version, read from the database on every call.

        Raises:
            StoreUnavailable: the database does not answer or was never migrated.
        """
        return self._version.read()

    def get(self, benchmark: str, protocol: str, *, private: bool = False) -> Snapshot:
        """The current snapshot; the same object while the data version stays the same.

        Args:
            benchmark: key of the benchmark.
            protocol: how the values were measured.
            private: whether models are in it that are not published.

        Raises:
            UnknownBenchmark: the store has no benchmark of this key.
            UnknownProtocol: there is no protocol of this name.
            StoreUnavailable: the database does not answer or was never migrated.
        """
        key = (benchmark, protocol, private)
        version = self.current_version()
        found = self._snapshots.get(key)
        if found is not None and found.data_version == version:
            return found
        with self._loading:
            # Whoever waited here behind another thread finds that one's snapshot.
            found = self._snapshots.get(key)
            if found is None or found.data_version != version:
                with reading(self._engine) as session:
                    found = self._snapshot_of_others(session, key) or load_snapshot(
                        session, benchmark, protocol, private=private
                    )
                self._snapshots[key] = found
        return found

    def _snapshot_of_others(self, session: Session, key: tuple[str, str, bool]) -> Snapshot | None:
        """The snapshot that the other readers have, with or without the token, where both see the same models."""
        benchmark, protocol, private = key
        other = self._snapshots.get((benchmark, protocol, not private))
        if other is None or other.data_version != data_versions.current_name(session) or not other.public.all():
            return None
        return None if private and has_private_models(session) else other

    def close(self) -> None:
        """Give the held connection back; the next call opens another."""
        self._version.close()


def load_snapshot(session: Session, benchmark: str, protocol: str, *, private: bool = False) -> Snapshot:
    """Read a snapshot; in a session from `reading`, so that the values are those of the version it names.

    Args:
        session: from `reading`.
        benchmark: key of the benchmark.
        protocol: how the values were measured.
        private: whether models are in it that are not published.

    Raises:
        UnknownBenchmark: the store has no benchmark of this key.
        UnknownProtocol: there is no protocol of this name.
    """
    # Those of this very version, whatever is in force where it is read: readers work in threads of their own.
    catalogue = dimension_set(session)
    with dimensions_in_force(catalogue):
        return replace(_load(session, benchmark, protocol, private=private), catalogue=catalogue)


def _load(session: Session, benchmark: str, protocol: str, *, private: bool) -> Snapshot:
    version = data_versions.current_name(session)
    benchmarks.checked_protocol(protocol)
    suite = benchmarks.benchmark(session, benchmark)
    version_of = current_version(session, suite)
    keys = declared_dimensions(version_of)
    measured = pool_columns(session, benchmark, protocol)
    known = {model_id for column in measured.values() for model_id in column.model_ids}
    models = tuple(
        record
        for model_id, record in model_records(session).items()
        if model_id in known and (private or record.visibility == PUBLIC)
    )
    row_of = {model.id: row for row, model in enumerate(models)}
    # What a benchmark does not declare takes no part in it, even where somebody measured it before.
    # That nobody measured a dimension beyond the study's is no news: said of each model, it would be most of an answer.
    columns = {
        # Read where the fact is kept, so that no second copy of it can say something else.
        key: column_of_facts([getattr(model, key) for model in models])
        if DIMENSIONS[key].of_facts
        else column_by_row(measured.get(key), row_of, expected=key in STUDY_DIMENSIONS)
        for key in keys
    }
    return Snapshot(
        data_version=version,
        benchmark=benchmark,
        protocol=protocol,
        models=models,
        columns=_read_only({key: each.values for key, each in columns.items()}),
        standard_errors=_read_only({key: each.standard_errors for key, each in columns.items()}),
        from_study={key: each.from_study for key, each in columns.items()},
        flags=_by_model(len(models), _flags(columns, suite.class_count)),
        missing=_by_model(len(models), {key: each.missing for key, each in columns.items()}),
        ingredients=_by_model(len(models), {key: each.ingredients for key, each in columns.items()}),
        own=version_of is not None,
        digest=None if version_of is None else version_of.digest,
        label=suite.label,
        frozen=None if version_of is None else frozen_norms(version_of).get(protocol),
    )


def _by_model(count: int, by_dimension: Mapping[str, Mapping[int, Entry]]) -> tuple[Mapping[str, Entry], ...]:
    """For each model what it has of each dimension."""
    own: dict[int, dict[str, Entry]] = {}
    for key, found in by_dimension.items():
        for row, each in found.items():
            own.setdefault(row, {})[key] = each
    # Most have nothing, and share it: a mapping for each would be most of a large pool's memory.
    nothing: Mapping[str, Entry] = MappingProxyType({})
    return tuple(MappingProxyType(own[row]) if row in own else nothing for row in range(count))


def _flags(columns: Mapping[str, PlacedColumn], class_count: int) -> dict[str, dict[int, tuple[str, ...]]]:
    """The stored flags, and the one that follows from the accuracy, whoever measured or imported it."""
    found = {key: dict(column.flags) for key, column in columns.items()}
    accuracy = columns.get("accuracy")
    if accuracy is None:
        return found
    guessing = [
        row for row, count in accuracy.sample_counts.items() if guesses(float(accuracy.values[row]), count, class_count)
    ]
    for key in (key for key in columns if DIMENSIONS[key].empty_at_chance):
        for row in (row for row in guessing if not np.isnan(columns[key].values[row])):
            found[key][row] = tuple(dict.fromkeys((*found[key].get(row, ()), CHANCE_LEVEL)))
    return found


def guesses(accuracy: float | None, image_count: int | None, class_count: int) -> bool:
    """Whether a model is known to be at chance level; False where its images were not counted."""
    return accuracy is not None and bool(image_count) and at_chance_level(accuracy, int(image_count or 0), class_count)


def _read_only(columns: dict[str, Column]) -> Mapping[str, Column]:
    for column in columns.values():
        # Threads share the columns: a write in one answer would change all others.
        column.setflags(write=False)
    return MappingProxyType(columns)
