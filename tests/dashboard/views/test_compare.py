"""The comparison page."""

from collections.abc import Callable

import orjson
import pytest
from streamlit.testing.v1 import AppTest

RunPage = Callable[..., AppTest]


def test_without_models_it_opens_with_the_first_three(run_page: RunPage) -> None:
    page = run_page("compare")
    assert not page.exception
    assert page.multiselect(key="compare.choice").value == ["eva02-b-21k", "hiera-b-plus", "convnextv2-b-21k"]
    assert any("as none is chosen yet" in text.value for text in page.caption)
    assert any("Best value: " in text.value.replace("\\", "") for text in page.markdown)
    assert not any("Brier" in str(table.value) for table in page.table), "no model here has a value"
    assert "models" not in page.query_params
    page.multiselect(key="compare.choice").set_value(["eva02-b-21k", "hiera-b-plus"]).run()
    assert page.query_params["models"] == "eva02-b-21k,hiera-b-plus"
    page.multiselect(key="compare.choice").set_value(["eva02-b-21k"]).run()
    assert any("Choose at least 2" in text.value for text in page.markdown)


def test_who_wins_under_which_weights_is_a_finding_and_a_table(run_page: RunPage) -> None:
    page = run_page("compare", models="eva02-b-21k,hiera-b-plus")
    assert any("leads these models; each of" in text.value for text in page.markdown)
    table = page.table[0].value.set_index("Weight of")
    assert str(table.loc["Calibration error", "Leader"]).startswith("Hiera-B-Plus · ▸ from 0.92 EVA02-b (IN-21k)")


def test_nothing_to_compare_among_no_models(run_page: RunPage) -> None:
    page = run_page("compare", q="no such word")
    assert any("Choose at least 2" in text.value for text in page.markdown)


def test_the_table_can_show_only_what_differs(run_page: RunPage) -> None:
    page = run_page("compare", models="resnet50,resnet101")
    everything = page.table[1].value
    page.toggle(key="compare.only_differences").set_value(True).run()
    different = page.table[1].value
    assert page.query_params == {"models": "resnet50,resnet101", "only": "differences"}
    assert len(different) < len(everything)
    assert "Architecture" not in set(different["Property"])


@pytest.mark.parametrize("count", range(2, 7))
def test_two_to_six_models_have_a_line_and_a_column_each(count: int, run_page: RunPage) -> None:
    models = ["resnet50", "alexnet", "hiera-b-plus", "eva02-b-21k", "resnet101", "convnextv2-b-21k"][:count]
    page = run_page("compare", models=",".join(models))
    assert len(page.table[1].value.columns) == count + 1
    for chart in page.get("plotly_chart"):
        assert len(orjson.loads(chart.proto.spec)["data"]) == count


def test_models_are_chosen_by_name(run_page: RunPage) -> None:
    page = run_page("compare", models="resnet50")
    page.multiselect(key="compare.choice").set_value(["resnet50", "alexnet"]).run()
    assert page.query_params["models"] == "resnet50,alexnet"
    assert list(page.table[1].value.columns) == ["Property", "ResNet50", "AlexNet"]
