"""The app as a whole: its pages, its states when the API does not answer, its handling of links."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from backend.app import create_app
from backend.imports.importer import import_results
from backend.settings import Settings
from backend.store.engine import create_store_engine
from dashboard import app, state
from dashboard import catalogue as source
from dashboard.wording import plain_text
from tests.backend.conftest import fill
from tests.backend.own_dimension import described
from tests.dashboard.conftest import OneAtATime, OwnInstance
from wellbehaved import Client
from wellbehaved.in_process import InProcessTransport

RunPage = Callable[..., AppTest]
Broken = Callable[[httpx.Response | Exception], None]


def test_the_pages_are_these() -> None:
    assert [(page.title, page.url_path) for page in app.pages()] == [
        ("Rank", ""),
        ("Trade-offs", "trade-offs"),
        ("Compare", "compare"),
        ("Model", "model"),
        ("Stability", "stability"),
        ("Groups", "groups"),
        ("Findings", "findings"),
        ("Correlations", "correlations"),
        ("Reproduction", "reproduction"),
        ("Evaluate", "evaluate"),
        ("Method", "method"),
    ]


def test_the_script_itself_runs_twice(connected: Client) -> None:
    script = AppTest.from_file(str(Path(app.__file__)), default_timeout=30).run()
    assert not script.exception
    assert "EVA02-b (IN-21k)" in script.run().markdown[0].value


@pytest.mark.parametrize("url_path", [page.url_path for page in app.pages()])
def test_every_page_runs_without_an_error(url_path: str, run_page: RunPage) -> None:
    page = run_page(url_path, models="resnet50,alexnet", select="hiera-b-plus")
    assert not page.exception
    assert not page.warning or url_path == "model"  # the model page warns of the model's own flags


@pytest.mark.parametrize("url_path", [page.url_path for page in app.pages()])
def test_every_page_says_when_nothing_is_screened_in(url_path: str, run_page: RunPage) -> None:
    assert not run_page(url_path, quality="screened", q="nothing-is-called-this").exception


def test_an_invalid_value_is_named_and_the_rest_of_the_link_holds(run_page: RunPage) -> None:
    page = run_page("", **{"w.accuracy": "-3", "architecture": "cnn"})
    assert "`w.accuracy=-3` was ignored" in page.warning[0].value
    assert page.query_params == {"architecture": "cnn"}
    page.button[0].click().run()
    assert not page.warning


def test_an_unknown_model_is_named(run_page: RunPage) -> None:
    page = run_page("compare", models="resnet50,alexnet,nobody")
    assert "`models=nobody` was ignored" in page.warning[0].value
    assert page.query_params["models"] == "resnet50,alexnet"


def test_no_answer_from_the_api_is_a_page_of_its_own(run_page: RunPage, broken: Broken) -> None:
    broken(httpx.ConnectError("refused"))
    page = run_page("")
    assert not page.exception
    assert page.title[0].value == "The service does not answer"
    assert "wellbehaved up" in page.markdown[1].value


def test_an_api_that_is_not_ready_is_told_apart(run_page: RunPage, broken: Broken) -> None:
    broken(httpx.Response(503, json={"code": "store_unavailable", "detail": "The database does not answer."}))
    page = run_page("")
    assert page.title[0].value == "The service is not ready yet"


def test_the_page_comes_back_once_the_api_does(
    run_page: RunPage, broken: Broken, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(httpx.ConnectError("refused"))
    page = run_page("", **{"w.accuracy": "2"})
    assert page.title
    st.cache_resource.clear()
    monkeypatch.setattr(source, "Client", lambda *_, **__: api)
    page.run()
    assert not page.title
    assert page.query_params["w.accuracy"] == "2"


def test_a_view_of_a_benchmark_that_is_gone_says_so_and_offers_a_way_back(run_page: RunPage) -> None:
    page = run_page("", benchmark="imagenet-99")
    assert page.title[0].value == "The benchmark imagenet-99 is not here"
    page.button[0].click().run()
    assert not page.title
    assert page.query_params == {}


def test_all_weights_zero_is_told_and_undone(run_page: RunPage) -> None:
    page = run_page("", preset="accuracy", **{"w.accuracy": "0", "score.gte": "0"})
    assert "All weights are 0" in page.markdown[0].value
    assert page.get("bidi_component")  # the sliders stay in reach
    next(button for button in page.button if "preset" in button.label).click().run()
    assert "leads with" in page.markdown[0].value


# ---- names are shown as they are spelt -------------------------------------------------------------------------------

NAME = "*Star* <b>x</b> [a](b) $c$ & :red[d]%{x}"
_VALUES = (
    "model_id,name,accuracy,adversarial_robustness,corruption_robustness,ood_robustness,calibration_error,class_balance,"
    "object_focus,shape_bias,parameters_millions\n"
)


@pytest.fixture(scope="module")
def starred_service(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.BaseTransport]:
    """A service in which two models of such names lead, each on something."""
    folder = tmp_path_factory.mktemp("starred")
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    settings = Settings(data_dir=folder, database_url=None, _env_file=None)
    engine = create_store_engine(settings.resolved_database_url)
    values = "0.9,1.0,0.001,0.9,0.97,0.7"
    rows = f"star,{NAME},0.95,0.6,{values},5\nother,Other {NAME},0.94,0.65,{values},6\n"
    import_results(engine, (_VALUES + rows).encode())
    engine.dispose()
    in_process = OneAtATime(InProcessTransport(create_app(settings)))
    yield in_process
    in_process.close()


@pytest.fixture
def starred(connected: Client, starred_service: httpx.BaseTransport, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The dashboard asks it."""
    client = Client(connected.base_url, transport=starred_service)
    monkeypatch.setattr(source, "Client", lambda *_, **__: client)
    return client


