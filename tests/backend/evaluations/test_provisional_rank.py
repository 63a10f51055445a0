from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from backend.evaluations.provisional_rank import Estimate, standing
from backend.ranking.measurement_errors import measurement_errors
from backend.ranking.pool import Prepared
from backend.store.engine import create_store_engine, reading
from backend.store.snapshot import Snapshot, load_snapshot
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.ranking.normalisation import Normalisation
from quba.ranking.presets import PRESETS


@pytest.fixture(scope="module")
def study(study_file: Path) -> Iterator[Snapshot]:
    engine = create_store_engine(f"sqlite:///{study_file}")
    with reading(engine) as session:
        yield load_snapshot(session, "imagenet-1k", "as-published")
    engine.dispose()


def without(snapshot: Snapshot, row: int) -> Prepared:
    """The pool less one model."""
    kept = np.arange(len(snapshot.models)) != row
    fewer = replace(
        snapshot,
        models=tuple(model for model, stays in zip(snapshot.models, kept, strict=True) if stays),
        columns={key: column[kept] for key, column in snapshot.columns.items()},
        flags=tuple(each for each, stays in zip(snapshot.flags, kept, strict=True) if stays),
        missing=tuple(each for each, stays in zip(snapshot.missing, kept, strict=True) if stays),
    )
    return Prepared(fewer, "all", Normalisation.PUBLISHED)


def values(snapshot: Snapshot, row: int, error: float | None, *keys: str) -> dict[str, Estimate]:
    return {
        key: Estimate(value=float(snapshot.columns[key][row]), standard_error=error) for key in keys or STUDY_DIMENSIONS
    }


@pytest.mark.parametrize("model_id", ["alexnet", "resnet50", "convnextv2-b-21k"])
def test_a_model_that_is_known_exactly_has_the_rank_of_the_ranking(study: Snapshot, model_id: str) -> None:
    row = study.positions[model_id]
    rank = int(Prepared(study, "all", Normalisation.PUBLISHED).default_rank[row])
    found = standing(without(study, row), values(study, row, 0.0))
    assert found is not None
    assert (found.rank, found.rank_low, found.rank_high, found.of) == (rank, rank, rank, 326)
    assert found.dimensions == STUDY_DIMENSIONS


def test_errors_of_measurement_widen_the_interval(study: Snapshot) -> None:
    row = study.positions["resnet50"]
    pool = without(study, row)
    narrow, wide = (standing(pool, values(study, row, error)) for error in (0.002, 0.02))
    assert narrow is not None
    assert wide is not None
    lows, highs = (wide.rank_low, narrow.rank_low), (narrow.rank_high, wide.rank_high)
    ranks = [rank for rank in (*lows, narrow.rank, wide.rank, *highs) if rank is not None]
    assert len(ranks) == 6
    assert ranks == sorted(ranks)
    assert narrow.rank == wide.rank
    assert ranks[0] < ranks[1]
    assert ranks[-2] < ranks[-1]


@pytest.mark.parametrize("error", [0.01, 0.03, 0.06])
def test_the_interval_of_the_rank_holds_nine_tenths_of_the_error(study: Snapshot, error: float) -> None:
    # Of one dimension alone the order of the scores is that of its values, so that the ranks can be counted by hand.
    row = study.positions["resnet50"]
    accuracy = study.columns["accuracy"]
    reach = NormalDist().inv_cdf(0.95) * error
    others = np.delete(accuracy, row)
    found = standing(without(study, row), values(study, row, error, "accuracy"))
    assert found is not None
    assert found.rank_low == 1 + int((others > accuracy[row] + reach).sum())
    assert found.rank_high == 1 + int((others > accuracy[row] - reach).sum())


def test_what_is_not_measured_yet_is_left_out_for_all(study: Snapshot) -> None:
    row = study.positions["alexnet"]
    found = standing(without(study, row), values(study, row, 0.0, "accuracy", "shape_bias"))
    assert found is not None
    assert found.dimensions == ("accuracy", "shape_bias")
    weights = PRESETS["paper"].weights
    marks = sum(
        weights[key] * Prepared(study, "all", Normalisation.PUBLISHED).standardised[key] for key in found.dimensions
    )
    assert isinstance(marks, np.ndarray)
    assert found.rank == 1 + int((np.delete(marks, row) > marks[row] + 1e-12).sum())


def test_without_values_there_is_no_rank_and_without_others_it_is_the_first(study: Snapshot) -> None:
    row = study.positions["alexnet"]
    assert standing(without(study, row), {}) is None
    none = replace(study, models=(), columns={key: np.empty(0) for key in DIMENSIONS}, flags=(), missing=())
    pool = Prepared(none, "all", Normalisation.ZSCORE)
    alone = standing(pool, values(study, row, 0.0))
    assert alone is not None
    assert (alone.rank, alone.rank_low, alone.rank_high, alone.of) == (1, 1, 1, 1)


def test_a_model_that_is_ranked_already_is_not_held_against_itself(study: Snapshot) -> None:
    row = study.positions["resnet50"]
    pool = Prepared(study, "all", Normalisation.ZSCORE)
    found = standing(pool, values(study, row, 0.01), apart_from="resnet50")
    assert found is not None
    assert (found.rank, found.of) == (int(pool.default_rank[row]), 326)


@pytest.mark.parametrize("unknown", ["accuracy", "parameters_millions"])
def test_an_error_that_nobody_knows_leaves_no_interval_and_is_not_taken_for_none(study: Snapshot, unknown: str) -> None:
    row = study.positions["resnet50"]
    pool = without(study, row)
    known = values(study, row, 0.01)
    with_interval = standing(pool, known)
    found = standing(pool, {**known, unknown: replace(known[unknown], standard_error=None)})
    assert with_interval is not None
    assert found is not None
    assert found.rank == with_interval.rank
    assert (found.rank_low, found.rank_high) == (None, None)
    # What does not weigh does not matter.
    assert standing(pool, {"accuracy": known["accuracy"]}) is not None


def test_a_private_model_moves_no_error_of_the_others(study: Snapshot) -> None:
    row, private = study.positions["resnet50"], study.positions["alexnet"]
    models = list(study.models)
    models[private] = replace(models[private], visibility="private")

    def error(accuracy: float) -> float:
        column = study.columns["accuracy"].copy()
        column[private] = accuracy
        snapshot = replace(study, columns={**study.columns, "accuracy": column}, models=tuple(models))
        found = measurement_errors(Prepared(snapshot, "all", Normalisation.ZSCORE))
        return float(found.standardised["accuracy"][row])

    assert error(0.05) == error(0.95)
