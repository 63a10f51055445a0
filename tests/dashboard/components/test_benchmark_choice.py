"""Every page says on which benchmark it stands and leads to the others."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import app
from dashboard.components.benchmark_choice import KEY
from wellbehaved import Client

RunPage = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


@pytest.mark.parametrize("url_path", [page.url_path for page in app.pages()])
def test_every_page_offers_the_benchmarks_of_the_service(url_path: str, run_page: RunPage, api: Client) -> None:
    page = run_page(url_path)
    assert not page.exception
    choice = page.selectbox(KEY)
    assert choice.options == [each["label"] for each in api.get("/v1/benchmarks")["items"]]
    assert choice.value == "imagenet-1k"


def test_choosing_another_leaves_out_what_belonged_to_the_first(run_page: RunPage, view_of: ViewOf) -> None:
    page = run_page("", models="resnet50,alexnet", protocol="as-published", **{"w.accuracy": "2"})
    page.selectbox(KEY).select("toy-shapes").run()
    assert view_of(page) == {"benchmark": "toy-shapes", "w.accuracy": 2.0}
    assert not page.exception
    page.selectbox(KEY).select("imagenet-1k").run()
    assert view_of(page) == {"w.accuracy": 2.0}


def test_a_benchmark_that_is_gone_is_named_and_can_be_left(run_page: RunPage) -> None:
    page = run_page("", benchmark="gone")
    assert page.title[0].value == "The benchmark gone is not here"
    choice = page.selectbox(KEY)
    assert (choice.value, choice.options[-1]) == ("gone", "gone (not here)")
    choice.select("imagenet-1k").run()
    assert not page.title
    assert "gone (not here)" not in page.selectbox(KEY).options