@pytest.mark.usefixtures("starred")
@pytest.mark.parametrize("url_path", ["", "trade-offs", "compare", "model", "stability"])
def test_a_name_marks_nothing_up(url_path: str, run_page: RunPage) -> None:
    """Neither as Markdown, which headings, captions, labels and cells of tables are, nor as HTML or in a chart."""
    page = run_page(url_path, models="star,other,resnet50", select="other")
    assert not page.exception
    marked = [each.value for each in (*page.markdown, *page.caption, *page.warning, *page.error, *page.info)]
    marked += [each.label for each in (*page.button, *page.toggle, *page.checkbox)]
    for table in page.table:
        frame = table.value
        marked += [*map(str, frame.columns), *(str(cell) for row in frame.to_numpy().tolist() for cell in row)]
    marked += [each.proto.body for each in page.get("html")]
    marked += [each.proto.spec for each in page.get("plotly_chart")]
    assert not [text for text in marked if NAME in text or json.dumps(NAME)[1:-1] in text]
    assert [text for text in marked if plain_text(NAME) in text]


GROUPS = {"a.architecture": "cnn", "b.architecture": "transformer"}


@pytest.mark.parametrize("models", [1, 2, 5])
@pytest.mark.parametrize("url_path", [page.url_path for page in app.pages()])
def test_every_page_shows_a_pool_of_ones_own(
    url_path: str, models: int, own_instance: OwnInstance, run_page: RunPage
) -> None:
    fill(own_instance.engine, models)
    # With the report that a look at the folder gives.
    own_instance.client(token=own_instance.token).post("/v1/benchmarks", {"path": str(own_instance.folder)})
    # As a link from a benchmark that has every dimension.
    asked = {"x": "shape_bias", "sort": "object_focus", "shape_bias.gte": "0.1", "w.shape_bias": "2", **GROUPS}
    page = run_page(url_path, benchmark="flowers", **asked)
    assert not page.exception
    assert not page.title, "the service refused the view"
    assert page.query_params["benchmark"] == "flowers"
    assert page.query_params["w.shape_bias"] == "2", "counts again on another benchmark"
    assert "shape_bias.gte" not in page.query_params


@pytest.mark.parametrize("url_path", [page.url_path for page in app.pages()])
def test_every_page_shows_dimensions_of_ones_own(url_path: str, own_instance: OwnInstance, run_page: RunPage) -> None:
    own = own_instance.client(token=own_instance.token)
    own.add_dimension(described())
    own.add_dimension(described(key="latency", label="Latency", higher_is_better=False))
    own.results.add(b"model_id,throughput\nresnet50,120\nalexnet,500\nvgg16,80\n")
    page = run_page(url_path, **{"w.throughput": "2", "x": "throughput", "y": "latency"})
    assert not page.exception
    assert not page.title, "the service refused the view"
    assert page.query_params["w.throughput"] == "2"


def test_a_page_follows_a_dimension_that_comes_and_goes(own_instance: OwnInstance, run_page: RunPage) -> None:
    own = own_instance.client(token=own_instance.token)
    page = run_page("")
    assert "latency" not in str(page.session_state[state.TAB].view.vocabulary)
    own.add_dimension(described(key="latency", label="Latency"))
    page.run()
    # The answer of this run says that the data changed, and the page began anew with it.
    assert "latency" in page.session_state[state.TAB].view.vocabulary.dimensions
    page.session_state[state.TAB].change({"w.latency": 2.0})
    page.run()
    assert page.query_params["w.latency"] == "2"
    own.remove_dimension("latency")
    page.run()
    assert not page.exception
    assert "w.latency" not in page.query_params
    assert any("w.latency" in warning.value for warning in page.warning)


def test_a_link_may_name_what_was_added_a_moment_ago(own_instance: OwnInstance, run_page: RunPage) -> None:
    assert not run_page("").exception
    own_instance.client(token=own_instance.token).add_dimension(described())
    page = run_page("", **{"w.throughput": "2"})
    assert page.query_params["w.throughput"] == "2"
    assert not page.warning
