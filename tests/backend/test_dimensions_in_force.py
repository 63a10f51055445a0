import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from backend.dimensions_in_force import DimensionsInForce, newest_version
from backend.store.errors import StoreUnavailable
from quba.dimensions import DIMENSIONS, DimensionSet, current_dimensions
from tests.backend.own_dimension import defined

OWN = DimensionSet(own=(defined().dimension(),))


class Sets:
    """What is in force, as a store would tell it."""

    def __init__(self, *, kept: bool, away: bool = False) -> None:
        self.last_known = OWN
        self.asked: list[str] = []
        self._kept, self._away = kept, away

    def at_hand(self) -> tuple[str, DimensionSet] | None:
        self.asked.append("at hand")
        if self._away:
            raise StoreUnavailable("gone")
        return ("3-0a1b2c3d", OWN) if self._kept else None

    def current(self) -> DimensionSet:
        self.asked.append("current")
        if self._away:
            raise StoreUnavailable("gone")
        return OWN


def seen(sets: Sets, path: str, *, embedded: bool = True, kind: str = "http", root: str = "") -> DimensionSet:
    found: list[DimensionSet] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # Also in a thread, as routes that are no coroutines run.
        found.append(await asyncio.to_thread(current_dimensions))

    async def nothing() -> Message:
        raise AssertionError

    async def ignore(message: Message) -> None:
        raise AssertionError

    middleware = DimensionsInForce(app, sets, embedded=embedded)  # type: ignore[arg-type]
    asyncio.run(middleware({"type": kind, "path": path, "root_path": root}, nothing, ignore))
    return found[0]


@pytest.mark.parametrize("path", ["/v1/rankings", "/v1/dimensions", "/openapi.json"])
def test_a_request_about_data_sees_the_dimensions_of_now_and_nobody_else_does(path: str) -> None:
    assert seen(Sets(kept=True), path) is OWN
    assert "throughput" not in DIMENSIONS


def test_a_service_below_a_path_sees_them_too_and_its_health_asks_no_store() -> None:
    assert seen(Sets(kept=True), "/models/v1/rankings", root="/models") is OWN
    sets = Sets(kept=True)
    assert seen(sets, "/models/v1/health", root="/models") == DimensionSet()
    assert sets.asked == []


@pytest.mark.parametrize("path", ["/v1/health", "/v1/ready", "/v1/version", "/metrics", "/guide/index.html"])
def test_what_must_answer_without_a_store_asks_none(path: str) -> None:
    sets = Sets(kept=True)
    assert seen(sets, path).own == ()
    assert sets.asked == []


def test_what_is_no_request_passes() -> None:
    assert seen(Sets(kept=True), "/v1/rankings", kind="lifespan").own == ()


@pytest.mark.parametrize(
    ("kept", "embedded", "asked"),
    [(True, True, ["at hand"]), (False, True, ["at hand", "current"]), (True, False, ["current"])],
)
def test_a_server_is_asked_in_a_thread_and_a_file_at_once(kept: bool, embedded: bool, asked: list[str]) -> None:
    sets = Sets(kept=kept)
    assert seen(sets, "/v1/rankings", embedded=embedded) is OWN
    assert sets.asked == asked


def version_seen(sets: Sets, *, embedded: bool = True) -> str | None:
    found: list[str | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(newest_version(scope))

    async def nothing() -> Message:
        raise AssertionError

    async def ignore(message: Message) -> None:
        raise AssertionError

    middleware = DimensionsInForce(app, sets, embedded=embedded)  # type: ignore[arg-type]
    asyncio.run(middleware({"type": "http", "path": "/v1/rankings", "root_path": ""}, nothing, ignore))
    return found[0]


def test_the_data_version_is_read_once_where_nothing_is_waited_for() -> None:
    assert version_seen(Sets(kept=True)) == "3-0a1b2c3d"
    # By the time that a thread has answered there may be a newer one.
    assert version_seen(Sets(kept=False)) is None
    assert version_seen(Sets(kept=True), embedded=False) is None
    assert version_seen(Sets(kept=True, away=True)) is None


@pytest.mark.parametrize("embedded", [True, False])
def test_without_the_store_what_was_known_counts(embedded: bool) -> None:
    assert seen(Sets(kept=True, away=True), "/v1/rankings", embedded=embedded) is OWN
