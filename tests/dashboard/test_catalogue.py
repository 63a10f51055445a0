"""What the dashboard asks the API, and how seldom."""

import math
from collections.abc import Callable

import httpx
import pandas as pd
import pytest
import streamlit as st

from dashboard import catalogue as source
from dashboard.catalogue import Catalogue
from dashboard.view_state import ViewState
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from tests.dashboard.conftest import OwnInstance
from wellbehaved import ApiError, Client

IMPORTED = b"""\
model_id,name,architecture,training,pretraining_data,backbone,source_library,accuracy
my-import,My import,cnn,supervised,imagenet-1k,resnet50,own,0.791
"""


@pytest.fixture
def asked(transport: httpx.BaseTransport, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were asked for, in order."""
    paths: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return transport.handle_request(request)

    client = Client("http://testserver", transport=httpx.MockTransport(handle))
    monkeypatch.setattr(source, "Client", lambda *_, **__: client)
    return paths


def view_of(catalogue: Catalogue, **query: str) -> ViewState:
    names = {name.replace("__", "."): text for name, text in query.items()}
    return ViewState.from_query(names, catalogue.vocabulary)[0]


def test_the_catalogue_holds_what_the_api_lists(catalogue: Catalogue) -> None:
    assert list(catalogue.dimensions) == list(DIMENSIONS)
    assert next(iter(catalogue.presets)) == "paper"
    assert "train-mode" in catalogue.flags
    assert set(catalogue.vocabulary.choices["architecture"]) == {"cnn", "transformer", "vision-language", "b-cos"}
    assert catalogue.axis("score").direction == "higher is better"
    assert catalogue.axis("accuracy").axis_title == "Accuracy (fraction, higher is better)"
    assert catalogue.axis("calibration_error").direction == "lower is better"


def test_moving_a_slider_asks_the_api_once(asked: list[str]) -> None:
    catalogue = source.catalogue()
    first = source.ranking(view_of(catalogue))
    source.facets(view_of(catalogue), first.data_version)
    asked.clear()
    moved = view_of(catalogue, w__accuracy="2")
    source.facets(moved, source.ranking(moved).data_version)
    source.catalogue(first.data_version)
    assert asked == ["/v1/rankings"]


def test_a_limit_on_the_score_makes_the_counts_follow_the_weights(asked: list[str]) -> None:
    catalogue = source.catalogue()
    version = source.ranking(view_of(catalogue)).data_version
    default = source.facets(view_of(catalogue, score__gte="0.5"), version)
    moved = source.facets(view_of(catalogue, score__gte="0.5", w__accuracy="3"), version)
    assert default["total"] != moved["total"]


def test_a_view_becomes_the_arguments_of_the_client(catalogue: Catalogue) -> None:
    view = view_of(catalogue, preset="robust", w__accuracy="2", architecture="cnn", quality="screened", x="accuracy")
    assert source.view_settings(view) == {
        "weights": {"accuracy": 2.0},
        "filters": {"architecture": ("cnn",)},
        "preset": "robust",
        "quality": "screened",
    }


def test_ranking_models_front_and_correlations(catalogue: Catalogue) -> None:
    view = view_of(catalogue, architecture="cnn", score__gte="-1")
    ranking = source.ranking(view)
    assert 0 < ranking.total < 170
    assert len(source.models(view, ranking.data_version)) == 326
    front = source.front(view, ("accuracy", "parameters_millions"), ranking.data_version)
    assert front["on_front"].all()
    assert len(source.correlations(view, ranking.data_version)) == math.comb(len(DIMENSIONS) + 1, 2)
    assert source.model(view, "resnet50", ranking.data_version)["name"] == "ResNet50"
    compared = source.comparison(view_of(catalogue), ("resnet50", "alexnet"))
    assert [item["model_id"] for item in compared["items"]] == ["resnet50", "alexnet"]


def test_the_address_of_the_api_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(source.API_URL, "http://127.0.0.1:9999")
    assert source.client().base_url == "http://127.0.0.1:9999"


def test_a_model_without_a_rank_is_explained_by_nothing_and_other_refusals_are_told(catalogue: Catalogue) -> None:
    hidden, unscored = view_of(catalogue, architecture="transformer"), view_of(catalogue, quality="screened")
    assert source.explanation_if_ranked(hidden, "resnet50", "now") is None
    assert source.explanation_if_ranked(unscored, "hiera-b-plus", "now") is None
    told = source.explanation_if_ranked(view_of(catalogue, architecture="transformer", among="all"), "resnet50", "now")
    assert told is not None
    assert (told["rank"], told["total"]) == (214, 326)
    with pytest.raises(ApiError, match="unknown_model"):
        source.explanation_if_ranked(hidden, "nobody", "now")


def test_a_benchmark_with_some_dimensions_leaves_the_others_out(catalogue: Catalogue) -> None:
    some = catalogue.on(("parameters_millions", "accuracy"))
    assert list(some.dimensions) == ["accuracy", "parameters_millions"]
    assert {tuple(preset.weights) for preset in some.presets.values()} == {("accuracy", "parameters_millions")}
    assert some.vocabulary is catalogue.vocabulary
    assert catalogue.on(tuple(catalogue.dimensions)) is catalogue
    assert catalogue.on(None) is catalogue


def test_beyond_the_study_only_what_has_values_is_drawn(catalogue: Catalogue) -> None:
    assert list(catalogue.rows_on_show((), {})) == list(STUDY_DIMENSIONS)
    assert list(catalogue.rows_on_show(["accuracy", "brier_score"], {})) == [*STUDY_DIMENSIONS, "brier_score"]


KEPT: dict[str, Callable[[ViewState, str], object]] = {
    "facets": source.facets,
    "front": lambda view, version: source.front(view, ("accuracy", "shape_bias"), version),
    "correlations": source.correlations,
    "headline": source.headline,
    "explanation": lambda view, version: source.explanation(view, "alexnet", version),
    "findings": source.findings,
    "constraints": source.constraints,
    "rank spread": source.rank_spread,
    "difference": lambda view, version: source.difference(view, "resnet50", "alexnet", version),
    "models": source.models,
    "model": lambda view, version: source.model(view, "resnet50", version),
}


@pytest.mark.parametrize("name", KEPT)
def test_an_answer_is_asked_for_once_and_again_when_the_data_have_changed(name: str, asked: list[str]) -> None:
    ask, view = KEPT[name], view_of(source.catalogue(), architecture="cnn")
    asked.clear()
    first = ask(view, "1-aa")
    assert ask(view, "1-aa") is first
    assert len(asked) == 1
    ask(view, "2-bb")
    assert len(asked) == 2


@pytest.mark.parametrize(
    "name", ["facets", "front", "correlations", "headline", "explanation", "constraints", "rank spread"]
)
def test_an_answer_about_other_models_is_another_one(name: str, asked: list[str]) -> None:
    catalogue = source.catalogue()
    asked.clear()
    for view in (view_of(catalogue, architecture="cnn"), view_of(catalogue, parameters_millions__lte="70")):
        KEPT[name](view, "1-aa")
    assert len(asked) == 2


@pytest.mark.parametrize("name", ["explanation", "difference", "model"])
def test_an_answer_about_one_model_is_not_that_about_another(name: str, asked: list[str]) -> None:
    view = view_of(source.catalogue())
    asked.clear()
    about: dict[str, Callable[[str, str], object]] = {
        "explanation": lambda one, _: source.explanation(view, one, "1-aa"),
        "difference": lambda one, other: source.difference(view, one, other, "1-aa"),
        "model": lambda one, _: source.model(view, one, "1-aa"),
    }
    assert about[name]("resnet50", "alexnet") != about[name]("alexnet", "resnet50")
    assert len(asked) == 2


@pytest.mark.parametrize("name", ["front", "constraints"])
def test_a_limit_on_the_score_is_not_asked_of_what_knows_none(
    name: str, catalogue: Catalogue, requested: list[str]
) -> None:
    requested.clear()
    KEPT[name](view_of(catalogue, score__gte="0.5", parameters_millions__lte="30"), "1-aa")
    (question,) = requested
    assert "parameters_millions.lte=30" in question
    assert "score" not in question


def test_the_front_is_thicker_by_layers_and_by_what_is_near(catalogue: Catalogue) -> None:
    def front(**query: str) -> pd.DataFrame:
        return source.front(view_of(catalogue, **query), ("accuracy", "parameters_millions"), "1-aa")

    thin, thick, near = front(), front(layers="2"), front(tolerance="0.1")
    assert set(thin["layer"]) == {1}
    assert set(thick["layer"]) == {1, 2}
    assert set(thin["model_id"]) < set(thick["model_id"])
    assert set(near[~near["on_front"].astype(bool)]["near_front"]) == {True}
    assert set(thin["model_id"]) < set(near["model_id"])


def test_whom_a_question_compares_is_asked_only_where_the_reader_has_chosen(catalogue: Catalogue) -> None:
    assert "among" not in source.comparing(view_of(catalogue))
    assert source.comparing(view_of(catalogue, among="all"))["among"] == "all"
    assert source.pool_of(view_of(catalogue, quality="screened")) == {}
    pool = {"benchmark": "toy-shapes", "protocol": "corrected"}
    assert source.pool_of(view_of(catalogue, **pool)) == pool


def test_a_question_is_the_same_in_any_order_and_without_what_is_not_chosen() -> None:
    asked = source.question("x", {"b": 2, "a": 1, "c": None}, "1-aa")
    assert asked == source.question("x", {"a": 1, "b": 2}, "1-aa")
    others = [source.question("y", {"a": 1, "b": 2}, "1-aa"), source.question("x", {"a": 1, "b": 2}, "2-bb"),
              source.question("x", {"a": 1, "b": 3}, "1-aa")]  # fmt: skip
    assert asked not in others


def test_a_score_is_made_of_the_dimensions_of_the_study_and_of_those_that_weigh(catalogue: Catalogue) -> None:
    assert catalogue.score_keys({}) == tuple(STUDY_DIMENSIONS)
    assert catalogue.score_keys({"brier_score": 1.0, "negative_log_likelihood": 0.0}) == (
        *STUDY_DIMENSIONS,
        "brier_score",
    )
    some = catalogue.on(("accuracy", "brier_score"))
    assert list(some.on_show({})) == ["accuracy"]
    assert list(some.on_show({"brier_score": 0.5})) == ["accuracy", "brier_score"]


def test_the_scale_of_a_dimension_is_that_of_the_published_models(catalogue: Catalogue) -> None:
    accuracy, beyond = (catalogue.dimensions[key] for key in ("accuracy", "brier_score"))
    assert accuracy.scale == pytest.approx(DIMENSIONS["accuracy"].reference.standard_deviation)  # type: ignore[union-attr]
    assert beyond.scale == 1.0


def test_people_are_sent_to_the_address_of_the_api_that_they_reach(
    connected: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(source.PUBLIC_API_URL, raising=False)
    assert source.public_api_url() == connected.base_url
    monkeypatch.setenv(source.PUBLIC_API_URL, "https://models.example.org/api")
    assert source.public_api_url() == "https://models.example.org/api"


def test_only_who_has_the_token_may_change_what_is_there(
    own_instance: OwnInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert source.owner() is source.client(), "on the owner's machine the dashboard has it"
    monkeypatch.delenv(source.OWN_TOKEN)
    assert source.owner() is None
    st.session_state[source.GIVEN_TOKEN] = own_instance.token
    try:
        given = source.owner()
    finally:
        del st.session_state[source.GIVEN_TOKEN]
    assert given is not None
    given.get("/v1/workers")  # refused without it


def test_a_model_of_the_study_and_one_that_is_not_there_are_nobodys_own(own_instance: OwnInstance) -> None:
    own = own_instance.client(token=own_instance.token)
    assert source.own_model(own, "resnet50") is None
    assert source.own_model(own, "nobody") is None
    own.results.add(IMPORTED)
    assert (source.own_model(own, "my-import") or {})["name"] == "My import"
    with pytest.raises(ApiError) as refused:
        source.own_model(Client("http://testserver", transport=httpx.MockTransport(lambda _: httpx.Response(500))), "x")
    assert refused.value.status == 500
