import asyncio
import json
from collections.abc import Sequence

import pytest
from fastapi import Request

from backend.body import bounded_body, json_object, repeats
from backend.problems import ProblemError


def request_of(*messages: dict[str, object], declared: str | None = None) -> tuple[Request, list[dict[str, object]]]:
    """A request whose body arrives in these messages, and the list of those that were not taken yet."""
    waiting = list(messages)

    async def receive() -> dict[str, object]:
        return waiting.pop(0)

    headers = [] if declared is None else [(b"content-length", declared.encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive), waiting


def chunks(*parts: bytes) -> Sequence[dict[str, object]]:
    return [
        {"type": "http.request", "body": part, "more_body": number < len(parts)} for number, part in enumerate(parts, 1)
    ]


def test_a_body_in_parts_is_put_together() -> None:
    request, waiting = request_of(*chunks(b"ab", b"", b"cd"))
    assert asyncio.run(bounded_body(request, 4)) == b"abcd"
    assert not waiting


@pytest.mark.parametrize("declared", [None, "", "3", "many", "-5", "1e9", "٥"])
def test_a_body_that_is_longer_than_it_declares_is_left_at_the_limit(declared: str | None) -> None:
    request, waiting = request_of(*chunks(b"abc", b"de", b"never read"), declared=declared)
    with pytest.raises(ProblemError) as refused:
        asyncio.run(bounded_body(request, 4))
    assert (refused.value.status, refused.value.code) == (413, "too_large")
    assert "4 bytes" in refused.value.detail
    assert len(waiting) == 1


def test_a_declared_length_is_refused_before_anything_is_read() -> None:
    request, waiting = request_of(*chunks(b"never read"), declared="5")
    with pytest.raises(ProblemError) as refused:
        asyncio.run(bounded_body(request, 4))
    assert (refused.value.status, len(waiting)) == (413, 1)


def test_a_caller_that_hangs_up_half_way() -> None:
    request, _ = request_of({"type": "http.request", "body": b"abc", "more_body": True}, {"type": "http.disconnect"})
    with pytest.raises(ProblemError) as refused:
        asyncio.run(bounded_body(request, 1000))
    assert (refused.value.status, refused.value.code) == (400, "incomplete_body")
    assert "after 3 bytes" in refused.value.detail


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"", {}),
        (b"{}", {}),
        (b"\xef\xbb\xbf{}", {}),
        (b'{"a": {"b": [1, null, "\\u00e9"]}}', {"a": {"b": [1, None, "é"]}}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\N{GRINNING FACE}"}),
        (b'{"a": {"x": 1}, "b": {"x": 2}}', {"a": {"x": 1}, "b": {"x": 2}}),
    ],
)
def test_objects_are_read(body: bytes, read: dict[str, object]) -> None:
    assert json_object(body) == read


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        (b" ", "invalid_json", "Expecting value"),
        (b"{", "invalid_json", "The body is not JSON"),
        (b"a=1&b=2", "invalid_json", "Expecting value"),
        (b"[]", "invalid_json", "not a JSON object"),
        (b"null", "invalid_json", "not a JSON object"),
        (b'"text"', "invalid_json", "not a JSON object"),
        (b'{"a": "\xe9"}', "invalid_json", "utf-8"),
        ('{"a": 1}'.encode("utf-16"), "invalid_json", "utf-8"),
        (b'{"a": "\\ud800"}', "invalid_json", "half of a surrogate pair"),
        (b'{"\\uDFFF": 1}', "invalid_json", "half of a surrogate pair"),
        (b"[" * 100_000, "invalid_json", "nested too deeply"),
        (b'{"a": %b}' % (b"9" * 5000), "invalid_json", "thousands of digits"),
        (b'{"a": 1, "a": 1}', "repeated_parameter", "a: given more than once"),
        (b'{"a": {"b": 1, "b": 2}}', "repeated_parameter", "b: given more than once"),
    ],
)
def test_what_is_not_one_json_object_is_refused(body: bytes, code: str, told: str) -> None:
    with pytest.raises(ProblemError) as refused:
        json_object(body)
    assert (refused.value.status, refused.value.code) == (422, code)
    assert told in refused.value.detail
    assert refused.value.next_step
    json.dumps(refused.value.errors, ensure_ascii=False).encode()


def test_repeats_are_named_once_and_sorted() -> None:
    assert repeats(["b", "a", "b", "c", "a", "b"]) == ["a", "b"]
    assert repeats(["a", "b"]) == []
