"""The client's comparisons: what is asked."""

from collections.abc import Callable
from typing import Any

import pytest

from wellbehaved import Client

Ask = Callable[[Client], object]


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (
            lambda own: own.comparisons.models(["a", "b"], {"accuracy": 2}, {"q": "x"}, among="all"),
            "/v1/comparisons?w.accuracy=2&q=x&models=a%2Cb&among=all",
        ),
        (
            lambda own: own.comparisons.differences("a/b", "c", benchmark="flowers", confidence=0.9),
            "/v1/differences?a=a%2Fb&b=c&benchmark=flowers&confidence=0.9",
        ),
        (lambda own: own.comparisons.pareto(["a", "b"], {"q": "x"}), "/v1/pareto?q=x&dimensions=a%2Cb"),
        (lambda own: own.comparisons.correlations({"q": "x"}, {"a": 1}), "/v1/correlations?w.a=1&q=x"),
    ],
)
def test_every_call_asks_what_its_name_says(sent: Callable[[Ask], object], ask: Ask, path: str) -> None:
    assert sent(ask) == [("GET", path, None)]


@pytest.mark.parametrize(
    ("filters", "document"),
    [
        (None, None),
        ({}, {}),
        ({"architecture": "cnn"}, {"architecture": ["cnn"]}),
        ({"architecture": ["cnn", "transformer"]}, {"architecture": ["cnn", "transformer"]}),
        ({"architecture": ("cnn",)}, {"architecture": ["cnn"]}),
        ({"q": "resnet 50"}, {"q": "resnet 50"}),
        ({"accuracy__gte": 0.7}, {"accuracy.gte": 0.7}),
        ({"accuracy.lte": 1, "recipe": None}, {"accuracy.lte": 1}),
    ],
)
def test_a_group_is_written_as_the_service_reads_it(
    sent: Callable[[Ask], object],
    filters: Any,  # noqa: ANN401
    document: Any,  # noqa: ANN401
) -> None:
    asked = {"a": document, "b": None, "paired_by": "backbone", "alpha": 0.01}
    assert sent(lambda own: own.comparisons.groups(filters, paired_by="backbone", alpha=0.01)) == [
        ("POST", "/v1/group-comparisons", asked)
    ]
