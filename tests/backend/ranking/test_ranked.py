import threading
from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import httpx
import numpy as np
import orjson
import pytest

from backend.problems import ProblemError
from backend.ranking import prepared_pools as module
from backend.ranking.pool import Prepared
from backend.ranking.query import Pool
from backend.ranking.ranked import SORT_KEYS, Ranked, Rankings, known_row, rank_first_models, rank_models, scored_row
from backend.ranking.view_queries import ViewQuery
from backend.store.benchmarks import UnknownBenchmark
from backend.store.snapshot import Snapshot, SnapshotCache
from quba.dimensions import DIMENSIONS, PUBLISHED
from quba.ranking.normalisation import Normalisation

POOL_ALL = Pool(benchmark="imagenet-1k", protocol="as-published", quality="all")


def result_of(snapshot: Snapshot, quality: str = "all", **given: str) -> Ranked:
    view = ViewQuery.read({name.replace("__", "."): value for name, value in given.items()}).view()
    return rank_models(Prepared(snapshot, quality, view.normalisation), view)


def ids(result: Ranked, rows: Any) -> list[str]:  # noqa: ANN401 - an array of rows
    return [result.prepared.models[row].id for row in rows]


def test_best_first_ties_by_name_the_unscored_last(small_pool: Snapshot) -> None:
    result = result_of(small_pool)
    assert ids(result, result.rows) == ["birch", "cedar", "dogwood", "elm", "ash"]
    assert result.overall_rank.tolist() == [0, 1, 2, 2, 4]
    assert result.rank.tolist() == result.overall_rank.tolist()


def test_a_filter_changes_ranks_and_no_score(small_pool: Snapshot) -> None:
    whole, part = result_of(small_pool), result_of(small_pool, architecture="cnn", accuracy__lte="0.8")
    assert ids(part, part.rows) == ["cedar", "dogwood", "elm"]
    assert part.rank.tolist() == [0, 0, 1, 1, 3]
    assert part.overall_rank.tolist() == whole.overall_rank.tolist()
    assert np.array_equal(part.scores.score, whole.scores.score, equal_nan=True)


def test_weight_0_brings_the_unscored_back(small_pool: Snapshot) -> None:
    result = result_of(small_pool, w__accuracy="0")
    assert ids(result, result.rows)[:2] == ["elm", "ash"]
    assert "accuracy" not in result.scores.keys
    assert not np.isnan(result.scores.score).any()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (("-score",), ["birch", "cedar", "dogwood", "elm", "ash"]),
        (("score",), ["elm", "cedar", "dogwood", "birch", "ash"]),
        (("rank",), ["birch", "cedar", "dogwood", "elm", "ash"]),
        (("-rank",), ["elm", "cedar", "dogwood", "birch", "ash"]),
        (("name",), ["ash", "birch", "cedar", "dogwood", "elm"]),
        (("-name",), ["elm", "dogwood", "cedar", "birch", "ash"]),
        (("accuracy",), ["elm", "cedar", "dogwood", "birch", "ash"]),
        (("-accuracy", "-name"), ["birch", "dogwood", "cedar", "elm", "ash"]),
        (("-parameters_millions", "name"), ["cedar", "dogwood", "birch", "ash", "elm"]),
        (("shape_bias", "-name"), ["elm", "dogwood", "cedar", "birch", "ash"]),
        # What a key leaves equal stays in the order of the ranking.
        (("shape_bias",), ["birch", "cedar", "dogwood", "elm", "ash"]),
        (("-shape_bias",), ["birch", "cedar", "dogwood", "elm", "ash"]),
    ],
)
def test_sort_keys_and_the_missing_last_in_either_direction(
    small_pool: Snapshot, sort: tuple[str, ...], order: list[str]
) -> None:
    result = result_of(small_pool)
    assert ids(result, result.sorted_rows(sort)) == order


@pytest.mark.parametrize("key", ["beauty", "--score", "-", "Score", "rank "])
def test_an_unknown_key_is_refused(small_pool: Snapshot, key: str) -> None:
    with pytest.raises(ProblemError, match="there is no such key") as refused:
        result_of(small_pool).sorted_rows(("name", key))
    assert (refused.value.status, refused.value.code) == (422, "invalid_parameter")
    assert all(known in refused.value.next_step for known in SORT_KEYS)


