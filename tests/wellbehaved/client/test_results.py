"""The client's results: the file of all of them, and imports."""

from collections.abc import Callable

import pytest

from wellbehaved import Client

Ask = Callable[[Client], object]


@pytest.mark.parametrize(
    ("ask", "asked"),
    [
        (lambda own: own.results.export(), ("GET", "/v1/results", None)),
        (lambda own: own.results.add(b"a,b\n"), ("POST", "/v1/imports", b"a,b\n")),
        (lambda own: own.results.add(b"a", "x.csv"), ("POST", "/v1/imports?filename=x.csv", b"a")),
        (lambda own: own.results.imports(), ("GET", "/v1/imports", None)),
        (lambda own: own.results.imports(limit=3), ("GET", "/v1/imports?limit=3", None)),
        (lambda own: own.results.delete_import("im/1"), ("DELETE", "/v1/imports/im%2F1", None)),
    ],
)
def test_every_call_asks_what_its_name_says(sent: Callable[[Ask], object], ask: Ask, asked: object) -> None:
    assert sent(ask) == [asked]
