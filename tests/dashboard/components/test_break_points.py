"""Where the lead changes hands along a slider."""

from dashboard.catalogue import Catalogue
from dashboard.components.break_points import words
from wellbehaved import Client


def test_the_words_name_who_leads_at_the_weight_the_interface_says(api: Client, catalogue: Catalogue) -> None:
    answer = api.get("/v1/stability")
    names = {item["model_id"]: item["name"] for item in answer["items"]}
    for key in catalogue.dimensions:
        for reign in answer["break_points"][key]:
            low, high = reign["from_weight"], reign["to_weight"]
            weight = low + 1.0 if high is None else (low + high) / 2
            leader = api.rankings({key: weight}).frame.iloc[0]
            assert leader["model_id"] == reign["leader"]
        (current,) = [reign for reign in answer["break_points"][key] if reign["current"]]
        assert words(answer, key).startswith(names.get(current["leader"], current["leader"]))


def test_where_nobody_leads_none_is_named(api: Client) -> None:
    answer = {"items": [], "break_points": {"accuracy": []}}
    assert "leads" not in words(answer, "accuracy")
