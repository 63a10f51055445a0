"""The comparison page."""

from collections.abc import Callable

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
    assert len(different) < len(everything)
    assert "Architecture" not in set(different[""])


def test_models_are_chosen_by_name(run_page: RunPage) -> None:
    page = run_page("compare", models="resnet50")
    page.multiselect(key="compare.choice").set_value(["resnet50", "alexnet"]).run()
    assert page.query_params["models"] == "resnet50,alexnet"
    assert list(page.table[0].value.columns) == ["", "ResNet50", "AlexNet"]
