"""The lead over nearby weightings, in words."""

import pytest

from dashboard.components.stability import headline, range_words, reign
from wellbehaved import Client

POINTS = {
    "around": "weights",
    "items": [{"model_id": "one", "name": "One", "p_first": 1.0}],
    "break_points": {"accuracy": [{"from_weight": 0.5, "to_weight": 1.5, "leader": "one", "current": True}]},
}


def test_headline_names_the_leader_and_its_rival(api: Client) -> None:
    text = headline(api.rankings.stability())
    leading = "Among all 326 models, EVA02-b (IN-21k) is **first in 55\N{NO-BREAK SPACE}% of nearby weightings**, "
    assert text.startswith(leading)
    assert headline({"sentence": ""}) == ""


def test_the_stretch_shown_is_the_one_that_the_service_marks() -> None:
    current = reign(POINTS, "accuracy")
    assert current is not None
    assert (current["leader"], current["from_weight"], current["to_weight"]) == ("one", 0.5, 1.5)
    assert reign(POINTS, "shape_bias") is None


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0, None, "at every weight"),
        (0.5, None, "from 0.50 on"),
        (0, 2, "up to 2.00"),
        (1, 2, "from 1.00 to 2.00"),
        (0, 63.96, "up to 63.96, past the slider"),
        (0.5, 12.32, "from 0.50 to 12.32, past the slider"),
    ],
)
def test_stretches_in_words(low: float, high: float | None, told: str) -> None:
    assert range_words(low, high) == told
