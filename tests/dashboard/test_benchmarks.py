"""The benchmarks of the service."""

import pytest

from dashboard import benchmarks
from tests.dashboard.conftest import OwnInstance
from wellbehaved import Client


@pytest.mark.usefixtures("connected")
def test_a_benchmark_is_found_by_its_key_and_the_study_without_one() -> None:
    found = [benchmarks.benchmark(key) for key in ("", "toy-shapes", "gone")]
    assert [each and each["key"] for each in found] == ["imagenet-1k", "toy-shapes", None]


def test_one_that_is_added_or_removed_is_seen_at_once(own_instance: OwnInstance) -> None:
    own: Client = own_instance.client(token=own_instance.token)
    assert benchmarks.benchmark("flowers") is None
    assert not benchmarks.look(own, str(own_instance.folder), layout="folders")["registered"]
    assert benchmarks.benchmark("flowers") is None
    benchmarks.add(own, f" {own_instance.folder} ", layout="folders")
    assert (benchmarks.benchmark("flowers") or {})["label"] == "Flowers"
    assert benchmarks.details(own, "flowers")["folder"] == str(own_instance.folder)
    benchmarks.remove(own, "flowers")
    assert benchmarks.benchmark("flowers") is None
