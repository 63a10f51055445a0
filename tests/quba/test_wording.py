"""Labels and numbers within sentences."""

import pytest

from dashboard import wording as dashboard_wording
from dashboard.charts import chart
from quba import wording
from quba.dimensions import DIMENSIONS


def test_screen_and_science_speak_with_one_function() -> None:
    assert dashboard_wording.spoken is wording.spoken
    assert chart.signed is wording.signed
    assert all(each.spoken == wording.spoken(each.label) for each in DIMENSIONS.values())


@pytest.mark.parametrize(("label", "text"), [("", ""), ("A", "A"), ("OOD robustness", "OOD robustness")])
def test_labels_within_a_sentence(label: str, text: str) -> None:
    assert wording.spoken(label) == text


@pytest.mark.parametrize(("value", "decimals", "text"), [(1.0, 0, "+1"), (-1.26, 1, "−1.3"), (0.0, 2, "0.00")])
def test_numbers_with_a_sign(value: float, decimals: int, text: str) -> None:
    assert wording.signed(value, decimals) == text
