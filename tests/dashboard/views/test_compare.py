"""The comparison page."""

from collections.abc import Callable

import orjson
import pytest
from streamlit.testing.v1 import AppTest

RunPage = Callable[..., AppTest]


def test_without_models_it_offers_the_leaders(run_page: RunPage) -> None:
    page = run_page("compare")
    next(button for button in page.button if "three leaders" in button.label).click().run()
    assert page.query_params["models"] == "eva02-b-21k,hiera-b-plus,convnextv2-b-21k"
    assert any("Best of these" in text.value for text in page.markdown)


def test_the_table_can_show_only_what_differs(run_page: RunPage) -> None:
    page = run_page("compare", models="resnet50,resnet101")
    everything = page.table[0].value
    page.toggle(key="compare.only_differences").set_value(True).run()
    different = page.table[0].value
    assert page.query_params == {"models": "resnet50,resnet101", "only": "differences"}
    assert len(different) < len(everything)
    assert "Architecture" not in set(different["Property"])


@pytest.mark.parametrize("count", range(2, 7))
def test_two_to_six_models_have_a_line_and_a_column_each(count: int, run_page: RunPage) -> None:
    models = ["resnet50", "alexnet", "hiera-b-plus", "eva02-b-21k", "resnet101", "convnextv2-b-21k"][:count]
    page = run_page("compare", models=",".join(models))
    assert len(page.table[0].value.columns) == count + 1
    (chart,) = page.get("plotly_chart")
    assert len(orjson.loads(chart.proto.spec)["data"]) == count


def test_models_are_chosen_by_name(run_page: RunPage) -> None:
    page = run_page("compare", models="resnet50")
    page.multiselect(key="compare.choice").set_value(["resnet50", "alexnet"]).run()
    assert page.query_params["models"] == "resnet50,alexnet"
    assert list(page.table[0].value.columns) == ["Property", "ResNet50", "AlexNet"]
