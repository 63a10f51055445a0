"""One model in words and tables."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.wording import MISSING_LABELS
from quba.dimensions import STUDY_DIMENSIONS
from wellbehaved import Client

Run = Callable[..., AppTest]

DRAW = """
from dashboard.components import model_details
client = source.client()
ranking = client.rankings.get(state.current().weights, filters=state.current().filters)
model = client.get("/v1/models/resnet50")
rows = ranking.frame[ranking.frame["model_id"] == "resnet50"]
"""


def test_every_quality_has_its_value_in_its_own_direction(alone: Run, api: Client) -> None:
    page = alone(DRAW + "model_details.show_values(model, catalogue)")
    assert not page.exception
    table = page.table[0].value
    model = api.get("/v1/models/resnet50")
    # Of the dimensions beyond the study's, those that somebody has tried.
    shown = {key: model["scores"][key] for key in STUDY_DIMENSIONS}
    for (key, score), (_, row) in zip(shown.items(), table.iterrows(), strict=True):
        lower = key in ("calibration_error", "parameters_millions")
        assert row["Dimension"].endswith("↓" if lower else "↑")
        if score["value"] is None:
            assert row["Value"] == MISSING_LABELS[score["missing"]]
            continue
        number = float(row["Value"].split()[0].replace("\N{MINUS SIGN}", "-"))
        assert abs(number - score["value"]) <= 0.5 * 10 ** -len(row["Value"].split()[0].partition(".")[2])


@pytest.mark.parametrize(("error", "value"), [("0.01", "0.7613 ± 0.0100"), ("None", "0.7613")])
def test_the_figure_after_a_value_is_named_where_there_is_one(alone: Run, error: str, value: str) -> None:
    known = (
        f"model['scores'] = {{key: {{**score, 'standard_error': {error}}} for key, score in model['scores'].items()}}"
    )
    page = alone(f"{DRAW}\n{known}\nmodel_details.show_values(model, catalogue)")
    assert page.table[0].value.set_index("Dimension").loc["Accuracy ↑", "Value"] == value
    assert ("± is the standard error" in page.caption[0].value) == ("±" in value)


def test_its_rank_under_each_preset_is_that_of_the_ranking(alone: Run, api: Client) -> None:
    table = alone(DRAW + "model_details.show_presets(model, catalogue)").table[0].value
    for preset, rank in zip(api.get("/v1/presets")["items"], table["Rank"], strict=True):
        frame = api.rankings.get(preset=preset["key"]).frame.set_index("model_id")
        assert rank == str(frame.loc["resnet50", "rank"])


def test_a_model_that_the_filters_leave_out_has_its_place_among_all(alone: Run, api: Client) -> None:
    heading = DRAW + "model_details.show_heading(model, rows, ranking, catalogue)"
    page = alone(heading, architecture="transformer", among="all")
    assert not page.exception
    rank = api.rankings.get().frame.set_index("model_id").loc["resnet50", "rank"]
    assert str(rank) in page.markdown[-1].value
    assert "326" in page.markdown[-1].value


def test_where_it_comes_from_leaves_no_empty_lines(alone: Run) -> None:
    table = alone(DRAW + "model_details.show_provenance(model)").table[0].value
    assert len(table) > 2
    assert all(str(each).strip() not in ("", "None") for each in table["Value"])


def test_licence_and_cost_stand_with_who_says_so(alone: Run) -> None:
    table = alone(DRAW + "model_details.show_provenance(model)").table[0].value.set_index("")["Value"]
    assert table["Licence of the weights"].startswith("bsd-3-clause, which allows commercial use; torchvision ")
    assert table["Cost of an image"].startswith("4.09 billion multiply-accumulates and 11.1 million activations")
    assert "torch " in table["Cost of an image"].partition(";")[2]


def test_the_lines_that_load_it_are_those_of_the_interface(alone: Run, api: Client) -> None:
    page = alone(DRAW + "model_details.show_loading(model)")
    (shown,) = page.code
    assert shown.value.strip() == str(api.models.get("resnet50")["loading"]).strip()
    assert shown.language == "python"


def test_where_no_library_has_it_by_name_the_page_says_where_it_is_from(alone: Run) -> None:
    page = alone(DRAW + "model = client.get('/v1/models/vit-b-16-mae-ft')\nmodel_details.show_loading(model)")
    assert not page.code
    assert "facebookresearch/mae" in page.caption[0].value
