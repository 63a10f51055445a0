"""The trade-off page."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from wellbehaved import Client

RunPage = Callable[..., AppTest]


def scrolled_to_the_table(page: AppTest) -> AppTest:
    """The page once the browser has said that the table of the front is in sight."""
    page.session_state["chart.front.room"] = {"seen": True}
    return page.run()


def test_the_front_of_two_to_four_dimensions_is_listed(run_page: RunPage) -> None:
    page = run_page("trade-offs", x="accuracy", y="shape_bias")
    assert len(page.get("plotly_chart")) == 1, "the parallel coordinates wait until they are in sight"
    assert page.multiselect(key="front.dimensions").value == ["shape_bias", "accuracy"]
    assert not page.dataframe, "and so does the table"
    two = len(scrolled_to_the_table(page).dataframe[0].value)
    page.multiselect(key="front.dimensions").set_value(
        ["shape_bias", "accuracy", "class_balance", "adversarial_robustness"]
    ).run()
    assert len(page.dataframe[0].value) > two
    page.multiselect(key="front.dimensions").set_value(["accuracy"]).run()
    assert "Choose at least 2." in [caption.value for caption in page.caption]
    assert page.query_params == {"x": "accuracy", "y": "shape_bias", "front": "accuracy"}


def test_a_link_names_the_dimensions_of_the_front(run_page: RunPage) -> None:
    page = run_page("trade-offs", front="accuracy,class_balance,shape_bias")
    assert page.multiselect(key="front.dimensions").value == ["accuracy", "class_balance", "shape_bias"]


def test_layers_and_a_tolerance_let_in_those_behind_with_who_beats_them(run_page: RunPage, api: Client) -> None:
    page = run_page("trade-offs", front="accuracy,parameters_millions")
    assert len(scrolled_to_the_table(page).dataframe[0].value) == 19
    page.number_input(key="front.layers").set_value(2).run()
    layers = api.comparisons.pareto(["accuracy", "parameters_millions"])
    table = page.dataframe[0].value
    assert len(table) == (layers["layer"] <= 2).sum()
    names = layers.set_index("model_id")["name"]
    witness = {row["name"]: row["dominated_by"] for row in layers.to_dict("records")}
    for row in table[table["Layer"] == 2].to_dict("records"):
        assert row["Dominated by, e.g."] == names[witness[row["Model"]]]
    page.number_input(key="front.layers").set_value(1).run()
    page.number_input(key="front.tolerance").set_value(0.1).run()
    near = api.comparisons.pareto(["accuracy", "parameters_millions"], tolerance=0.1)
    assert len(page.dataframe[0].value) == near["near_front"].sum() > 19
    assert page.query_params["tolerance"] == "0.1" or page.query_params["tolerance"] == ["0.1"]


def test_nothing_found(run_page: RunPage) -> None:
    assert run_page("trade-offs", q="no such word").markdown[0].value == "# No model matches these filters."
