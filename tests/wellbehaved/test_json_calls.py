"""The parts of the client need a sender, and nothing else of the client."""

from collections.abc import Mapping
from typing import Any

import pytest

from wellbehaved import Client
from wellbehaved.api_errors import JsonObject
from wellbehaved.benchmark_calls import BenchmarkCalls
from wellbehaved.decision_calls import DecisionCalls
from wellbehaved.evaluation_calls import EvaluationCalls
from wellbehaved.json_calls import JsonCalls

PARTS = (BenchmarkCalls, DecisionCalls)


class Recorder(BenchmarkCalls, DecisionCalls):
    """Notes what the parts would send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def _note(self, method: str, path: str) -> JsonObject:
        self.sent.append((method, path))
        return {"items": []}

    def content(self, path: str, query: dict[str, str]) -> bytes:
        raise NotImplementedError(path, query)

    def get(self, path: str, query: dict[str, str] | None = None, timeout: float | None = None) -> JsonObject:
        del query, timeout
        return self._note("GET", path)

    def post(self, path: str, document: Mapping[str, Any], timeout: float | None = None) -> JsonObject:
        del document, timeout
        return self._note("POST", path)

    def delete(self, path: str, query: dict[str, str] | None = None) -> JsonObject:
        del query
        return self._note("DELETE", path)


def test_whoever_can_send_has_the_questions_and_the_benchmarks() -> None:
    recorder = Recorder()
    recorder.headline({"accuracy": 1.0})
    recorder.freeze_norms("flowers")
    recorder.remove_benchmark("flowers")
    assert recorder.sent == [
        ("GET", "/v1/headline"), ("POST", "/v1/benchmarks/flowers/frozen-norms"), ("DELETE", "/v1/benchmarks/flowers"),
    ]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_cannot_send_is_not_made(part: type[JsonCalls]) -> None:
    with pytest.raises(TypeError, match="abstract"):
        part()


@pytest.mark.parametrize("part", [*PARTS, EvaluationCalls])
def test_the_client_is_made_of_the_parts(part: type[JsonCalls]) -> None:
    assert issubclass(Client, part)
    assert issubclass(part, JsonCalls)
