from typing import Any

import pytest

from backend.problems import ProblemError
from backend.ranking.query import (
    Filters,
    Pool,
    View,
    default_normalisation,
    default_protocol,
    require_declared,
)
from backend.ranking.view_queries import ViewQuery
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation
from quba.ranking.presets import PRESETS


def view(**given: object) -> View:
    return ViewQuery.read({name.replace("__", "."): value for name, value in given.items()}).view()


def test_a_view_of_nothing_is_the_study() -> None:
    plain = view()
    assert plain.pool == Pool(benchmark="imagenet-1k", protocol="as-published", quality="all")
    assert (plain.preset, plain.normalisation) == ("paper", Normalisation.PUBLISHED)
    assert plain.weights == {key: dimension.default_weight for key, dimension in DIMENSIONS.items()}
    assert not plain.filters


def test_a_weight_changes_one_of_the_presets() -> None:
    changed = view(preset="edge", w__accuracy="0.25", w__shape_bias="0").weights
    assert changed == {**PRESETS["edge"].weights, "accuracy": 0.25, "shape_bias": 0.0}
    assert list(changed) == list(DIMENSIONS)


def test_shares_are_fractions_of_the_sum() -> None:
    zeros: dict[str, Any] = {f"w__{key}": "0" for key in DIMENSIONS}
    shares = view(**{**zeros, "w__accuracy": "3", "w__class_balance": "1"}).shares
    assert shares == {**dict.fromkeys(DIMENSIONS, 0.0), "accuracy": 0.75, "class_balance": 0.25}


def test_all_weights_0_are_refused() -> None:
    with pytest.raises(ProblemError) as refused:
        view(**{f"w__{key}": "0" for key in DIMENSIONS})
    assert (refused.value.status, refused.value.code) == (422, "invalid_weight")
    assert "above 0" in refused.value.next_step


def test_filters_are_gathered_by_kind() -> None:
    filters = view(architecture="cnn, b-cos", accuracy__gte="0", score__lte="1", q="  Res  NET ß ").filters
    assert filters.choices == {"architecture": ("cnn", "b-cos")}
    assert filters.ranges == {"accuracy": (0.0, None), "score": (None, 1.0)}
    assert filters.words == ("res", "net", "ss")
    assert filters


@pytest.mark.parametrize("given", [{"architecture": "cnn"}, {"accuracy__gte": "0"}, {"q": "a"}])
def test_any_filter_counts(given: dict[str, str]) -> None:
    assert view(**given).filters


@pytest.mark.parametrize("words", ["", "   "])
def test_a_search_for_nothing_is_none(words: str) -> None:
    assert not view(q=words).filters


def test_filters_of_paths_that_have_few() -> None:
    assert Filters.of({"q": "a"}) == Filters(choices={}, ranges={}, words=("a",))


def test_without_drops_one_choice_and_nothing_else() -> None:
    filters = view(architecture="cnn", recipe="a1", accuracy__gte="0.5", q="a").filters
    less = filters.without("recipe")
    assert (less.choices, less.ranges, less.words) == ({"architecture": ("cnn",)}, filters.ranges, filters.words)
    assert filters.without("head") == filters
    assert "recipe" in filters.choices


def test_protocol_and_norms_are_the_benchmark_s_own_unless_asked_for() -> None:
    for asked, protocol, normalisation in (
        ({}, "as-published", "published"),
        ({"benchmark": "toy-shapes"}, "corrected", "zscore"),
        ({"benchmark": "toy-shapes", "protocol": "as-published", "normalisation": "minmax"}, "as-published", "minmax"),
    ):
        view = ViewQuery.read(asked).view()
        assert (view.pool.protocol, view.normalisation.value) == (protocol, normalisation)


