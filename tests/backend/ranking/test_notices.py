from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from backend.ranking.notices import notices
from backend.ranking.pool import Prepared
from backend.ranking.query import View
from backend.ranking.view_queries import ViewQuery
from backend.store.own_benchmarks import FrozenNorms
from backend.store.snapshot import Snapshot
from quba.ranking.normalisation import Normalisation
from quba.reference import Reference


def own_pool(small_pool: Snapshot) -> Snapshot:
    columns = {key: column for key, column in small_pool.columns.items() if key in ("accuracy", "class_balance")}
    return replace(small_pool, own=True, label="Flowers", columns=columns, missing=tuple({} for _ in small_pool.models))


def asked(snapshot: Snapshot, normalisation: Normalisation, **weights: float) -> list[str]:
    prepared = Prepared(snapshot, "all", normalisation)
    view = View.of(ViewQuery.model_validate({f"w.{key}": value for key, value in weights.items()}).values())
    return notices(prepared, replace(view, normalisation=normalisation).on(snapshot.columns))


def test_most_rankings_have_none(small_pool: Snapshot) -> None:
    assert asked(small_pool, Normalisation.PUBLISHED) == []
    assert asked(own_pool(small_pool), Normalisation.POOL) == []


def test_weights_that_count_for_nothing_are_named(small_pool: Snapshot) -> None:
    found = asked(own_pool(small_pool), Normalisation.POOL, shape_bias=1, object_focus=1, ood_robustness=0)
    assert found == ["Flowers does not measure object focus and shape bias: the given weight counts for nothing."]


def test_whose_norms_are_used_is_said(small_pool: Snapshot) -> None:
    assert "ImageNet-1k" in asked(own_pool(small_pool), Normalisation.PUBLISHED)[0]
    frozen = FrozenNorms(
        frozen_at=datetime(2026, 7, 1, tzinfo=UTC), models=4,
        norms={key: Reference(0.5, 0.1) for key in ("accuracy", "class_balance")},
    )  # fmt: skip
    kept = replace(own_pool(small_pool), frozen=frozen)
    assert asked(kept, Normalisation.POOL) == ["The norms were frozen on 2026-07-01, when 4 models had been measured."]
    assert asked(kept, Normalisation.ZSCORE) == []
    assert Prepared(kept, "all", Normalisation.POOL).standardised["class_balance"].tolist() == [0.0] * 5


def test_one_model_is_said_to_be_alone(small_pool: Snapshot) -> None:
    alone = replace(
        own_pool(small_pool),
        models=small_pool.models[1:2],
        columns={"accuracy": np.array([0.9]), "class_balance": np.array([0.5])},
        standard_errors={key: np.array([0.01]) for key in ("accuracy", "class_balance")},
        flags=({},), missing=({},), ingredients=({},),
        from_study={key: np.array([False]) for key in ("accuracy", "class_balance")},
    )  # fmt: skip
    (notice,) = asked(alone, Normalisation.POOL)
    assert notice.startswith("Birch is the only model that has been measured on Flowers")
    assert notice.endswith("normalisation=published.")
