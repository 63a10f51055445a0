"""Queries as models that several routes share."""

import pytest
from pydantic import ValidationError

from backend.problems import ProblemError
from backend.ranking.parameters import FILTERS, POOL, WEIGHTING
from backend.ranking.query import View
from backend.ranking.view_queries import AmongQuery, PoolQuery, SampledQuery, TargetQuery, ViewQuery
from quba.ranking.presets import PRESETS


def test_the_fields_are_the_parameters_with_their_texts_and_defaults() -> None:
    assert list(ViewQuery.model_fields) == list({**POOL, **WEIGHTING, **FILTERS})
    for name, parameter in POOL.items():
        field = PoolQuery.model_fields[name]
        assert (field.description, field.default) == (parameter.description, parameter.default)


def test_a_query_is_the_view_that_it_asks_about() -> None:
    query = AmongQuery(**{"w.accuracy": "3", "architecture": "cnn,transformer", "accuracy.gte": "0.7", "among": "all"})
    view = query.view()
    assert view == View.of(query.values())
    assert view.weights["accuracy"] == 3
    assert view.weights["shape_bias"] == PRESETS["paper"].weights["shape_bias"]
    assert view.filters.choices == {"architecture": ("cnn", "transformer")}
    assert view.filters.ranges == {"accuracy": (0.7, None)}
    assert view.among == "all"


def test_weights_that_are_all_0_are_refused() -> None:
    nothing = {f"w.{key}": 0 for key in PRESETS["paper"].weights}
    with pytest.raises(ProblemError) as refused:
        ViewQuery(**nothing).view()
    assert refused.value.code == "invalid_weight"


@pytest.mark.parametrize("rank", ["0", "1001", "1.5", True])
def test_a_target_is_a_rank(rank: object) -> None:
    assert TargetQuery().values()["target_rank"] == 1
    with pytest.raises(ValidationError):
        TargetQuery(target_rank=rank)


def test_what_is_sampled_and_listed_is_left_to_the_service_unless_asked_for() -> None:
    assert SampledQuery().draws is None
    assert (SampledQuery().limit, SampledQuery().models, SampledQuery().seed) == (None, None, 0)
    asked = SampledQuery(draws="100", limit="25", models="alexnet, resnet50")
    assert (asked.draws, asked.limit, asked.models) == (100, 25, ("alexnet", "resnet50"))
