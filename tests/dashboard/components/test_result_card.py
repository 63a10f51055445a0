"""What a result means."""

from types import SimpleNamespace
from typing import Any

from dashboard import catalogue as source
from dashboard.components.result_card import dominance, first_to_improve, notes
from wellbehaved import Client, Ranking


def test_dominance_is_what_brute_force_finds(ranking: Ranking, catalogue: source.Catalogue) -> None:
    rows = {row["model_id"]: row for row in ranking.frame.to_dict("records")}
    signs = {key: 1 if each.higher_is_better else -1 for key, each in catalogue.dimensions.items()}

    def at_least(a: dict[Any, Any], b: dict[Any, Any]) -> bool:
        pairs = [(sign * a[key], sign * b[key]) for key, sign in signs.items()]
        return all(x >= y for x, y in pairs) and any(x > y for x, y in pairs)

    complete = {key: row for key, row in rows.items() if all(row[each] == row[each] for each in signs)}
    for model_id in ("resnet50", "alexnet"):
        better, worse = dominance(ranking.frame, model_id, catalogue)
        own = complete[model_id]
        assert better == [row["name"] for row in complete.values() if at_least(row, own)]
        assert worse == [row["name"] for row in complete.values() if at_least(own, row)]


def test_a_model_that_lacks_a_value_dominates_nobody(ranking: Ranking, catalogue: source.Catalogue) -> None:
    frame = ranking.frame.copy()
    frame.loc[frame["model_id"] == "resnet50", "accuracy"] = float("nan")
    assert dominance(frame, "resnet50", catalogue) == ([], [])


def test_the_first_to_improve_is_the_smallest_step(connected: Client, catalogue: source.Catalogue) -> None:
    ahead = connected.improvements("resnet50", target_rank=100)
    advice = first_to_improve(ahead, catalogue)
    reached = [way for way in ahead["alone"] if way["reach"] == "possible"]
    # Accuracy would be as small a step, but to a value that no model has.
    assert (ahead["alone"][0]["dimension"], ahead["alone"][0]["reach"]) == ("accuracy", "beyond_all_models")
    assert first_to_improve(connected.improvements("resnet50"), catalogue) is None
    smallest = min(reached, key=lambda way: abs(way["spreads"]))
    assert advice is not None
    assert advice.startswith(catalogue.dimensions[smallest["dimension"]].label)
    assert "rank 100" in advice
    assert first_to_improve({**ahead, "score_gap": 0.0}, catalogue) is None


def test_what_is_to_be_known_of_the_values_is_said_once() -> None:
    rows = [
        ("accuracy", "quick", "on few"),
        ("accuracy", "full", "2 deep"),
        ("shape_bias", "full", "2 deep"),
        ("b", "full", ""),
    ]
    answer = {"results": [{"dimension": key, "phase": phase, "detail": detail} for key, phase, detail in rows]}
    labels = {"accuracy": "Accuracy", "shape_bias": "Shape bias"}
    catalogue: Any = SimpleNamespace(dimensions={key: SimpleNamespace(label=label) for key, label in labels.items()})
    assert notes(answer, catalogue) == ["Accuracy and Shape bias: 2 deep"]
