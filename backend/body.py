"""Reading a request's body: never more than is wanted, and JSON only where it means one thing."""

import json
from collections import Counter

from fastapi import Request
from pydantic import JsonValue
from starlette.requests import ClientDisconnect

from backend.problems import ProblemError
from backend.store.tables import JsonObject

_INVALID = "invalid_json"
_NEXT_STEP = 'Send a JSON object in UTF-8, such as {"weights": {"accuracy": 2}}.'


async def bounded_body(request: Request, most: int) -> bytes:
    """The body, if it is no longer than allowed.

    Args:
        request: the request, its body not read yet.
        most: bytes that are taken.

    Raises:
        ProblemError: 413 `too_large`, before anything is read where the request declares its length; 400
            `incomplete_body`, where the caller hung up half-way.
    """
    declared = request.headers.get("content-length", "")
    # Refused by its length alone, before a byte of it is waited for.
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    data = bytearray()
    try:
        async for chunk in request.stream():
            data += chunk
            # The declared length may be absent or a lie.
            if len(data) > most:
                raise _too_large(most)
    except ClientDisconnect:
        detail = f"The connection ended after {len(data)} bytes of the body."
        raise ProblemError(400, "incomplete_body", detail, "Send the request again.") from None
    return bytes(data)


def json_object(body: bytes) -> JsonObject:
    """Read a JSON object; an empty body is an empty object.

    Raises:
        ProblemError: 422 `invalid_json`, or 422 `repeated_parameter` where an object names a key twice: readers of
            JSON differ in which of the two they take.
    """
    try:
        text = body.decode("utf-8-sig")
        document = json.loads(text or "{}", object_pairs_hook=_without_repeats)
        # Half a surrogate pair can be escaped in JSON and written by nobody, not even into an error message.
        if "\\ud" in text.lower():
            json.dumps(document, ensure_ascii=False).encode()
    except RecursionError:
        raise _invalid("it is nested too deeply") from None
    except UnicodeEncodeError:
        raise _invalid("it escapes half of a surrogate pair") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _invalid(str(error)) from None
    except ValueError:
        raise _invalid("it holds a number of thousands of digits") from None
    if not isinstance(document, dict):
        raise ProblemError(422, _INVALID, "The body is JSON, but not a JSON object.", _NEXT_STEP)
    return document


def repeated_parameter(names: list[str]) -> ProblemError:
    """The refusal of names that are given more than once."""
    return ProblemError(
        422,
        "repeated_parameter",
        f"{', '.join(names)[:200]}: given more than once; only a list may be.",
        "Give it once; several values of a filter are comma-separated, as in architecture=cnn,transformer.",
        errors=[{"parameter": name, "rule": "given more than once"} for name in names],
    )


def repeats(names: list[str]) -> list[str]:
    """The names that occur more than once, sorted."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _without_repeats(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise repeated_parameter(repeats([name for name, _ in pairs]))
    return document


def _invalid(fault: str) -> ProblemError:
    return ProblemError(422, _INVALID, f"The body is not JSON: {fault}.", _NEXT_STEP)


def _too_large(most: int) -> ProblemError:
    return ProblemError(
        413, "too_large", f"The body is over {most} bytes, the most that is taken.", "Send less in one request."
    )
