"""The first page: the answer, and what each change that the board hands over does to it."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from dashboard import listing
from quba.dimensions import DIMENSIONS
from tests.dashboard.conftest import hand_over

RunPage = Callable[..., AppTest]


def rows(page: AppTest) -> list[list[str]]:
    """The cells of the plain table: rank, name with kinds, score, values."""
    text = next(each.proto.body for each in page.get("html") if "<table>" in each.proto.body)
    lines = re.findall(r"<tr>(.*?)</tr>", text.partition("<tbody>")[2])
    return [[unescape(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line)] for line in lines]


def name(row: list[str]) -> str:
    return row[1].partition("<br>")[0]


def pills(page: AppTest, key: str) -> ButtonGroup[Any]:
    return next(group for group in page.button_group if group.key == key)


def test_the_published_leader_comes_first(run_page: RunPage) -> None:
    page = run_page()
    assert page.markdown[0].value.startswith(
        "# **EVA02-b (IN-21k)** leads with **1.07**, ahead of Hiera-B-Plus by 0.04"
    )
    assert [name(row) for row in rows(page)[:3]] == ["EVA02-b (IN-21k)", "Hiera-B-Plus", "ConvNextV2-B (IN-21k)"]
    assert rows(page)[0][2] == "1.0738"
    assert not page.get("plotly_chart")  # charts have pages of their own, and their code weighs megabytes
    assert page.query_params == {}


def test_a_weight_re_ranks_and_writes_the_address(run_page: RunPage) -> None:
    page = hand_over(run_page(), {"w.parameters_millions": "3"})
    assert page.query_params == {"w.parameters_millions": "3"}
    assert name(rows(page)[0]) != "EVA02-b (IN-21k)"


def test_a_link_shows_the_same_view_as_the_moves_that_made_it(run_page: RunPage) -> None:
    moved = hand_over(hand_over(run_page(), {"w.shape_bias": "2"}), {"architecture": "cnn"})
    opened = run_page(**{name: str(text) for name, text in moved.query_params.items()})
    assert moved.query_params == {"w.shape_bias": "2", "architecture": "cnn"}
    assert rows(opened) == rows(moved)


def test_a_move_asks_the_service_once(run_page: RunPage, requested: list[str]) -> None:
    page = run_page()
    requested.clear()
    hand_over(page, {"w.accuracy": "2"})
    assert len(requested) == 4
    # The long ones are asked while the page is being made, in an order of their own.
    for path in ("/v1/rankings?", "/v1/headline?", "/v1/stability?", "/v1/rank-intervals?"):
        assert sum(each.startswith(path) for each in requested) == 1


def test_of_many_models_the_page_asks_for_some_and_says_the_same(
    run_page: RunPage, requested: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_page(page="2")
    monkeypatch.setattr(listing, "MOST_LISTED", 30)
    requested.clear()
    some = run_page(page="2")
    assert rows(some) == rows(whole)
    assert [each.value for each in some.markdown] == [each.value for each in whole.markdown]
    assert [each for each in requested if each.startswith("/v1/rankings?")] == ["/v1/rankings?limit=50"]


def test_filters_narrow_the_table(run_page: RunPage) -> None:
    page = hand_over(run_page(), {"architecture": "b-cos,cnn"})
    assert page.query_params["architecture"] == "b-cos,cnn"
    assert any("182 of 326" in caption.value for caption in page.caption)
    next(button for button in page.button if button.key == "remove.architecture").click().run()
    assert page.query_params == {}


def test_size_and_search(run_page: RunPage) -> None:
    page = hand_over(run_page(), {"parameters_millions.lte": "30", "q": "resnet"})
    assert page.query_params == {"parameters_millions.lte": "30", "q": "resnet"}
    column = 3 + list(DIMENSIONS).index("parameters_millions")
    assert all(float(row[column].rstrip(" ⚑")) <= 30 for row in rows(page))


def test_further_filters_and_limits_unfold(run_page: RunPage) -> None:
    page = run_page(**{"accuracy.gte": "0.8"})
    page.session_state["filters.more"] = True
    page.run()
    assert page.number_input(key="filter.accuracy.gte").value == 0.8
    assert {group.key for group in page.button_group} >= {"filter.head", "filter.flag", "filter.source_library"}
    pills(page, "filter.flag").set_value(["double-softmax"]).run()
    assert page.query_params["flag"] == "double-softmax"
    assert all("⚑" in "".join(row) for row in rows(page))


def test_nothing_found_names_the_filters_to_relax(run_page: RunPage) -> None:
    page = run_page(architecture="cnn", **{"parameters_millions.lte": "0.1"})
    assert page.markdown[0].value == "# No model matches these filters."
    relax = next(button for button in page.button if button.key == "relax.parameters_millions.lte")
    assert relax.label == "Parameters at most 0.1 → 170 models"
    assert not [button for button in page.button if button.key == "relax.architecture"]
    assert len(page.get("bidi_component")) == 1  # the panel stays in reach
    relax.click().run()
    assert page.query_params == {"architecture": "cnn"}


def test_nothing_found_for_more_than_one_reason_clears_them_all(run_page: RunPage) -> None:
    page = run_page(q="no such word", **{"accuracy.gte": "0.99"})
    assert "Removing one filter is not enough" in page.markdown[1].value
    next(button for button in page.button if button.label == "Clear all filters").click().run()
    assert page.query_params == {}


def test_a_page_of_an_old_link_is_that_of_the_plain_table(run_page: RunPage) -> None:
    assert rows(run_page(page="2"))[0][0] == "26"
    assert rows(run_page(page="900"))[-1][0] == "326"


def test_normalisation_and_screening(run_page: RunPage) -> None:
    page = run_page()
    page.selectbox(key="normalisation").set_value("percentile").run()
    page.toggle(key="screened").set_value(True).run()
    assert page.query_params == {"normalisation": "percentile", "quality": "screened"}
    assert "flagged values left out" in page.caption[0].value


def test_a_screened_model_is_listed_last_with_the_reason(run_page: RunPage) -> None:
    last = rows(run_page(quality="screened", page="14"))[-1]
    assert last[0] == last[2] == "–"
    assert "– (flagged, screened out)" in " ".join(last)


def test_a_selected_model_is_described_and_compared(run_page: RunPage) -> None:
    page = run_page(select="resnet50")
    assert any(text.value.startswith("Rank 214 of 326, score −0.3105") for text in page.markdown)
    next(button for button in page.button if button.label == "Add to comparison").click().run()
    assert page.query_params["models"] == "resnet50"
    next(button for button in page.button if button.label == "Remove from comparison").click().run()
    assert "models" not in page.query_params
    next(button for button in page.button if button.label == "Clear selection").click().run()
    assert "select" not in page.query_params


def test_where_none_has_a_score_the_first_is_named_with_what_it_lacks(run_page: RunPage) -> None:
    page = run_page(**{"w.brier_score": "1"})
    wanted = (
        "AlexNet has no score under these weights, which count what it has no value for: Brier score (not measured)."
    )
    assert wanted in [text.value for text in page.markdown]


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
    assert next(row for row in rows(page) if name(row) == "Hiera-B-Plus")[0] != "–"


def test_a_picked_model_that_the_filters_hide_is_still_named(run_page: RunPage) -> None:
    page = run_page(select="resnet50", architecture="transformer")
    assert any("is selected but hidden by the filters" in text.value for text in page.markdown)


@pytest.mark.parametrize(("sort", "first"), [("name", "AlexNet"), ("-parameters_millions", "SigLIP2-l/16")])
def test_the_table_sorts_without_renumbering(run_page: RunPage, sort: str, first: str) -> None:
    row = rows(run_page(sort=sort))[0]
    assert name(row) == first
    assert int(row[0]) > 300


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
