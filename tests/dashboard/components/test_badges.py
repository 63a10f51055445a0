"""A model's kind in a few words."""

from dashboard.components.badges import FIELDS, badges


def test_what_is_absent_is_left_out() -> None:
    row = {**dict.fromkeys(FIELDS), "architecture": "cnn", "pretraining_data": "imagenet-21k", "head": float("nan")}
    assert badges(row) == ["CNN", "IN-21k"]


def test_what_is_not_known_is_left_out() -> None:
    row = {**dict.fromkeys(FIELDS, "unknown"), "architecture": "cnn"}
    assert badges(row) == ["CNN"]
