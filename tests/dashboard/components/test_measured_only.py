"""Weights under which a model that lacks values has a score."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.measured_only import zeros
from tests.backend.conftest import fill
from tests.dashboard.conftest import OwnInstance


def test_the_weight_goes_where_no_value_is_and_stays_elsewhere() -> None:
    row = {"missing": [{"dimension": "a", "reason": "not_measured"}, {"dimension": "b", "reason": "not_measured"}]}
    assert zeros(row, {"a": 1.0, "b": 0.0, "c": 2.0}) == {"w.a": 0.0}


def test_nothing_is_offered_where_no_weight_would_stay() -> None:
    row = {"missing": [{"dimension": "a", "reason": "not_measured"}]}
    assert zeros(row, {"a": 1.0, "b": 0.0}) == {}
    assert zeros({"missing": []}, {"a": 1.0}) == {}


@pytest.mark.parametrize("url_path", ["", "model"])
def test_the_only_model_lacks_no_value_and_that_is_said(
    url_path: str, own_instance: OwnInstance, run_page: Callable[..., AppTest]
) -> None:
    fill(own_instance.engine, 1)
    page = run_page(url_path, benchmark="flowers", select="mine-0")
    assert not page.exception
    said = [text.value for text in page.markdown]
    assert "It has no score: there is no other model to compare it with." in said
    assert not any("has no value for" in text for text in said)
