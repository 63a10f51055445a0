"""What a result means."""

from types import SimpleNamespace
from typing import Any

from dashboard import catalogue as source
from dashboard.components.result_card import first_to_improve, notes
from wellbehaved import Client


def test_the_first_to_improve_is_the_smallest_step(connected: Client, catalogue: source.Catalogue) -> None:
    ahead = connected.rankings.improvements("resnet50", target_rank=100)
    advice = first_to_improve(ahead, catalogue)
    assert first_to_improve(connected.rankings.improvements("resnet50"), catalogue) is None
    smallest = ahead["improve_first"]
    assert smallest is not None
    assert advice is not None
    assert advice.startswith(catalogue.dimensions[smallest["dimension"]].label)
    assert "rank 100" in advice


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
