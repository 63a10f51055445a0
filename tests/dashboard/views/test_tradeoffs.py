"""The trade-off page."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

RunPage = Callable[..., AppTest]


def test_the_front_of_two_to_four_dimensions_is_listed(run_page: RunPage) -> None:
    page = run_page("trade-offs", x="accuracy", y="shape_bias")
    assert len(page.get("plotly_chart")) == 2
    assert page.multiselect(key="front.dimensions").value == ["shape_bias", "accuracy"]
    two = len(page.dataframe[0].value)
    page.multiselect(key="front.dimensions").set_value(
        ["shape_bias", "accuracy", "class_balance", "adversarial_robustness"]
    ).run()
    assert len(page.dataframe[0].value) > two
    page.multiselect(key="front.dimensions").set_value(["accuracy"]).run()
    assert "Choose at least two." in [caption.value for caption in page.caption]
    assert page.query_params == {"x": "accuracy", "y": "shape_bias", "front": "accuracy"}


def test_a_link_names_the_dimensions_of_the_front(run_page: RunPage) -> None:
    page = run_page("trade-offs", front="accuracy,class_balance,shape_bias")
    assert page.multiselect(key="front.dimensions").value == ["accuracy", "class_balance", "shape_bias"]


def test_nothing_found(run_page: RunPage) -> None:
    assert run_page("trade-offs", q="no such word").markdown[0].value == "# No model matches these filters."
