from typing import Any

import pytest

from backend.problems import ProblemError
from backend.ranking.query import Filters, Pool, View
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
