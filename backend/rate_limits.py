"""Holds callers to so many requests a minute, where the operator sets that; off by default.

Counted per process and by address, but for requests that carry the instance's token. Behind a proxy the address is the
one that the proxy names, if that is trusted (`WELLBEHAVED_TRUSTED_PROXIES`); else all callers share the proxy's.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.problems import ProblemError, problem_response
from backend.root_path import path_below_root
from backend.security import carries_token, has_token

# Whoever watches a service must not be kept from it by whoever uses it.
FREE: Final = frozenset(("/v1/health", "/v1/ready", "/metrics"))
_MOST_CALLERS: Final = 10_000
_IPV6_SITE: Final = 64


class RateLimits:
    """Refuses requests beyond a rate: a caller may spend a minute's worth at once, which then comes back evenly.

    The generic cell rate algorithm: of each caller one number is kept, when it will have all of its requests again.

    Args:
        app: the service.
        per_minute: how many requests a caller may make in a minute, above 0.
        clock: seconds that never go back.
    """

    def __init__(self, app: ASGIApp, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._per_minute = per_minute
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or refuse it."""
        if scope["type"] == "http" and path_below_root(scope) not in FREE and not await _has_token(Request(scope)):
            wait = self._seconds_to_wait(_caller(scope))
            if wait > 0:
                request = Request(scope, receive)
                await problem_response(request, self._refusal(wait))(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _seconds_to_wait(self, caller: str) -> float:
        """How long a caller must wait for its next request; 0 where that is counted and may go on."""
        now, each = self._clock(), 60 / self._per_minute
        full_at = max(now, self._full_at.get(caller, now)) + each
        # The least of a second is given away, so that rounding never refuses the last request of a minute's worth.
        wait = full_at - now - 60 - 1e-6
        if wait > 0:
            return wait
        self._full_at[caller] = full_at
        self._full_at.move_to_end(caller)
        # Whoever was seen longest ago has most of its requests again, so that forgetting it gives little away.
        if len(self._full_at) > _MOST_CALLERS:
            self._full_at.popitem(last=False)
        return 0.0

    def _refusal(self, wait: float) -> ProblemError:
        seconds = math.ceil(wait)
        return ProblemError(
            429,
            "too_many_requests",
            f"This service answers {self._per_minute} requests a minute of one address.",
            f"Ask again in {seconds} {'second' if seconds == 1 else 'seconds'}; "
            "`If-None-Match` and files with all rows save requests.",
            headers={"Retry-After": str(seconds)},
        )


async def _has_token(request: Request) -> bool:
    # In a thread, for the token may be in a file; most requests carry none and need no thread.
    return carries_token(request) and await run_in_threadpool(has_token, request)


def _caller(scope: Scope) -> str:
    host: str = (scope.get("client") or ("", 0))[0]
    try:
        address = ip_address(host)
    except ValueError:
        # A socket without addresses: all callers of it are one.
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        # Whoever has one address of IPv6 has as many as it likes.
        return str(ip_network((int(address), _IPV6_SITE), strict=False))
    return host
