"""Pools are renewed beside the old ones: nobody waits long, whoever changed the data sees it, and no version lies."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import cast

import httpx
import pytest
from pydantic import SecretStr

from backend.app import create_app
from backend.ranking import prepared_pools as module
from backend.ranking.prepared_pools import PreparedPools
from backend.ranking.query import Pool
from backend.settings import Settings
from backend.store.benchmarks import UnknownBenchmark
from backend.store.errors import StoreUnavailable
from backend.store.snapshot import Snapshot, SnapshotCache
from quba.ranking.normalisation import Normalisation

FIRST, SECOND, THIRD = "1-aaaaaaaa", "2-bbbbbbbb", "3-cccccccc"
MOMENT = 30.0
PUBLISHED = Normalisation.PUBLISHED


class Store:
    """Snapshots that take as long to read as a test wants."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = replace(snapshot, data_version=FIRST)
        self.reads: list[str] = []
        self.may_read = threading.Event()
        self.may_read.set()
        self.reading = threading.Semaphore(0)
        self.fault: Exception | None = None

    def current_version(self) -> str:
        return self.snapshot.data_version

    def get(self, benchmark: str, protocol: str, *, private: bool) -> Snapshot:  # noqa: ARG002
        found = self.snapshot  # as of the beginning of the read
        self.reads.append(found.data_version)
        self.reading.release()
        assert self.may_read.wait(MOMENT)
        if self.fault is not None:
            raise self.fault
        return found

    def change(self, version: str) -> None:
        self.snapshot = replace(self.snapshot, data_version=version)


@pytest.fixture
def pool(small_pool: Snapshot) -> Pool:
    return Pool(benchmark=small_pool.benchmark, protocol=small_pool.protocol, quality="all")


@pytest.fixture
def store(small_pool: Snapshot) -> Store:
    return Store(small_pool)


