"""What can go wrong when the service is asked, as the client raises it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import orjson

JsonObject = dict[str, Any]

# Where the answer is none of the service's: what stands between, and what to do about it.
_NEXT_STEP_BY_STATUS = {
    413: "A proxy before the service takes no body of this size: raise its limit (nginx: client_max_body_size).",
    502: "A proxy answered and does not reach the service: check that it runs, and the port that the proxy asks.",
    504: "A proxy answered, for the service took longer than it waits: raise its limit (nginx: proxy_read_timeout).",
}


class ApiUnreachable(ConnectionError):
    """Nothing answered at the address: the service is not started, or the address is wrong."""

    def __init__(self, base_url: str, reason: str) -> None:
        self.base_url = base_url
        self.next_step = "Start it with `wellbehaved up`, or pass the address where it runs."
        super().__init__(f"No answer from {base_url} ({reason}). {self.next_step}")


class ApiError(Exception):
    """The service answered with a problem.

    Attributes:
        status: HTTP status, 400 to 599.
        code: stable identifier of the problem, e.g. ``unknown_parameter``.
        detail: the value and the rule it broke.
        next_step: what to do about it; empty when the service named none.
        errors: one entry per broken rule where the service lists several.
    """

    def __init__(
        self, status: int, code: str, detail: str, next_step: str = "", errors: Sequence[JsonObject] = ()
    ) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.next_step = next_step
        self.errors = tuple(errors)
        super().__init__(" ".join(part for part in (f"{status} {code}: {detail}", next_step) if part))


def raise_for_problem(response: httpx.Response) -> httpx.Response:
    """The response, unless it is a problem: that is raised."""
    if response.is_error:
        raise problem(response)
    return response


def problem(response: httpx.Response) -> ApiError:
    """The RFC 9457 problem in a response, or a stand-in for an answer that is none (a proxy's page, say)."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = {}
    # A proxy may answer with JSON of its own, such as a bare string.
    if not isinstance(body, dict):
        body = {}
    of_a_proxy = "" if "code" in body else _NEXT_STEP_BY_STATUS.get(response.status_code, "")
    return ApiError(
        status=response.status_code,
        code=str(body.get("code", "http_error")),
        detail=str(body.get("detail") or body.get("title") or response.reason_phrase),
        next_step=str(body.get("next_step") or of_a_proxy),
        errors=body.get("errors") or (),
    )
