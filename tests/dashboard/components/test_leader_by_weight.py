"""Who of the compared leads at which weight."""

from typing import Any

from dashboard.catalogue import Catalogue
from dashboard.components.leader_by_weight import finding, leaders
from wellbehaved import Client


def reign(start: float, leader: str, *, current: bool = False) -> dict[str, Any]:
    return {"from_weight": start, "to_weight": None, "leader": leader, "current": current}


ITEMS = [{"model_id": "a", "name": "A", "scores": {}}, {"model_id": "b", "name": "B", "scores": {}}]


def test_the_title_names_the_weights_on_which_the_lead_depends(catalogue: Catalogue) -> None:
    points = {
        "accuracy": [reign(0, "a"), reign(0.5, "b", current=True)],
        "shape_bias": [reign(0, "b", current=True), reign(12, "a")],  # no slider gets there
    }
    answer = {"items": ITEMS, "weights": {}, "break_points": points}
    assert finding(answer, catalogue) == "B leads these models; the weight of accuracy can change that."
    table = leaders(answer, catalogue).set_index("Weight of")
    assert table.loc["Accuracy", "Leader"] == "A · ▸ from 0.50 B"
    assert table.loc["Shape bias", "Leader"] == "▸ B · from 12.00 A"


def test_one_that_always_leads_and_none_that_does(catalogue: Catalogue) -> None:
    always = {"items": ITEMS, "weights": {}, "break_points": {"accuracy": [reign(0, "a", current=True)]}}
    assert finding(always, catalogue) == "A leads these models at every weight that a slider reaches."
    never = {"items": ITEMS, "weights": {}, "break_points": {"accuracy": []}}
    assert finding(never, catalogue) == "None of these models has a score under these weights."
    assert leaders(never, catalogue)["Leader"].tolist() == ["–"]


def test_it_reads_the_service_s_answer(api: Client, catalogue: Catalogue) -> None:
    answer = api.comparisons.models(["eva02-b-21k", "hiera-b-plus"])
    deciding = sum(len({each["leader"] for each in reigns}) > 1 for reigns in answer["break_points"].values())
    assert f"each of {deciding} weights alone can change that." in finding(answer, catalogue)
    # These have values of the study's dimensions alone, and nobody leads on the others.
    assert len(leaders(answer, catalogue)) == len(answer["break_points"]) == 9 < len(catalogue.dimensions)
