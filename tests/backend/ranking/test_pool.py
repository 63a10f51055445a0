from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
import pytest

from backend.problems import ProblemError
from backend.ranking.pool import Prepared, nullable, nullable_list
from backend.ranking.query import Filters
from backend.store.snapshot import Snapshot
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation


@pytest.fixture
def pool(small_pool: Snapshot) -> Prepared:
    return Prepared(small_pool, "all", Normalisation.PUBLISHED)


def kept_names(pool: Prepared, scores: Any = None, **given: Any) -> list[str]:  # noqa: ANN401 - arrays and filter parts
    filters = Filters(**{"choices": {}, "ranges": {}, "words": ()} | given)
    return [pool.models[row].id for row in pool.rows(pool.mask(filters, scores))]


def test_rows_are_in_the_order_of_names_whatever_their_case(pool: Prepared) -> None:
    assert kept_names(pool) == ["ash", "birch", "cedar", "dogwood", "elm"]


def test_a_missing_value_passes_no_bound(pool: Prepared) -> None:
    assert kept_names(pool, ranges={"accuracy": (-9.0, None)}) == ["birch", "cedar", "dogwood", "elm"]
    assert kept_names(pool, ranges={"accuracy": (None, 9.0)}) == ["birch", "cedar", "dogwood", "elm"]
    assert kept_names(pool, ranges={"accuracy": (0.8, 0.8)}) == ["cedar", "dogwood"]
    assert kept_names(pool, ranges={"accuracy": (0.9, 0.7)}) == []


def test_scores_are_bounded_where_there_are_scores(pool: Prepared) -> None:
    scores = np.array([np.nan, 2.0, 1.0, 0.0, -1.0])
    assert kept_names(pool, scores, ranges={"score": (0.0, 1.5)}) == ["cedar", "dogwood"]
    with pytest.raises(ValueError, match="no scores were given"):
        kept_names(pool, ranges={"score": (0.0, None)})


@pytest.mark.parametrize(
    ("choices", "found"),
    [
        ({"recipe": ("a1",)}, ["ash"]),
        ({"recipe": ("none",)}, ["birch", "cedar", "dogwood", "elm"]),
        ({"recipe": ("a1", "none")}, ["ash", "birch", "cedar", "dogwood", "elm"]),
        ({"recipe": ("none",), "architecture": ("cnn",)}, ["cedar", "dogwood", "elm"]),
        ({"flag": ("outlier",)}, ["birch"]),
        ({"flag": ("label-corrected",)}, ["dogwood"]),
        ({"flag": ("none",)}, ["ash", "cedar", "elm"]),
        ({"lineage": ("clip (a", "b)")}, ["birch"]),
        ({"lineage": ("clip (a", "b)", "none")}, ["ash", "birch", "cedar", "dogwood", "elm"]),
        ({"source_library": ("own", "robustbench(imagenet", "Linf)")}, ["cedar", "elm"]),
        ({"backbone": ("resnet18", "none")}, ["ash"]),
    ],
)
def test_choices(pool: Prepared, choices: dict[str, tuple[str, ...]], found: list[str]) -> None:
    assert kept_names(pool, choices=choices) == found


@pytest.mark.parametrize(
    ("value", "next_step"),
    [(("resnet-18",), "Did you mean 'resnet18'?"), (("resnet18", "zzz"), "GET /v1/models lists what there is.")],
)
def test_a_value_that_no_model_has_is_refused(pool: Prepared, value: tuple[str, ...], next_step: str) -> None:
    with pytest.raises(ProblemError, match="no model has it") as refused:
        kept_names(pool, choices={"backbone": value})
    assert (refused.value.status, refused.value.code) == (422, "invalid_parameter")
    assert refused.value.next_step == next_step


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("birch",), ["birch"]),
        (("on", "trees"), ["cedar"]),
        (("linf",), ["cedar"]),
        (("resnet50",), ["birch", "cedar", "dogwood", "elm"]),
        (("birch", "cedar"), []),
    ],
)
def test_words_are_looked_for_in_names_identifiers_and_papers(
    pool: Prepared, words: tuple[str, ...], found: list[str]
) -> None:
    assert kept_names(pool, words=words) == found


def test_facets_count_within_the_mask_and_name_all_values_of_the_pool(pool: Prepared) -> None:
    mask = np.array([True, True, False, False, False])
    assert pool.facet("architecture", mask) == {"cnn": 1, "transformer": 1}
    assert pool.facet("recipe", mask) == {"a1": 1, "none": 1}
    assert pool.facet("flag", mask) == {"label-corrected": 0, "none": 1, "outlier": 1}
    assert list(pool.facet("source_library", mask)) == ["own", "robustbench(imagenet,Linf)", "timm"]


