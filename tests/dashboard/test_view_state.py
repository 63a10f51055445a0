"""The query string and the view are two spellings of one thing."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.catalogue import view_settings
from dashboard.state import Tab
from dashboard.view_state import Notice, ViewState, Vocabulary, chooses_rows, is_filter
from quba.ranking.normalisation import Normalisation
from quba.ranking.presets import PRESETS
from quba.vocabulary import JITTER, LAYERS, NORMALISATIONS, QUALITIES, TOLERANCE, TOP_K, WEIGHT, Bounds

VOCABULARY = Vocabulary(
    presets={key: dict(preset.weights) for key, preset in PRESETS.items()},
    choices={"architecture": ("cnn", "transformer"), "source_library": ("timm", "open_clip(zero-shot,sigmoid)")},
)


def read(**query: str) -> tuple[ViewState, list[Notice]]:
    return ViewState.from_query({name.replace("__", "."): text for name, text in query.items()}, VOCABULARY)


def test_an_empty_query_is_the_default_view_and_writes_an_empty_query() -> None:
    view, notices = read()
    assert (view.query(), notices) == ({}, [])
    assert view["preset"] == "paper"
    assert (view["x"], view["y"]) == ("parameters_millions", "accuracy")
    assert math.isclose(sum(view.shares.values()), 1.0)


def test_values_that_equal_their_defaults_are_left_out() -> None:
    view, _ = read(preset="paper", w__accuracy="1", normalisation="published", page="1", sort="-score", q="  ")
    assert view.query() == {}


def test_a_full_query_comes_back_as_it_went() -> None:
    query = {
        "preset": "robust",
        "w.accuracy": "2",
        "normalisation": "zscore",
        "quality": "screened",
        "architecture": "cnn,transformer",
        "source_library": "timm,open_clip(zero-shot,sigmoid)",
        "parameters_millions.lte": "30",
        "q": "resnet 50",
        "sort": "-accuracy",
        "page": "3",
        "x": "accuracy",
        "y": "rank",
        "select": "resnet50",
        "models": "resnet50,alexnet",
        "front": "accuracy,shape_bias",
        "only": "differences",
        "lock": "shape_bias",
    }
    view, notices = ViewState.from_query(query, VOCABULARY)
    assert notices == []
    assert view.query() == query
    assert view["source_library"] == ("timm", "open_clip(zero-shot,sigmoid)")
    assert view.own_weights == {"accuracy": 2.0}


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("w.accuracy", "-1", "from 0 to 1,000,000,000"),
        ("w.accuracy", "nan", "number"),
        ("w.accuracy", "much", "number"),
        ("accuracy.gte", "inf", "number"),
        ("preset", "mine", "one of paper"),
        ("normalisation", "log", "one of published"),
        ("quality", "best", "all, screened"),
        ("architecture", "cnn,rnn", "choose among cnn, transformer"),
        ("architecture", ",", "choose among"),
        ("backbone", "<script>", "letters"),
        ("page", "0", "whole number"),
        ("page", "1.5", "whole number"),
        ("page", "000000015000", "whole number from 1 to 10000"),
        ("page", "9" * 5000, "whole number from 1 to 10000"),
        ("sort", "colour", "sort by score"),
        ("x", "beauty", "one of accuracy"),
        ("select", "Not A Slug", "identifier"),
        ("models", "a,b,c,d,e,f,g", "at most 6"),
        ("front", "accuracy,beauty", "choose among accuracy"),
        ("front", "accuracy,shape_bias,object_focus,class_balance,calibration_error", "4 or fewer"),
        ("only", "me", "one of differences"),
        ("lock", "beauty", "choose among accuracy"),
        ("q", "x" * 201, "200 characters"),
        ("w.beauty", "1", "no dimension has the key 'beauty'"),
        ("beauty.gte", "1", "no dimension has the key 'beauty'"),
        ("c.beauty.gte", "1", "no such parameter"),
        ("colour", "red", "no such parameter"),
    ],
)
def test_a_broken_value_falls_back_and_is_named(name: str, text: str, rule: str) -> None:
    view, notices = ViewState.from_query({name: text, "w.shape_bias": "2"}, VOCABULARY)
    assert view.query() == {"w.shape_bias": "2"}
    (notice,) = notices
    assert (notice.parameter, notice.value) == (name, text)
    assert rule in notice.rule
    assert name in str(notice)


def test_a_preset_changes_what_counts_as_own_weight() -> None:
    view, _ = read(preset="accuracy", w__accuracy="1", w__shape_bias="1")
    assert view.own_weights == {"shape_bias": 1.0}
    assert view.shares["accuracy"] == 0.5


def test_all_zero_weights_have_no_shares() -> None:
    view, _ = read(preset="accuracy", w__accuracy="0")
    assert set(view.shares.values()) == {0.0}


def test_filters_can_be_taken_off_one_by_one_or_together() -> None:
    view, _ = read(architecture="cnn", accuracy__gte="0.8", score__gte="0", w__accuracy="2")
    assert set(view.filters) == {"architecture", "accuracy.gte", "score.gte"}
    assert set(view.without_filters("architecture").filters) == {"accuracy.gte", "score.gte"}
    assert view.without_filters().query() == {"w.accuracy": "2"}


def test_what_a_filter_is() -> None:
    assert is_filter("q")
    assert is_filter("accuracy.lte")
    assert not is_filter("w.accuracy")
    assert not is_filter("sort")


def test_normalisations_are_those_of_the_science() -> None:
    assert tuple(choice.value for choice in Normalisation) == NORMALISATIONS
    assert QUALITIES == ("all", "screened")


@given(st.dictionaries(st.sampled_from(VOCABULARY.dimensions), st.floats(0, 1e6), max_size=9))
def test_any_weights_survive_the_way_through_the_address(weights: dict[str, float]) -> None:
    view = ViewState(VOCABULARY).with_values({f"w.{key}": value for key, value in weights.items()})
    again, notices = ViewState.from_query(view.query(), VOCABULARY)
    assert notices == []
    for key, value in view.weights.items():
        assert math.isclose(again.weights[key], value, rel_tol=1e-8, abs_tol=1e-8)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=30), max_size=6))
def test_no_address_can_break_the_reading(query: dict[str, str]) -> None:
    view, _ = ViewState.from_query(query, VOCABULARY)
    assert ViewState.from_query(view.query(), VOCABULARY)[0].query() == view.query()


NUMBERS = st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{0,12})?(e-?[0-9]{1,2})?", fullmatch=True)
WORDS = st.sampled_from(
    [*VOCABULARY.dimensions, *PRESETS, "score", "-rank", "cnn", "all", "1.0000000015", "0.2500000001"]
)
VALUES = st.one_of(
    NUMBERS, WORDS, st.lists(WORDS, max_size=7).map(",".join), st.integers(0, 30_000).map("{:012d}".format)
)
QUERIES = st.dictionaries(st.sampled_from(tuple(VOCABULARY.parameters)), VALUES | st.text(max_size=20), max_size=8)
BOUNDS: dict[str, Bounds[int] | Bounds[float]] = {
    "layers": LAYERS,
    "top_k": TOP_K,
    "jitter": JITTER,
    "tolerance": TOLERANCE,
    "w.accuracy": WEIGHT,
}


@given(QUERIES)
@example({"page": "000000015000"})
@example({"w.accuracy": "1.0000000015"})
@example({"jitter": "0.2500000001"})
def test_whatever_a_link_says_the_view_keeps_the_rules_and_its_own_link_restores_it(query: dict[str, str]) -> None:
    view, notices = ViewState.from_query(query, VOCABULARY)
    again, more = ViewState.from_query(view.query(), VOCABULARY)
    assert (again.query(), more) == (view.query(), [])
    # Each value of the link is in the view, is the default, or is named.
    named = {notice.parameter for notice in notices}
    assert named <= set(query)
    assert not named & set(view.values)
    for name, bounds in BOUNDS.items():
        assert bounds.hold(view.values.get(name, bounds.default)), name
    assert 1 <= view["page"] <= 10_000


@given(QUERIES, st.sets(st.sampled_from(VOCABULARY.dimensions)))
def test_a_view_that_was_kept_to_a_benchmark_needs_no_more_changes(query: dict[str, str], measured: set[str]) -> None:
    view, _ = ViewState.from_query(query, VOCABULARY)
    kept = view.with_values(view.changes_for(measured))
    assert kept.changes_for(measured) == {}
    assert kept.weights == view.weights
    # What it measures is asked for as before.
    assert {name: text for name, text in kept.filters.items() if name.partition(".")[0] in measured} == {
        name: text for name, text in view.filters.items() if name.partition(".")[0] in measured
    }


def elsewhere(name: str) -> str:
    """A value of a parameter that is not its default."""
    usual = VOCABULARY.parameters[name].default
    words = ("2", "edge", "robust", "screened", "corrected", "cnn", "timm", "accuracy", "-accuracy", "all", "resnet50",
             "rank", "differences", "backbone", "hodges_lehmann", "anything", "0.3")  # fmt: skip
    for word in words:
        view, notices = ViewState.from_query({name: word}, VOCABULARY)
        if not notices and view[name] != usual:
            return word
    raise AssertionError(f"no value for {name}: add one to the words of this test")


@pytest.mark.parametrize("name", VOCABULARY.parameters)
def test_a_parameter_chooses_rows_exactly_if_the_service_is_asked_for_them_with_it(name: str) -> None:
    """Judged by the question that the ranking is asked with, which knows nothing of pages."""
    view, _ = ViewState.from_query({name: elsewhere(name)}, VOCABULARY)
    usual = ViewState(VOCABULARY)
    asked = (view_settings(view), view.values.get("sort")) != (view_settings(usual), None)
    assert chooses_rows(name) == asked
    tab = Tab(view=usual.with_values({"page": 3}))
    tab.change({name: view[name]} if name != "page" else {})
    assert tab.view is not None
    assert tab.view["page"] == (1 if asked else 3)


MEASURED = ("accuracy", "calibration_error", "parameters_millions")


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({"shape_bias__gte": "0.2", "accuracy__gte": "0.5"}, {"accuracy.gte": "0.5"}),
        ({"x": "object_focus", "y": "calibration_error"}, {"x": "score", "y": "calibration_error"}),
        ({"sort": "-ood_robustness"}, {}),
        ({"front": "accuracy,shape_bias", "lock": "shape_bias"}, {"front": "accuracy"}),
        ({"w__shape_bias": "2", "architecture": "cnn"}, {"w.shape_bias": "2", "architecture": "cnn"}),
        ({}, {}),
    ],
)
def test_a_view_asks_a_benchmark_for_what_it_measures(query: dict[str, str], left: dict[str, str]) -> None:
    view, _ = read(**query)
    assert view.with_values(view.changes_for(MEASURED)).query() == left


def test_axes_that_a_benchmark_does_not_measure_become_the_score() -> None:
    view, _ = read()
    assert view.changes_for(("calibration_error",)) == {"x": "score", "y": "score"}


def test_a_benchmark_with_every_dimension_changes_nothing() -> None:
    view, _ = read(x="object_focus", shape_bias__gte="0.2", sort="ood_robustness", front="shape_bias,accuracy")
    assert view.changes_for(VOCABULARY.dimensions) == {}
