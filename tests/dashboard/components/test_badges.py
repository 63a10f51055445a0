"""A model's kind in a few words."""

from dashboard.components.badges import FIELDS, badges


def test_what_is_absent_is_left_out() -> None:
    absent = {**dict.fromkeys(FIELDS), "commercial_use": "yes"}
    row = {**absent, "architecture": "cnn", "pretraining_data": "imagenet-21k", "head": float("nan")}
    assert badges(row) == ["CNN", "IN-21k"]


def test_what_is_not_known_is_left_out() -> None:
    row = {**dict.fromkeys(FIELDS, "unknown"), "architecture": "cnn", "commercial_use": "unknown"}
    assert badges(row) == ["CNN"]


def test_a_licence_that_refuses_commercial_use_stands_last() -> None:
    row = {**dict.fromkeys(FIELDS, "unknown"), "architecture": "cnn", "commercial_use": "no"}
    assert badges(row) == ["CNN", "Non-commercial"]
