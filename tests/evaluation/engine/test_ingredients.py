"""What a number is made of, and its digest."""

from dataclasses import replace

import pytest

from evaluation.attacks import ATTACKS
from evaluation.benchmark import BENCHMARKS, Benchmark
from evaluation.corruptions import CORRUPTIONS
from evaluation.engine import ingredients as module
from evaluation.engine.ingredients import dimension_digest, extra_attacks, extra_corruptions, ingredients_digest
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES
from quba.dimension import Pass
from quba.dimensions import DIMENSIONS

TOY = BENCHMARKS["toy-shapes"]
STUDY = BENCHMARKS["imagenet-1k"]


def changed(before: Benchmark, after: Benchmark) -> set[str]:
    """The dimensions that are made of something else."""
    return {key for key in DIMENSIONS if dimension_digest(before, key) != dimension_digest(after, key)}


def test_every_published_corruption_exists() -> None:
    assert set(PUBLISHED_CORRUPTIONS) <= set(CORRUPTIONS)
    assert len(set(PUBLISHED_CORRUPTIONS)) == 15


def test_nothing_here_is_an_extra() -> None:
    assert extra_attacks() == extra_corruptions() == ()


def test_sizes_are_counted_and_made_of_no_images() -> None:
    assert dimension_digest(TOY, "parameters_millions") is None
    assert changed(TOY, STUDY) == set(DIMENSIONS) - {"parameters_millions"}


@pytest.mark.parametrize(
    ("source", "dimensions"),
    [
        (Pass.SKETCH, {"ood_robustness"}),
        (Pass.CUE_CONFLICT, {"shape_bias"}),
        (Pass.CLEAN, set(DIMENSIONS) - {"shape_bias", "parameters_millions"}),
    ],
)
def test_another_set_changes_what_is_made_of_it(source: Pass, dimensions: set[str]) -> None:
    other = replace(TOY.data_sets[source], key="another")
    after = replace(TOY, data_sets={**TOY.data_sets, source: other})
    assert changed(TOY, after) == dimensions
    assert ingredients_digest(after) != ingredients_digest(TOY)


def test_another_corruption_or_severity_changes_corruption_robustness_where_it_is_made_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, fewer in (("PUBLISHED_CORRUPTIONS", PUBLISHED_CORRUPTIONS[:-1]), ("SEVERITIES", SEVERITIES[:-1])):
        before = {key: dimension_digest(TOY, key) for key in DIMENSIONS}
        of_files, all_of_toy = ingredients_digest(STUDY), ingredients_digest(TOY)
        with monkeypatch.context() as patch:
            patch.setattr(module, name, fewer)
            after = {key: dimension_digest(TOY, key) for key in DIMENSIONS}
            assert {key for key in DIMENSIONS if before[key] != after[key]} == {"corruption_robustness"}
            assert ingredients_digest(TOY) != all_of_toy
            assert ingredients_digest(STUDY) == of_files


def test_another_setting_of_an_attack_changes_adversarial_robustness(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {key: dimension_digest(TOY, key) for key in DIMENSIONS}
    stronger = replace(ATTACKS[Pass.PGD], settings={**ATTACKS[Pass.PGD].settings, "num_steps": 20})
    monkeypatch.setattr(module, "ATTACKS", {**ATTACKS, Pass.PGD: stronger})
    after = {key: dimension_digest(TOY, key) for key in DIMENSIONS}
    assert {key for key in DIMENSIONS if before[key] != after[key]} == {"adversarial_robustness"}


def test_a_benchmark_without_clean_images_is_made_of_less() -> None:
    without = replace(TOY, data_sets={key: each for key, each in TOY.data_sets.items() if key is not Pass.CLEAN})
    assert "adversarial_robustness" in changed(TOY, without)
