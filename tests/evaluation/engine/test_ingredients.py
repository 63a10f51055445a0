"""What a number is made of, and its digest."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evaluation.attacks import ATTACKS
from evaluation.benchmark import BENCHMARKS, Benchmark
from evaluation.corruptions import CORRUPTIONS
from evaluation.engine import inference, stages
from evaluation.engine import ingredients as module
from evaluation.engine.ingredients import dimension_digest, extra_attacks, extra_corruptions, ingredients_digest
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES
from quba.dimension import Pass
from quba.dimensions import MEASURES, DimensionSet, dimensions_in_force
from quba.measuring.observations import Measured
from quba.study_ingredients import STUDY_INGREDIENTS
from tests.dimension_package import doubt_of

if TYPE_CHECKING:
    from evaluation.models.loaded_model import LoadedModel
    from tests.evaluation.conftest import World

TOY = BENCHMARKS["toy-shapes"]
STUDY = BENCHMARKS["imagenet-1k"]


def changed(before: Benchmark, after: Benchmark) -> set[str]:
    """The dimensions that are made of something else."""
    return {key for key in MEASURES if dimension_digest(before, key) != dimension_digest(after, key)}


def test_every_published_corruption_exists() -> None:
    assert set(PUBLISHED_CORRUPTIONS) <= set(CORRUPTIONS)
    assert len(set(PUBLISHED_CORRUPTIONS)) == 15


def test_nothing_here_is_an_extra() -> None:
    assert extra_attacks() == extra_corruptions() == ()


def test_sizes_are_counted_and_made_of_no_images() -> None:
    assert dimension_digest(TOY, "parameters_millions") is None
    assert changed(TOY, STUDY) == set(MEASURES) - {"parameters_millions"}


@pytest.mark.parametrize(
    ("source", "dimensions"),
    [
        (Pass.SKETCH, {"ood_robustness"}),
        (Pass.CUE_CONFLICT, {"shape_bias"}),
        (Pass.CLEAN, set(MEASURES) - {"shape_bias", "parameters_millions"}),
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
        before = {key: dimension_digest(TOY, key) for key in MEASURES}
        of_files, all_of_toy = ingredients_digest(STUDY), ingredients_digest(TOY)
        with monkeypatch.context() as patch:
            patch.setattr(module, name, fewer)
            after = {key: dimension_digest(TOY, key) for key in MEASURES}
            assert {key for key in MEASURES if before[key] != after[key]} == {
                "corruption_robustness",
                "relative_corruption_error",
            }
            assert ingredients_digest(TOY) != all_of_toy
            assert ingredients_digest(STUDY) == of_files


def test_another_setting_of_an_attack_changes_adversarial_robustness(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {key: dimension_digest(TOY, key) for key in MEASURES}
    stronger = replace(ATTACKS[Pass.PGD], settings={**ATTACKS[Pass.PGD].settings, "num_steps": 20})
    monkeypatch.setattr(module, "ATTACKS", {**ATTACKS, Pass.PGD: stronger})
    after = {key: dimension_digest(TOY, key) for key in MEASURES}
    assert {key for key in MEASURES if before[key] != after[key]} == {"adversarial_robustness"}


def test_a_benchmark_without_clean_images_is_made_of_less() -> None:
    without = replace(TOY, data_sets={key: each for key, each in TOY.data_sets.items() if key is not Pass.CLEAN})
    assert "adversarial_robustness" in changed(TOY, without)


def test_an_extra_becomes_a_part_and_enters_no_value(
    world: "World", sees_shape: "LoadedModel", monkeypatch: pytest.MonkeyPatch
) -> None:
    mim = replace(ATTACKS[Pass.FGSM], key="mim")
    for place in (module, stages, inference):
        monkeypatch.setattr(place, "ATTACKS", {**ATTACKS, "mim": mim})
    # The benchmark has its corruptions on disk, so that fog made here is another one.
    monkeypatch.setattr(stages, "extra_corruptions", lambda: ("fog",))
    dimensions = ("adversarial_robustness", "corruption_robustness")
    plain = world.run(sees_shape, dimensions=dimensions).execute()["sees-shape"]
    found = world.run(sees_shape, dimensions=dimensions, extras=("mim", "fog")).execute()["sees-shape"]
    for key in dimensions:
        without, with_extras = plain[key], found[key]
        assert isinstance(without, Measured)
        assert isinstance(with_extras, Measured)
        assert with_extras.value == without.value
        assert {name: part for name, part in with_extras.parts.items() if name != "extras"} == without.parts
    attacked, corrupted = (found[key].parts for key in dimensions)
    # The same attack under another name leaves the same images right.
    assert attacked["extras"] == {"mim": attacked["fgsm"]}
    assert list(corrupted["extras"]["fog"]) == ["1", "2", "3", "4", "5"]


def test_an_extra_that_cannot_be_measured_costs_no_value(
    own_world: "World", sees_shape: "LoadedModel", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "extra_corruptions", lambda: ("fog",))
    for path in (own_world.root / "clean").glob("*.png"):
        path.unlink()
    run = own_world.run(sees_shape, dimensions=("corruption_robustness", "ood_robustness"), extras=("fog",))
    found = run.execute()["sees-shape"]
    assert "extras" not in found["corruption_robustness"].parts


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        ("imagenet-1k", "2c9617189552a0d769281dcf37b284ae9c033471944aaec554958f94691c933c"),
        ("toy-shapes", "6c3f9bcc660dba6438012a6cc65857c837dd0345b243184e61ad85a067fdf5f4"),
    ],
)
def test_what_published_numbers_are_made_of_is_pinned(key: str, digest: str) -> None:
    # Under another digest no finished step would be recognised; a dimension that the study does not have changes none.
    assert ingredients_digest(BENCHMARKS[key]) == digest


def test_the_service_knows_what_the_studys_values_are_made_of() -> None:
    assert {key: dimension_digest(STUDY, key) for key in STUDY_INGREDIENTS} == {
        key: each.digest for key, each in STUDY_INGREDIENTS.items()
    }


def test_the_service_knows_how_many_images_the_studys_values_rest_on() -> None:
    images = {source: each.image_count * len(each.variants) for source, each in STUDY.data_sets.items()}
    shifted = (Pass.EDGE, Pass.SILHOUETTE, Pass.SKETCH, Pass.STYLIZED, Pass.RENDITIONS)
    known = {key: each.image_count for key, each in STUDY_INGREDIENTS.items() if each.image_count}
    assert known == {
        **dict.fromkeys(
            ("accuracy", "adversarial_robustness", "calibration_error", "class_balance"), images[Pass.CLEAN]
        ),
        "corruption_robustness": images[Pass.CORRUPTIONS],
        "ood_robustness": sum(images[source] for source in shifted),
        "object_focus": images[Pass.MIXED_SAME] + images[Pass.MIXED_RAND],
    }


def test_a_package_and_its_version_are_an_ingredient_of_what_it_measures() -> None:
    with dimensions_in_force(DimensionSet(own=(doubt_of("one"),))):
        digests = {version: dimension_digest(TOY, "doubt", version) for version in ("1.0", "1.1", None)}
        assert dimension_digest(TOY, "doubt", "1.0") == digests["1.0"]
    with dimensions_in_force(DimensionSet(own=(doubt_of("another"),))):
        digests["another package"] = dimension_digest(TOY, "doubt", "1.0")
    digests["of the program"] = dimension_digest(TOY, "brier_score")
    assert len(set(digests.values())) == len(digests)
