"""The first page: the answer, and what each control does to it."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

RunPage = Callable[..., AppTest]


def table(page: AppTest) -> dict[str, Any]:
    """What the ranking table was given to draw."""
    (data,) = (drawn for element in page.get("bidi_component") if "rows" in (drawn := orjson.loads(element.proto.json)))
    return dict(data)


def pills(page: AppTest, key: str) -> ButtonGroup[Any]:
    return next(group for group in page.button_group if group.key == key)


def test_the_published_leader_comes_first(run_page: RunPage) -> None:
    page = run_page()
    assert page.markdown[0].value.startswith(
        "# **EVA02-b (IN-21k)** leads with **1.07**, ahead of Hiera-B-Plus by 0.04"
    )
    rows = table(page)["rows"]
    assert [row["name"] for row in rows[:3]] == ["EVA02-b (IN-21k)", "Hiera-B-Plus", "ConvNextV2-B (IN-21k)"]
    assert rows[0]["score"]["text"] == "1.0738"
    assert len(page.get("plotly_chart")) == 2
    assert page.query_params == {}


def test_a_slider_re_ranks_and_writes_the_address(run_page: RunPage) -> None:
    page = run_page()
    page.slider(key="weight.parameters_millions").set_value(3.0).run()
    assert page.query_params == {"w.parameters_millions": "3"}
    assert table(page)["rows"][0]["change"]["text"].startswith("▲")
    assert "· 38 % ·" in page.slider(key="weight.parameters_millions").label
    assert pills(page, "preset").value is None  # no preset is marked once a slider left it


def test_a_link_shows_the_same_view_as_the_moves_that_made_it(run_page: RunPage) -> None:
    moved = run_page()
    moved.slider(key="weight.shape_bias").set_value(2.0).run()
    pills(moved, "filter.architecture").set_value(["cnn"]).run()
    opened = run_page(**{name: str(text) for name, text in moved.query_params.items()})
    assert table(opened) == table(moved)
    assert opened.slider(key="weight.shape_bias").value == 2.0


def test_a_preset_is_one_click_and_reset_brings_it_back(run_page: RunPage) -> None:
    page = run_page()
    pills(page, "preset").set_value("edge").run()
    assert page.query_params == {"preset": "edge"}
    page.slider(key="weight.accuracy").set_value(0.0).run()
    assert page.query_params == {"preset": "edge", "w.accuracy": "0"}
    next(button for button in page.button if button.label == "Reset weights").click().run()
    assert page.query_params == {"preset": "edge"}
    assert pills(page, "preset").value == "edge"


def test_a_locked_weight_survives_a_preset(run_page: RunPage) -> None:
    page = run_page()
    page.slider(key="weight.accuracy").set_value(2.5).run()
    pills(page, "locked_weights").set_value(["accuracy"]).run()
    pills(page, "preset").set_value("fair").run()
    assert page.slider(key="weight.accuracy").value == 2.5
    assert page.slider(key="weight.class_balance").value == 3.0
    assert "locked" in page.slider(key="weight.accuracy").label
    assert page.query_params["lock"] == "accuracy"
    opened = run_page(**{name: str(text) for name, text in page.query_params.items()})
    assert pills(opened, "locked_weights").value == ["accuracy"]
    assert table(opened) == table(page)
    next(button for button in opened.button if button.label == "Reset all").click().run()
    assert opened.query_params == {}


def test_a_move_of_a_slider_asks_the_service_once(run_page: RunPage, requested: list[str]) -> None:
    page = run_page()
    requested.clear()
    page.slider(key="weight.accuracy").set_value(2.0).run()
    ranked, told, drawn = requested
    assert ranked.startswith("/v1/rankings?")
    assert told.startswith("/v1/headline?")
    assert drawn.startswith("/v1/stability?")  # last of all, and once for the headline and nine sliders
    page.selectbox(key="axis.x").set_value("accuracy").run()
    assert len(requested) == 4  # the same question again, answered with "not modified"


def test_a_weight_beyond_the_scale_stretches_it(run_page: RunPage) -> None:
    page = run_page(**{"w.accuracy": "7.5"})
    slider = page.slider(key="weight.accuracy")
    assert (slider.value, slider.max) == (7.5, 8.0)


def test_filters_carry_counts_and_narrow_the_table(run_page: RunPage) -> None:
    page = run_page()
    assert "CNN 170" in pills(page, "filter.architecture").options
    pills(page, "filter.architecture").set_value(["b-cos", "cnn"]).run()
    assert page.query_params["architecture"] == "b-cos,cnn"
    assert "182 of 326" in page.caption[0].value
    assert table(page)["rows"][0]["overall"]["text"] != "1"
    next(button for button in page.button if button.key == "remove.architecture").click().run()
    assert page.query_params == {}
    assert pills(page, "filter.architecture").value == []


def test_size_and_search(run_page: RunPage) -> None:
    page = run_page()
    page.number_input(key="filter.parameters_millions.lte").set_value(30.0).run()
    page.text_input(key="filter.q").set_value("resnet").run()
    assert page.query_params == {"parameters_millions.lte": "30", "q": "resnet"}
    assert all(float(row["values"][8]["text"]) <= 30 for row in table(page)["rows"])


def test_further_filters_and_limits_unfold(run_page: RunPage) -> None:
    page = run_page(**{"accuracy.gte": "0.8"})
    page.session_state["filters.more"] = True
    page.run()
    assert page.number_input(key="filter.accuracy.gte").value == 0.8
    pills(page, "filter.flag").set_value(["double-softmax"]).run()
    assert all(row["flags"][0]["text"] == "Softmax applied twice" for row in table(page)["rows"])


def test_nothing_found_names_the_filters_to_relax(run_page: RunPage) -> None:
    page = run_page(architecture="cnn", **{"parameters_millions.lte": "0.1"})
    assert page.markdown[0].value == "# No model matches these filters."
    relax = next(button for button in page.button if button.key == "relax.parameters_millions.lte")
    assert relax.label == "Parameters at most 0.1 → 170 models"
    assert not [button for button in page.button if button.key == "relax.architecture"]
    relax.click().run()
    assert page.query_params == {"architecture": "cnn"}


def test_nothing_found_for_more_than_one_reason_clears_them_all(run_page: RunPage) -> None:
    page = run_page(q="no such word", **{"accuracy.gte": "0.99"})
    assert "Removing one filter is not enough" in page.markdown[1].value
    next(button for button in page.button if button.label == "Clear all filters").click().run()
    assert page.query_params == {}


def test_normalisation_and_screening(run_page: RunPage) -> None:
    page = run_page()
    page.selectbox(key="normalisation").set_value("percentile").run()
    page.toggle(key="screened").set_value(True).run()
    assert page.query_params == {"normalisation": "percentile", "quality": "screened"}
    assert "flagged values left out" in page.caption[0].value


def test_a_screened_model_is_listed_last_with_the_reason(run_page: RunPage) -> None:
    rows = table(run_page(quality="screened", page="14"))["rows"]
    assert rows[-1]["rank"]["text"] == "–"
    assert "flagged, screened out" in rows[-1]["score"]["title"]
    assert "flagged, screened out" in next(value["title"] for value in rows[-1]["values"] if value["text"] == "–")


def test_a_picked_model_turns_the_table_to_its_page_and_is_described(run_page: RunPage) -> None:
    page = run_page(select="resnet50")
    drawn = table(page)
    assert [row["name"] for row in drawn["rows"] if row["selected"]] == ["ResNet50"]
    assert drawn["start"] == 200
    assert page.query_params == {"page": "9", "select": "resnet50"}
    assert any(text.value.startswith("Rank 214 of 326, score −0.3105") for text in page.markdown)
    next(button for button in page.button if button.label == "Add to comparison").click().run()
    assert page.query_params["models"] == "resnet50"
    next(button for button in page.button if button.label == "Remove from comparison").click().run()
    assert "models" not in page.query_params
    next(button for button in page.button if button.label == "Clear selection").click().run()
    assert "select" not in page.query_params


def test_a_model_that_lacks_values_can_be_ranked_on_those_it_has(run_page: RunPage) -> None:
    page = run_page(select="hiera-b-plus", quality="screened")
    assert any(
        text.value == "It has no score under these weights, which count what it has no value for: Calibration error "
        "(flagged, screened out) and Class balance (flagged, screened out)."
        for text in page.markdown
    )
    button = page.button(key="measured_only")
    assert button.label == "Weigh only what is left"
    button.click().run()
    assert {name: text for name, text in page.query_params.items() if name.startswith("w.")} == {
        "w.calibration_error": "0", "w.class_balance": "0"
    }  # fmt: skip
    assert page.slider(key="weight.class_balance").value == 0.0
    assert next(row for row in table(page)["rows"] if row["selected"])["rank"]["text"] != "–"


def test_a_picked_model_that_the_filters_hide_is_still_named(run_page: RunPage) -> None:
    page = run_page(select="resnet50", architecture="transformer")
    assert any("is selected but hidden by the filters" in text.value for text in page.markdown)


@pytest.mark.parametrize(("sort", "first"), [("name", "AlexNet"), ("-parameters_millions", "SigLIP2-l/16")])
def test_the_table_sorts_without_renumbering(run_page: RunPage, sort: str, first: str) -> None:
    row = table(run_page(sort=sort))["rows"][0]
    assert row["name"] == first
    assert int(row["rank"]["text"]) > 300


def test_the_axes_of_the_trade_off_are_in_the_address(run_page: RunPage) -> None:
    page = run_page()
    page.selectbox(key="axis.x").set_value("accuracy").run()
    assert page.query_params == {"x": "accuracy"}


def test_share_and_download_fill_when_they_open(run_page: RunPage) -> None:
    page = run_page(architecture="cnn")
    page.session_state["share"] = True
    page.session_state["download"] = True
    page.run()
    texts = [block.value for block in page.code]
    assert any(text.endswith("?architecture=cnn") for text in texts)
    assert any(text.startswith("curl 'http://testserver/v1/rankings?architecture=cnn") for text in texts)
    assert len(page.get("download_button")) == 6  # three of the ranking, three of the decision record


def test_reset_keeps_what_only_arranges_the_screen(run_page: RunPage) -> None:
    page = run_page(preset="edge", architecture="cnn", x="accuracy", **{"w.accuracy": "2"})
    next(button for button in page.button if button.label == "Reset all").click().run()
    assert page.query_params == {"x": "accuracy"}
