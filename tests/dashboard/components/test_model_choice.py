"""Choosing models by name."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.components.model_choice import leaders
from wellbehaved import Ranking

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


ONE = """
from dashboard.components import model_choice
import streamlit as st
models = source.models(state.current(), source.client().rankings.get().data_version)
st.write("got", model_choice.show_one(models))
"""
SEVERAL = ONE.replace("show_one(models", 'show_several(models, state.current()["models"]')


def test_where_none_is_chosen_the_leader_is_shown_and_nothing_enters_the_address(alone: Run, view_of: ViewOf) -> None:
    page = alone(ONE.replace("show_one(models", 'show_one(models, "alexnet"'))
    assert page.selectbox[0].value == "alexnet"
    assert view_of(page) == {}
    page.selectbox[0].set_value("resnet50").run()
    assert view_of(page) == {"select": "resnet50"}


def test_the_leaders_are_those_with_a_score_in_the_order_of_the_ranking(ranking: Ranking) -> None:
    assert leaders(ranking, 2) == ("eva02-b-21k", "hiera-b-plus")
    turned = Ranking(**{**vars(ranking), "frame": ranking.frame.iloc[::-1]})
    assert leaders(turned, 2) == ("eva02-b-21k", "hiera-b-plus")
    unscored = Ranking(**{**vars(ranking), "frame": ranking.frame.assign(score=float("nan"))})
    assert leaders(unscored, 3) == ()


def test_one_model_is_none_until_it_is_chosen(alone: Run, view_of: ViewOf) -> None:
    page = alone(ONE)
    assert not page.exception
    assert page.selectbox[0].value is None
    page.selectbox[0].set_value("resnet50").run()
    assert view_of(page) == {"select": "resnet50"}
    assert "ResNet50" in page.selectbox[0].options


def test_the_model_of_a_link_is_shown_and_can_be_let_go(alone: Run, view_of: ViewOf) -> None:
    page = alone(ONE, select="resnet50")
    assert page.selectbox[0].value == "resnet50"
    page.selectbox[0].set_value(None).run()
    assert view_of(page) == {}


def test_several_keep_the_order_in_which_they_were_chosen(alone: Run, view_of: ViewOf) -> None:
    page = alone(SEVERAL, models="resnet50,alexnet")
    assert page.multiselect[0].value == ["resnet50", "alexnet"]
    page.multiselect[0].set_value(["alexnet", "resnet101", "resnet50"]).run()
    assert view_of(page)["models"] == ("alexnet", "resnet101", "resnet50")
