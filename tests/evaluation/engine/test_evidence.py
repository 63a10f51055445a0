"""What is kept of a measured model, on models whose decisions are known, whichever dimensions were asked for."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from evaluation.engine.evidence import conditions_of
from evaluation.engine.stages import Request
from quba.dimension import Missing, Pass
from quba.measuring.evidence import Conditions, Evidence
from quba.measuring.jackknife import GROUP_COUNT, jackknife_standard_error
from quba.measuring.observations import Measured
from quba.vocabulary import Protocol
from tests.evaluation.conftest import CLASSES, PER_CLASS, VALUED

if TYPE_CHECKING:
    from evaluation.models.loaded_model import LoadedModel
    from tests.evaluation.conftest import World

CLEAN = CLASSES * PER_CLASS
CONFLICTING = CLASSES * CLASSES * 2


def test_every_pass_and_every_dimension_is_kept(world: "World", sees_shape: "LoadedModel") -> None:
    run = world.run(sees_shape)
    run.execute()
    kept = Evidence.from_bytes(run.evidence("sees-shape").to_bytes())
    assert kept.conditions == Conditions(
        benchmark="signals", digest=None, protocol="corrected", seed=0, samples_per_class=None
    )
    expected = {
        "clean", "fgsm", "pgd", "edge", "silhouette", "sketch", "stylized", "renditions", "mixed_same", "mixed_rand",
        "cue_conflict", "corruptions:fog/1", "corruptions:fog/2", "corruptions:snow/1", "corruptions:snow/2",
    }  # fmt: skip
    assert kept.right.keys() == expected
    assert {name: right.size for name, right in kept.right.items()} == {
        name: CONFLICTING if name == "cue_conflict" else CLEAN for name in expected
    }
    assert kept.labels is not None
    assert kept.labels.tolist() == [label for label in range(CLASSES) for _ in range(PER_CLASS)]
    assert kept.confidence is not None
    assert kept.confidence.size == CLEAN
    results = {key: each for key, each in run.results["sees-shape"].items() if isinstance(each, Measured)}
    assert kept.values == {key: each.value for key, each in results.items()}
    assert kept.standard_errors == {key: each.standard_error for key, each in results.items()}
    # Parameters are counted and not measured on images.
    assert kept.replicates.keys() == set(VALUED) - {"parameters_millions"}
    assert {values.size for values in kept.replicates.values()} == {GROUP_COUNT}


def test_the_replicates_are_those_of_the_dimension(world: "World", sees_texture: "LoadedModel") -> None:
    run = world.run(sees_texture, dimensions=("calibration_error", "shape_bias"))
    found = run.execute()["sees-texture"]["calibration_error"]
    assert isinstance(found, Measured)
    kept = run.evidence("sees-texture")
    assert jackknife_standard_error(kept.replicates["calibration_error"]) == pytest.approx(found.standard_error)
    # The model never goes by shape, whichever images are left out.
    assert kept.replicates["shape_bias"].tolist() == [0.0] * GROUP_COUNT
    assert not kept.right["cue_conflict"][np.repeat(~np.eye(CLASSES, dtype=bool).ravel(), 2)].any()


@pytest.mark.parametrize(
    ("dimension", "passes", "labelled"),
    [
        ("accuracy", {"clean"}, True),
        ("shape_bias", {"cue_conflict"}, False),
        ("object_focus", {"clean", "mixed_same", "mixed_rand"}, True),
        ("parameters_millions", set(), False),
    ],
)
def test_it_is_kept_whichever_dimension_was_asked_for(
    world: "World", sees_shape: "LoadedModel", dimension: str, passes: set[str], labelled: bool
) -> None:
    run = world.run(sees_shape, dimensions=(dimension,))
    run.execute()
    kept = Evidence.from_bytes(run.evidence("sees-shape").to_bytes())
    assert kept.right.keys() == passes
    assert (kept.labels is not None, kept.confidence is not None) == (labelled, labelled)
    assert kept.values.keys() == {dimension}
    assert (dimension in kept.replicates) == bool(passes)


def test_a_subset_keeps_its_images_and_says_so(world: "World", sees_shape: "LoadedModel") -> None:
    run = world.run(sees_shape, dimensions=("accuracy", "class_balance"), samples_per_class=3, seed=4)
    run.execute()
    kept = run.evidence("sees-shape")
    assert (kept.conditions.samples_per_class, kept.conditions.seed) == (3, 4)
    assert kept.right["clean"].size == 3 * CLASSES
    assert kept.labels is not None
    assert np.bincount(kept.labels).tolist() == [3] * CLASSES


def test_images_that_ran_in_another_order_are_kept_in_that_of_the_data_set(
    world: "World", sees_shape: "LoadedModel", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.engine.class_order.MOST_IMAGES", 8)
    plain = world.run(sees_shape, dimensions=("accuracy", "calibration_error"))
    plain.execute()
    drawn = world.run(sees_shape, dimensions=("accuracy", "calibration_error"), checks_order=True)
    drawn.execute()
    one, other = plain.evidence("sees-shape"), drawn.evidence("sees-shape")
    assert one.labels is not None
    assert one.confidence is not None
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.confidence, other.confidence)
    np.testing.assert_array_equal(one.right["clean"], other.right["clean"])


@pytest.mark.parametrize("checked", [False, True])
def test_images_that_could_not_be_read_leave_the_others_their_places(
    own_world: "World", sees_shape: "LoadedModel", monkeypatch: pytest.MonkeyPatch, checked: bool
) -> None:
    monkeypatch.setattr("evaluation.engine.step_results._require_readable", lambda *_: None)
    monkeypatch.setattr("evaluation.engine.class_order.MOST_IMAGES", 8)
    monkeypatch.setattr("evaluation.engine.stages._IMAGES_PER_STEP", 24)
    paths = sorted((own_world.root / "clean").glob("*.png"))
    broken = [0, 17, 18, 40, 63]
    for place in broken:
        paths[place].write_bytes(b"no picture")
    run = own_world.run(sees_shape, dimensions=("accuracy", "ood_robustness"), checks_order=checked)
    run.execute()
    kept = Evidence.from_bytes(run.evidence("sees-shape").to_bytes())
    assert kept.unread["clean"].tolist() == broken
    assert kept.unread.keys() == {"clean"}
    assert kept.places("clean").tolist() == [place for place in range(CLEAN) if place not in broken]
    # The place tells the class, for the files are in the order of their labels.
    assert kept.labels is not None
    assert kept.labels.tolist() == (kept.places("clean") // PER_CLASS).tolist()


def test_what_has_no_value_says_why(world: "World", always_wrong: "LoadedModel") -> None:
    run = world.without(Pass.CUE_CONFLICT).run(
        always_wrong, dimensions=("accuracy", "ood_robustness", "shape_bias"), samples_per_class=2
    )
    run.execute()
    kept = Evidence.from_bytes(run.evidence("always-wrong").to_bytes())
    assert kept.missing == {
        "ood_robustness": Missing.ZERO_CLEAN_ACCURACY, "shape_bias": Missing.NOT_APPLICABLE,
    }  # fmt: skip
    assert kept.values == {"accuracy": 0.0}
    assert not kept.replicates.keys() & kept.missing.keys()


def test_a_continued_run_keeps_the_same_bytes(world: "World", sees_shape: "LoadedModel") -> None:
    first, second = (world.run(sees_shape, dimensions=("accuracy", "calibration_error")) for _ in range(2))
    first.execute()
    second.execute()
    assert first.evidence("sees-shape").to_bytes() == second.evidence("sees-shape").to_bytes()


def test_the_conditions_are_those_of_the_request(world: "World") -> None:
    request = Request(
        benchmark=replace(world.benchmark, digest="sha256:1"),
        protocol=Protocol.AS_PUBLISHED,
        seed=7,
        samples_per_class=5,
    )
    assert conditions_of(request) == Conditions(
        benchmark="signals", digest="sha256:1", protocol="as-published", seed=7, samples_per_class=5
    )
