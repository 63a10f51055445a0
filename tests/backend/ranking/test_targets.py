"""Values that a model would need, held against what there is."""

from dataclasses import replace

import numpy as np
import pytest

from backend.ranking.contenders import Contenders
from backend.ranking.pool import Prepared
from backend.ranking.targets import accuracies, target_item, way_up
from backend.ranking.view_queries import ViewQuery
from backend.store.snapshot import Snapshot


def contenders(snapshot: Snapshot, **given: str) -> Contenders:
    view = ViewQuery.read(given).view()
    return Contenders.of(Prepared(snapshot, "all", view.normalisation), view)


def test_a_target_names_the_best_model_of_the_whole_pool_and_its_flags(small_pool: Snapshot) -> None:
    found = contenders(small_pool, q="elm")
    way = way_up(found, 0, 1)
    assert way is not None
    told = target_item(next(one for one in way.improvements if one.key == "accuracy"), found, 0.7)
    assert (told.best_model_id, told.best_value, told.best_flags) == ("birch", 0.9, ["outlier"])
    assert (told.reach, told.possible, told.needed) == ("possible", True, told.value)


def test_together_the_accuracy_rises_and_the_bound_with_it(small_pool: Snapshot) -> None:
    found = contenders(small_pool)
    way = way_up(found, 4, 1)
    assert way is not None
    own, improved = accuracies(found, 4, way)
    gained = next(one for one in way.together if one.key == "accuracy")
    assert (own, improved) == (0.7, min(gained.needed, 1.0))
    assert own < improved
    ratio = next(one for one in way.together if one.key == "ood_robustness")
    assert target_item(ratio, found, own).bound == pytest.approx(1 / 0.7)
    assert target_item(ratio, found, improved).bound == pytest.approx(1 / improved)


def test_an_unknown_accuracy_bounds_no_ratio(small_pool: Snapshot) -> None:
    columns = {**small_pool.columns, "ood_robustness": np.array([0.2, 0.9, 0.5, 0.5, 0.5])}
    found = contenders(replace(small_pool, columns=columns), **{"w.accuracy": "0"})
    way = way_up(found, 0, 1)
    assert way is not None
    own, _ = accuracies(found, 0, way)
    assert np.isnan(own)
    told = target_item(next(one for one in way.improvements if one.key == "ood_robustness"), found, own)
    assert (told.bound, told.rule) == (None, None)


def test_percentile_ranks_keep_no_distances(small_pool: Snapshot) -> None:
    assert way_up(contenders(small_pool, normalisation="percentile"), 1, 1) is None
