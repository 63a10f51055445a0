"""What would bring a model to the first place."""

from dashboard.catalogue import Catalogue
from dashboard.components.what_if import new_weights, ways
from wellbehaved import Client


def test_under_the_nearest_weights_the_model_is_first_indeed(api: Client, catalogue: Catalogue) -> None:
    model_id = api.rankings.get().frame.iloc[1]["model_id"]
    answer = api.rankings.what_if(model_id)
    assert answer["feasible"]
    assert answer["weights"]
    assert api.rankings.get(answer["weights"]).frame.iloc[0]["score"] <= (
        api.rankings.get(answer["weights"]).frame.set_index("model_id").loc[model_id, "score"] + 1e-6
    )
    table = new_weights(answer["weights"], catalogue.presets["paper"].weights, catalogue)
    assert list(table["Dimension"]) == [each.label for each in catalogue.dimensions.values()]


def test_a_change_is_new_less_old_and_an_absent_weight_is_0(catalogue: Catalogue) -> None:
    ours = dict.fromkeys(catalogue.dimensions, 1.0)
    rows = new_weights({"accuracy": 2.5}, ours, catalogue).set_index("Dimension")
    label = catalogue.dimensions["accuracy"].label
    assert float(str(rows.loc[label, "Change"])) == 1.5
    assert {float(str(each)) for name, each in rows["Nearest"].items() if name != label} == {0.0}


def test_every_way_has_its_value_its_needs_and_the_best_of_all(api: Client, catalogue: Catalogue) -> None:
    answer = api.rankings.improvements("resnet50")
    table = ways(answer, catalogue)
    assert len(table) == len(answer["alone"]) > 0
    (best,) = [column for column in table.columns if str(answer["pool"]) in column]
    for way, cell in zip(answer["alone"], table[best], strict=True):
        assert way["best_name"] in cell
        assert ("⚑" in cell) == bool(way["best_flags"])
