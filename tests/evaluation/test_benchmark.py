"""The registries: which data sets and benchmarks there are, and that they fit the science and the store."""

from dataclasses import replace

import pytest

from evaluation import benchmark as module
from evaluation.benchmark import BENCHMARKS
from evaluation.datasets import DATA_SETS
from evaluation.published import PUBLISHED_DATA_SETS
from quba.benchmarks import BUILT_IN
from quba.dimension import Pass
from quba.dimensions import DIMENSIONS

SUITES = {
    "imagenet-1k": (
        "imagenet-val", "imagenet-c", "edge", "silhouette", "sketch", "stylized", "imagenet-r", "cue-conflict",
        "mixed-same", "mixed-rand",
    ),
    "toy-shapes": (
        "toy-val", "toy-edge", "toy-silhouette", "toy-sketch", "toy-stylized", "toy-renditions", "toy-cue-conflict",
        "toy-mixed-same", "toy-mixed-rand",
    ),
}  # fmt: skip


def test_the_published_data_sets_are_these_in_this_order() -> None:
    published = tuple(key for key in DATA_SETS if key in PUBLISHED_DATA_SETS)
    assert published == SUITES["imagenet-1k"] + SUITES["toy-shapes"]
    assert all(key == each.key for key, each in DATA_SETS.items())


@pytest.mark.parametrize("key", SUITES)
def test_a_benchmark_holds_its_data_sets_by_their_pass(key: str) -> None:
    suite = BENCHMARKS[key]
    assert tuple(each.key for each in suite.data_sets.values()) == SUITES[key]
    assert all(source is each.source for source, each in suite.data_sets.items())
    assert all(each.benchmark == key for each in suite.data_sets.values())


def test_the_benchmarks_are_those_of_the_store() -> None:
    assert {key: (each.label, each.class_count, each.default_protocol) for key, each in BENCHMARKS.items()} == {
        key: (each.label, each.class_count, each.default_protocol) for key, each in BUILT_IN.items()
    }


@pytest.mark.parametrize("key", SUITES)
def test_every_pass_of_every_dimension_can_be_run(key: str) -> None:
    wanted = {source for each in DIMENSIONS.values() for source in each.passes}
    # Attacks run on the clean images, and corruptions are made from them where there is no set.
    made = {Pass.FGSM, Pass.PGD, Pass.CORRUPTIONS}
    assert wanted - made <= set(BENCHMARKS[key].data_sets)


def test_the_clean_set_has_the_classes_of_its_benchmark() -> None:
    for suite in BENCHMARKS.values():
        clean = suite.data_sets[Pass.CLEAN]
        assert clean.label_count == suite.class_count
        assert clean.image_count % clean.label_count == 0


def test_the_published_data_sets_exist() -> None:
    assert set(DATA_SETS) >= PUBLISHED_DATA_SETS


@pytest.mark.parametrize("newcomer", ["aaa", "zzz"])
def test_a_second_data_set_for_a_pass_does_not_take_its_place(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, newcomer: str
) -> None:
    val = DATA_SETS["toy-val"]
    pair = {each.key: each for each in (val, replace(val, key=newcomer))}
    monkeypatch.setattr(module, "DATA_SETS", {key: pair[key] for key in sorted(pair)})
    assert module._suite("toy-shapes") == {Pass.CLEAN: val}
    assert f"data set {newcomer} is not used: toy-val answers the pass clean" in caplog.text
