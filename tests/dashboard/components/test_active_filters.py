"""Filters in words."""

from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.components.active_filters import describe


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("q", "resnet", "Search “resnet”"),
        ("architecture", ("cnn", "b-cos"), "Architecture: CNN, B-cos"),
        ("flag", ("train-mode",), "Quality flag: Measured in training mode"),
        ("parameters_millions.lte", 30.0, "Parameters at most 30"),
        ("score.gte", 0.5, "QUBA score at least 0.5"),
        ("backbone", ("resnet50",), "Backbone: resnet50"),
    ],
)
def test_each_kind_of_filter_reads_as_a_phrase(name: str, value: Any, words: str, catalogue: Catalogue) -> None:  # noqa: ANN401
    assert describe(name, value, catalogue) == words
