"""The client's models: every method asks its own path, whatever a model is called."""

from collections.abc import Callable

import pytest

from wellbehaved import Client

Ask = Callable[[Client], object]


@pytest.mark.parametrize(
    ("ask", "asked"),
    [
        (lambda own: own.models.list(accuracy__gte=0.8), ("GET", "/v1/models?accuracy.gte=0.8&limit=1000", None)),
        (lambda own: own.models.get("a/b"), ("GET", "/v1/models/a%2Fb", None)),
        (lambda own: own.models.get("m", benchmark="k"), ("GET", "/v1/models/m?benchmark=k", None)),
        (lambda own: own.models.facets({"q": "r"}, {"accuracy": 2}), ("GET", "/v1/facets?w.accuracy=2&q=r", None)),
        (
            lambda own: own.models.class_report("mine", benchmark="k"),
            ("GET", "/v1/models/mine/class-report?benchmark=k", None),
        ),
        (lambda own: own.models.reproductions(), ("GET", "/v1/reproductions?limit=1000", None)),
        (
            lambda own: own.models.reproductions(["a", "b"], ["accuracy"]),
            ("GET", "/v1/reproductions?model_id=a%2Cb&dimension=accuracy&limit=1000", None),
        ),
        (lambda own: own.models.publish("mine"), ("POST", "/v1/models/mine/publish", {})),
        (lambda own: own.models.unpublish("a b"), ("POST", "/v1/models/a%20b/unpublish", {})),
        (lambda own: own.models.delete("mine"), ("DELETE", "/v1/models/mine", None)),
    ],
)
def test_every_call_asks_what_its_name_says(sent: Callable[[Ask], object], ask: Ask, asked: object) -> None:
    assert sent(ask) == [asked]
