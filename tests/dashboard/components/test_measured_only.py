"""Weights under which a model that lacks values has a score."""

from dashboard.components.measured_only import zeros


def test_the_weight_goes_where_no_value_is_and_stays_elsewhere() -> None:
    row = {"missing": [{"dimension": "a", "reason": "not_measured"}, {"dimension": "b", "reason": "not_measured"}]}
    assert zeros(row, {"a": 1.0, "b": 0.0, "c": 2.0}) == {"w.a": 0.0}


def test_nothing_is_offered_where_no_weight_would_stay() -> None:
    row = {"missing": [{"dimension": "a", "reason": "not_measured"}]}
    assert zeros(row, {"a": 1.0, "b": 0.0}) == {}
    assert zeros({"missing": []}, {"a": 1.0}) == {}