@pytest.mark.parametrize("key", list(DIMENSIONS))
@pytest.mark.parametrize("quality", ["all", "screened"])
def test_every_dimension_sorts_the_study(client: httpx.Client, key: str, quality: str) -> None:
    for sign in ("", "-"):
        query = {"sort": sign + key, "quality": quality, "limit": "1000"}
        values = [item["scores"][key] for item in client.get("/v1/rankings", params=query).json()["items"]]
        known = [value for value in values if value is not None]
        assert values[: len(known)] == sorted(known, reverse=bool(sign))
        assert values[len(known) :] == [None] * (326 - len(known))


def test_items_and_records_say_the_same(small_pool: Snapshot) -> None:
    result = result_of(small_pool, normalisation="percentile")
    items = orjson.loads(b"".join(result.items(result.rows)))
    columns, records = result.table(result.rows)
    assert [set(record) for record in records] == [set(columns)] * 5
    for item, record in zip(items, records, strict=True):
        assert {name: record[name] for name in ("rank", "overall_rank", "default_rank", "score", "model_id")} == {
            name: item[name] for name in ("rank", "overall_rank", "default_rank", "score", "model_id")
        }
        assert set(item["scores"]) == set(DIMENSIONS)
        assert set(item["contributions"]) >= set(PUBLISHED)
        for key in item["contributions"]:
            assert record[key] == item["scores"][key]
            assert record[f"contribution.{key}"] == item["contributions"][key]
            assert record[f"percentile.{key}"] == item["percentiles"][key]
    last = items[-1]
    assert (last["model_id"], last["rank"], last["score"], last["contributions"]["accuracy"]) == (
        "ash",
        None,
        None,
        None,
    )
    assert records[0]["flagged"] == "accuracy:outlier"
    assert records[-1]["missing"] == "accuracy:not_measured"


def test_pages_do_not_share_what_they_say(small_pool: Snapshot) -> None:
    prepared = Prepared(small_pool, "all", Normalisation.PUBLISHED)
    default = ViewQuery.read({}).view()
    first = rank_models(prepared, default).items(np.arange(5))
    before = list(first)
    rank_models(prepared, ViewQuery.read({"w.accuracy": "9"}).view()).items(np.arange(5))
    assert first == before