@pytest.fixture
def pools(store: Store) -> Iterator[PreparedPools]:
    made = PreparedPools(cast(SnapshotCache, store))
    yield made
    store.may_read.set()
    made.close()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the pool for a large one, which nobody waits for."""
    monkeypatch.setattr(module, "SMALL_MODELS", 0)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)


def version_of(pools: PreparedPools, pool: Pool) -> str:
    return pools.get(pool, PUBLISHED).origin.data_version


def in_thread(pools: PreparedPools, pool: Pool) -> Callable[[], str]:
    """Ask now in another thread; the result waits for the answer."""
    executor = ThreadPoolExecutor(1)
    future = executor.submit(version_of, pools, pool)
    executor.shutdown(wait=False)
    return lambda: future.result(MOMENT)


def test_a_small_pool_is_waited_for_so_that_a_change_shows(
    pools: PreparedPools, store: Store, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    assert version_of(pools, pool) == FIRST
    store.may_read.clear()
    store.change(SECOND)
    answer = in_thread(pools, pool)
    time.sleep(0.1)
    store.may_read.set()
    assert answer() == SECOND
    assert version_of(pools, pool) == SECOND
    assert store.reads == [FIRST, SECOND]


@pytest.mark.usefixtures("large")
def test_the_old_data_answer_under_their_own_version_until_the_new_are_there(
    pools: PreparedPools, store: Store, pool: Pool
) -> None:
    old = pools.get(pool, PUBLISHED)
    store.may_read.clear()
    store.change(SECOND)
    for _ in range(3):
        assert pools.get(pool, PUBLISHED) is old
    store.may_read.set()
    deadline = time.monotonic() + MOMENT
    while version_of(pools, pool) != SECOND:
        assert time.monotonic() < deadline
    assert store.reads == [FIRST, SECOND]


def test_the_first_question_of_all_waits(pools: PreparedPools, store: Store, pool: Pool) -> None:
    store.may_read.clear()
    answer = in_thread(pools, pool)
    assert store.reading.acquire(timeout=MOMENT)
    store.may_read.set()
    assert answer() == FIRST


@pytest.mark.usefixtures("large")
def test_old_data_answer_for_a_bounded_time_only(
    pools: PreparedPools, store: Store, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    version_of(pools, pool)
    store.may_read.clear()
    store.change(SECOND)
    assert version_of(pools, pool) == FIRST
    monkeypatch.setattr(module, "LONGEST_STALE_SECONDS", 0.0)
    answer = in_thread(pools, pool)
    store.may_read.set()
    assert answer() == SECOND


def test_what_was_being_read_before_a_change_is_not_taken_for_the_change(
    pools: PreparedPools, store: Store, pool: Pool
) -> None:
    """Someone changes the data while they are read for another: their own question must show the change."""
    version_of(pools, pool)
    assert store.reading.acquire(timeout=MOMENT)
    store.may_read.clear()
    store.change(SECOND)
    earlier = in_thread(pools, pool)
    assert store.reading.acquire(timeout=MOMENT)
    store.change(THIRD)
    later = in_thread(pools, pool)
    time.sleep(0.1)
    store.may_read.set()
    assert earlier() in {SECOND, THIRD}
    assert later() == THIRD


def test_threads_that_ask_at_once_read_once(pools: PreparedPools, store: Store, pool: Pool) -> None:
    store.may_read.clear()
    answers = [in_thread(pools, pool) for _ in range(8)]
    assert store.reading.acquire(timeout=MOMENT)
    store.may_read.set()
    assert {answer() for answer in answers} == {FIRST}
    assert store.reads == [FIRST]


def test_a_failure_is_told_to_who_asks_and_not_kept(pools: PreparedPools, store: Store, pool: Pool) -> None:
    store.fault = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable, match="away"):
        pools.get(pool, PUBLISHED)
    store.fault = UnknownBenchmark("none of this key")
    with pytest.raises(UnknownBenchmark):
        pools.get(pool, PUBLISHED)
    store.fault = None
    assert version_of(pools, pool) == FIRST


def test_nothing_stays_of_a_pool_that_is_not_there(pools: PreparedPools, store: Store, pool: Pool) -> None:
    store.fault = UnknownBenchmark("none of this key")
    for number in range(20):
        with pytest.raises(UnknownBenchmark):
            pools.get(replace(pool, benchmark=f"none-{number}"), PUBLISHED)
    assert (pools._renewals, pools._kept) == ({}, {})


def test_at_hand_is_only_what_is_newest_and_prepared(pools: PreparedPools, store: Store, pool: Pool) -> None:
    assert pools.at_hand(pool, PUBLISHED) is None
    made = pools.get(pool, PUBLISHED)
    assert pools.at_hand(pool, PUBLISHED) is made
    assert pools.at_hand(pool, Normalisation.ZSCORE) is None
    store.change(SECOND)
    assert pools.at_hand(pool, PUBLISHED) is None


def test_who_has_just_read_the_version_need_not_have_it_read_again(
    pools: PreparedPools, store: Store, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pools.get(pool, PUBLISHED)
    first = pools.version()
    monkeypatch.delattr(Store, "current_version")
    assert pools.at_hand(pool, PUBLISHED, first) is made
    assert pools.at_hand(pool, PUBLISHED, "9-another") is None


def test_a_renewal_prepares_every_form_that_was_asked_for(pools: PreparedPools, store: Store, pool: Pool) -> None:
    screened = replace(pool, quality="screened")
    pools.get(pool, PUBLISHED)
    pools.get(screened, Normalisation.ZSCORE)
    store.change(SECOND)
    pools.get(pool, PUBLISHED)
    assert pools.at_hand(screened, Normalisation.ZSCORE) is not None


def test_readers_with_and_without_the_token_share_what_is_made_of_one_snapshot(store: Store, pool: Pool) -> None:
    one, other = (PreparedPools(cast(SnapshotCache, store), private=private) for private in (False, True))
    assert one.get(pool, PUBLISHED) is other.get(pool, PUBLISHED)
    before = one.get(pool, PUBLISHED)
    store.change(SECOND)
    assert one.get(pool, PUBLISHED) is other.get(pool, PUBLISHED) is not before
    one.close()
    other.close()


def test_other_values_of_the_same_data_stay_of_the_same_data(pools: PreparedPools, store: Store, pool: Pool) -> None:
    old = pools.get(pool, PUBLISHED)
    screened = pools.of_same_data(old, "screened", PUBLISHED)
    assert pools.of_same_data(old, "screened", PUBLISHED) is screened
    store.change(SECOND)
    new = pools.get(pool, PUBLISHED)
    assert pools.of_same_data(old, "screened", PUBLISHED).origin is old.origin
    assert pools.of_same_data(new, "screened", PUBLISHED).origin is new.origin


def test_the_service_answers_others_while_the_first_ranking_is_read(
    study_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Health is asked while more questions wait for the data than the service has threads."""
    may_read = threading.Event()
    read = SnapshotCache.get

    def wait_and_read(self: SnapshotCache, benchmark: str, protocol: str, *, private: bool = False) -> Snapshot:
        assert may_read.wait(MOMENT)
        return read(self, benchmark, protocol, private=private)

    monkeypatch.setattr(SnapshotCache, "get", wait_and_read)
    app = create_app(Settings(data_dir=tmp_path, database_url=SecretStr(study_sqlite_url), _env_file=None))

    async def ask() -> None:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client,
        ):
            rankings = [asyncio.create_task(client.get("/v1/rankings?limit=1")) for _ in range(60)]
            await asyncio.sleep(0.3)
            assert (await client.get("/v1/health")).status_code == 200
            assert not any(each.done() for each in rankings)
            may_read.set()
            assert {each.status_code for each in await asyncio.gather(*rankings)} == {200}

    asyncio.run(ask())
