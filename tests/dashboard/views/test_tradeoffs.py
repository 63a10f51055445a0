"""The trade-off page."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

RunPage = Callable[..., AppTest]


def test_the_front_of_two_to_four_dimensions_is_listed(run_page: RunPage) -> None:
    page = run_page("trade-offs", x="accuracy", y="shape_bias")
    assert len(page.get("plotly_chart")) == 1
    assert page.multiselect(key="front.dimensions").value == ["shape_bias", "accuracy"]
    two = len(page.dataframe[0].value)
    page.multiselect(key="front.dimensions").set_value(
        ["shape_bias", "accuracy", "class_balance", "adversarial_robustness"]
    ).run()
    assert len(page.dataframe[0].value) > two
    page.multiselect(key="front.dimensions").set_value(["accuracy"]).run()
    assert "Choose at least two." in [caption.value for caption in page.caption]


def test_nothing_found(run_page: RunPage) -> None:
    assert run_page("trade-offs", q="no such word").markdown[0].value == "# No model matches these filters."