class Snapshots:
    """Stands in for the store's cache: gives what it is told to, and counts."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def current_version(self) -> str:
        return self.snapshot.data_version

    def get(self, benchmark: str, protocol: str, *, private: bool) -> Snapshot:  # noqa: ARG002
        if benchmark != self.snapshot.benchmark:
            raise UnknownBenchmark(f"There is no benchmark {benchmark!r}.")
        return self.snapshot if protocol == self.snapshot.protocol else replace(self.snapshot, protocol=protocol)


def rankings_of(snapshots: Snapshots) -> Rankings:
    return Rankings(cast(SnapshotCache, snapshots), embedded=True)


@pytest.mark.parametrize("count", [0, 1, 3, 1000])
@pytest.mark.parametrize("filters", [{}, {"architecture": "cnn"}])
def test_the_first_models_are_ranked_as_among_all(small_pool: Snapshot, count: int, filters: dict[str, str]) -> None:
    prepared = Prepared(small_pool, "all", Normalisation.PUBLISHED)
    view = ViewQuery.read(filters).view()
    whole, first = rank_models(prepared, view), rank_first_models(prepared, view, count)
    rows = whole.rows[:count]
    assert first.rows[:count].tolist() == rows.tolist()
    assert first.total == whole.total == len(whole.rows)
    assert first.items(rows) == whole.items(rows)


def test_what_weights_do_not_change_is_made_once_per_version(small_pool: Snapshot) -> None:
    snapshots = Snapshots(small_pool)
    rankings = rankings_of(snapshots)
    first = rankings.prepared_pool(POOL_ALL)
    assert rankings.prepared_pool(POOL_ALL) is first
    assert rankings.version() == first.origin.data_version
    others = [
        rankings.prepared_pool(POOL_ALL, Normalisation.ZSCORE),
        rankings.prepared_pool(replace(POOL_ALL, quality="screened")),
        rankings.prepared_pool(replace(POOL_ALL, protocol="corrected")),
    ]
    assert len({id(each) for each in (first, *others)}) == 4
    assert rankings.prepared_pool(POOL_ALL) is first
    snapshots.snapshot = replace(small_pool, data_version="2-abcdef02")
    second = rankings.prepared_pool(POOL_ALL)
    assert second is not first
    assert second.origin.data_version == rankings.version() == "2-abcdef02"


def test_an_unknown_benchmark_is_404(small_pool: Snapshot) -> None:
    with pytest.raises(ProblemError) as refused:
        rankings_of(Snapshots(small_pool)).prepared_pool(replace(POOL_ALL, benchmark="none"))
    assert (refused.value.status, refused.value.code) == (404, "unknown_benchmark")


def test_threads_that_ask_at_once_prepare_once(small_pool: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Prepared] = []
    all_there = threading.Barrier(8)

    def prepare(*arguments: Any) -> Prepared:  # noqa: ANN401 - handed on
        made.append(Prepared(*arguments))
        return made[-1]

    monkeypatch.setattr(module, "Prepared", prepare)
    rankings, found = rankings_of(Snapshots(small_pool)), []

    def ask() -> None:
        all_there.wait(timeout=10)
        found.append(rankings.prepared_pool(POOL_ALL))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found == made * 8


def test_a_model_is_found_or_the_nearest_named(small_pool: Snapshot) -> None:
    prepared = Prepared(small_pool, "all", Normalisation.PUBLISHED)
    assert known_row(prepared, "cedar") == 2
    for model_id, hint in (("ceder", "Did you mean cedar?"), ("zzz", "GET /v1/models?q=WORDS searches for one.")):
        with pytest.raises(ProblemError) as refused:
            known_row(prepared, model_id)
        assert (refused.value.status, refused.value.code, refused.value.next_step) == (404, "unknown_model", hint)


def test_scores_fall_in_the_order_of_the_list(client: httpx.Client) -> None:
    items = client.get("/v1/rankings", params={"limit": "1000", "w.calibration_error": "4"}).json()["items"]
    assert all(one["score"] >= other["score"] for one, other in pairwise(items))


def test_a_record_of_a_table_has_a_rank_or_none_and_what_is_missing_in_words(small_pool: Snapshot) -> None:
    found = ranked(small_pool)
    table = found.table(found.rows)
    records: dict[str, Any] = {str(record["model_id"]): record for record in table.records}
    assert list(records) == ["birch", "cedar", "dogwood", "elm", "ash"]
    assert [records[key]["rank"] for key in records] == [1, 2, 2, 4, None]
    ash, birch, dogwood = (records[key] for key in ("ash", "birch", "dogwood"))
    assert (ash["score"], ash["accuracy"], ash["missing"]) == (None, None, "accuracy:not_measured")
    assert (ash["better_than.accuracy"], ash["percentile.accuracy"]) == (None, None)
    assert (birch["flags"], birch["flagged"], birch["missing"]) == ("outlier", "accuracy:outlier", "")
    assert (dogwood["flags"], dogwood["flagged"]) == ("label-corrected", "")
    assert (birch["better_than.accuracy"], birch["others.accuracy"]) == (3, 3)
    assert sum(value for name, value in birch.items() if name.startswith("contribution.")) == pytest.approx(
        birch["score"]
    )
    # Every record has the columns that the table declares, in one order.
    assert all(set(record) == set(table.columns) for record in table.records)


def test_a_model_without_a_score_is_refused_with_what_it_lacks(small_pool: Snapshot) -> None:
    found = ranked(small_pool)
    assert scored_row(found.prepared, found.view, "birch") == 1
    with pytest.raises(ProblemError) as refused:
        scored_row(found.prepared, found.view, "ash")
    assert (refused.value.status, refused.value.code) == (422, "model_without_score")
    assert refused.value.detail == "ash has no score under these weights: it has no value of accuracy."
    assert refused.value.next_step == "Set these weights to 0."
    # Flagged values count as missing there, and return with them.
    screened = ranked(small_pool, quality="screened")
    with pytest.raises(ProblemError, match="Birch has no score") as refused:
        scored_row(screened.prepared, screened.view, "birch")
    assert refused.value.next_step == "Set these weights to 0, or use quality=all."
    # What has no weight may be missing.
    light = ranked(small_pool, preset="paper", **{"w.accuracy": "0"})
    assert scored_row(light.prepared, light.view, "ash") == 0


def ranked(snapshot: Snapshot, **given: str) -> Ranked:
    view = ViewQuery.read({"preset": "accuracy", **given}).view()
    return rank_models(Prepared(snapshot, view.pool.quality, view.normalisation), view)