def test_screening_takes_flagged_values_for_missing_and_leaves_the_origin(small_pool: Snapshot) -> None:
    screened = Prepared(small_pool, "screened", Normalisation.PUBLISHED)
    assert screened.origin is small_pool
    assert np.isnan(screened.snapshot.columns["accuracy"]).tolist() == [True, True, False, False, False]
    assert screened.missing_of(1) == [{"dimension": "accuracy", "reason": "screened"}]
    assert screened.missing_of(0) == [{"dimension": "accuracy", "reason": "not_measured"}]
    assert screened.missing_of(3) == []
    assert screened.scores_of(1)["accuracy"] is None
    assert screened.flags[3] == ("label-corrected",)
    assert not np.isnan(small_pool.columns["accuracy"][1])


def test_default_ranks_are_shared_by_equals_and_0_without_a_score(pool: Prepared) -> None:
    # Elm is smaller by .6 spreads than the two, and less accurate by almost 3.
    assert pool.default_rank.tolist() == [0, 1, 2, 2, 4]


def test_percentiles_are_in_the_good_direction(pool: Prepared) -> None:
    best = int(np.nanargmax(pool.percentiles["parameters_millions"]))
    assert pool.models[best].id == "elm"
    assert np.isnan(pool.percentiles["accuracy"][0])


def test_items_are_json_that_knows_no_nan(pool: Prepared) -> None:
    rows = np.arange(len(pool.models))
    none = np.zeros_like(rows)
    items = orjson.loads(pool.item_text().page(rows, (none, none), (), np.full((rows.size, 1), np.nan)))
    for model, item in zip(pool.models, items, strict=True):
        assert item["model_id"] == model.id
        assert list(item["scores"]) == list(item["percentiles"]) == list(DIMENSIONS)
        assert (item["rank"], item["overall_rank"], item["score"], item["contributions"]) == (None, None, None, {})
    first = items[0]
    assert (first["scores"]["accuracy"], first["percentiles"]["accuracy"], first["default_rank"]) == (None, None, None)


def test_what_nobody_measured_beyond_the_study_is_said_where_it_is_weighed(small_pool: Snapshot) -> None:
    tried = tuple(
        MappingProxyType({**lacking, "brier_score": Missing.FAILED} if model.id == "elm" else lacking)
        for model, lacking in zip(small_pool.models, small_pool.missing, strict=True)
    )
    columns = {**small_pool.columns, "brier_score": np.full(5, np.nan), "top5_accuracy": np.full(5, np.nan)}
    pool = Prepared(replace(small_pool, columns=columns, missing=tried), "all", Normalisation.PUBLISHED)
    assert pool.missing_of(2) == []
    assert pool.missing_of(4) == [{"dimension": "brier_score", "reason": "failed"}]
    weighed = ("accuracy", "brier_score")
    assert pool.missing_of(2, weighed) == [{"dimension": "brier_score", "reason": "not_measured"}]
    assert pool.missing_of(4, weighed) == [{"dimension": "brier_score", "reason": "failed"}]
    rows, none = np.array([2]), np.zeros(1, dtype=int)
    for asked, count in (((), 0), (weighed, 1), (("top5_accuracy", "brier_score"), 2), ((), 0)):
        (item,) = orjson.loads(pool.item_text(asked).page(rows, (none, none), (), np.full((1, 1), np.nan)))
        assert len(item["missing"]) == count


@pytest.mark.parametrize("normalisation", Normalisation)
def test_an_empty_pool_can_be_prepared(small_pool: Snapshot, normalisation: Normalisation) -> None:
    none = {key: np.array([]) for key in DIMENSIONS}
    pool = Prepared(
        replace(small_pool, models=(), columns=none, standard_errors=none, flags=(), missing=()), "all", normalisation
    )
    assert kept_names(pool) == []
    # Nothing can be said about which values there are, so none is refused.
    assert kept_names(pool, choices={"backbone": ("whatever",), "recipe": ("a1",)}, words=("a",)) == []


def test_nan_becomes_null() -> None:
    assert nullable(np.float64("nan")) is None
    assert type(nullable(np.float64(0.5))) is float


def test_many_numbers_are_the_same_one_after_the_other() -> None:
    values = np.array([0.5, np.nan, -np.inf, 0.0])
    assert nullable_list(values) == [nullable(value) for value in values]
    assert {type(value) for value in nullable_list(values)} == {float, type(None)}
    assert nullable_list(np.empty(0)) == []
