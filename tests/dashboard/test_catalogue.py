"""What the dashboard asks the API, and how seldom."""

import math

import httpx
import pytest

from dashboard import catalogue as source
from dashboard.catalogue import Catalogue
from dashboard.view_state import ViewState
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from wellbehaved import ApiError, Client


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
    assert list(catalogue.rows_on_show(())) == list(STUDY_DIMENSIONS)
    assert list(catalogue.rows_on_show(["accuracy", "brier_score"])) == [*STUDY_DIMENSIONS, "brier_score"]