@pytest.mark.parametrize(
    ("benchmark", "protocol", "normalisation"),
    [
        ("imagenet-1k", "as-published", Normalisation.PUBLISHED),
        ("toy-shapes", "corrected", Normalisation.ZSCORE),
        ("flowers", "corrected", Normalisation.POOL),
    ],
)
def test_each_benchmark_has_its_own_defaults(benchmark: str, protocol: str, normalisation: Normalisation) -> None:
    assert default_protocol(benchmark) == protocol
    assert default_normalisation(benchmark) is normalisation
    asked = view(benchmark=benchmark)
    assert (asked.pool.protocol, asked.normalisation) == (protocol, normalisation)


def test_dimensions_that_a_benchmark_lacks_are_refused_with_those_that_it_has() -> None:
    require_declared("flowers", ["accuracy", "shape_bias"], ["shape_bias"])
    require_declared("flowers", ["accuracy"], [])
    with pytest.raises(ProblemError) as refused:
        require_declared("flowers", ["accuracy"], ["shape_bias", "accuracy", "object_focus"])
    assert (refused.value.status, refused.value.code) == (422, "undeclared_dimension")
    assert refused.value.detail == "The benchmark flowers has no shape_bias, object_focus; it has accuracy."
    assert refused.value.next_step == "Name one of these, or take the filter off."


def test_on_a_benchmark_with_fewer_dimensions_the_others_share_the_weight_and_named_ones_are_told() -> None:
    asked = view(benchmark="flowers", w__shape_bias="2", w__accuracy="1", w__object_focus="0")
    on = asked.on(["accuracy", "calibration_error"])
    assert on.weights == {"accuracy": 1.0, "calibration_error": DIMENSIONS["calibration_error"].default_weight}
    # A weight of 0 asks for nothing, so that nothing is left out.
    assert on.left_out == ("shape_bias",)
    assert asked.left_out == ()
    assert asked.on(list(DIMENSIONS)) is asked


def test_without_any_weight_on_what_a_benchmark_has_there_is_no_ranking() -> None:
    zeros = {f"w__{key}": "0" for key in DIMENSIONS}
    alone = view(**{**zeros, "benchmark": "flowers", "w__shape_bias": "1"})
    with pytest.raises(ProblemError) as refused:
        alone.on(["accuracy"])
    assert (refused.value.status, refused.value.code) == (422, "invalid_weight")
    assert refused.value.next_step == "Give one of these a weight above 0, or choose another preset."


def test_a_limit_on_what_a_benchmark_lacks_is_refused_and_one_on_the_score_is_not() -> None:
    with pytest.raises(ProblemError, match="has no shape_bias"):
        view(benchmark="flowers", shape_bias__gte="0.1").on(["accuracy"])
    limited = view(benchmark="flowers", score__gte="0", input_size__lte="224")
    assert limited.filters.limited_dimensions == []
    assert limited.on(["accuracy"]).filters == limited.filters


def test_all_models_are_the_same_question_without_filters() -> None:
    asked = view(architecture="cnn", q="a", w__accuracy="2")
    every = asked.without_filters()
    assert not every.filters
    assert (every.weights, every.pool, every.preset) == (asked.weights, asked.pool, asked.preset)
    assert asked.filters


def test_what_was_weighed_by_name_is_known_and_what_was_taken_off_is_not() -> None:
    assert view().named == ()
    assert view(w__accuracy="1", w__shape_bias="0.5", w__object_focus="0").named == ("accuracy", "shape_bias")


def test_only_proportions_count() -> None:
    small, large = (
        view(**{f"w__{key}": str(scale * (place % 3)) for place, key in enumerate(DIMENSIONS)}) for scale in (1, 1000)
    )
    assert small.weights != large.weights
    assert small.shares == pytest.approx(large.shares)
    assert sum(small.shares.values()) == pytest.approx(1.0)


def test_a_range_may_be_open_at_either_end_and_of_a_cost() -> None:
    filters = view(accuracy__lte="0.9", macs_billions__gte="1", macs_billions__lte="2", score__gte="-1").filters
    assert filters.ranges == {"score": (-1.0, None), "accuracy": (None, 0.9), "macs_billions": (1.0, 2.0)}
    assert filters.limited_dimensions == ["accuracy", "macs_billions"]
