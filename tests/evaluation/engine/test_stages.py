from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import evaluation.engine.stages as module
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.stages import OF_CLEAN_IMAGES, Protocol, Request, plan
from evaluation.published import PUBLISHED_CORRUPTIONS
from quba.dimension import Missing, Pass
from quba.dimensions import MEASURES, DimensionSet, dimensions_in_force
from quba.study_ingredients import AFTER_AN_ATTACK
from quba.vocabulary import RANKED_PROTOCOLS
from tests.dimension_package import doubt_of
from tests.evaluation.conftest import data_set_of

RANKED = tuple(map(Protocol, RANKED_PROTOCOLS))
ROOT = Path(__file__).resolve().parents[3]

if TYPE_CHECKING:
    from tests.evaluation.conftest import World


def test_all_dimensions_need_every_image_once(world: "World") -> None:
    found = plan(Request(benchmark=world.benchmark))
    assert not found.absent
    assert [stage.key for stage in found.stages] == [
        "edge", "silhouette", "sketch", "stylized", "renditions", "cue_conflict", "mixed_same", "mixed_rand",
        "clean+fgsm+pgd.corrected.probabilities",
        "corruptions.fog-1", "corruptions.fog-2", "corruptions.snow-1", "corruptions.snow-2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("dimensions", "keys"),
    [
        (("accuracy",), ["clean"]),
        (("accuracy", "calibration_error", "class_balance"), ["clean.probabilities"]),
        (("shape_bias",), ["cue_conflict"]),
        (("object_focus",), ["mixed_same", "mixed_rand", "clean"]),
        (("parameters_millions",), []),
    ],
)
def test_only_what_is_needed_is_run(world: "World", dimensions: tuple[str, ...], keys: list[str]) -> None:
    assert [stage.key for stage in plan(Request(benchmark=world.benchmark, dimensions=dimensions)).stages] == keys


def test_the_order_of_the_dimensions_changes_nothing(world: "World") -> None:
    backwards = tuple(MEASURES)[::-1]
    assert plan(Request(benchmark=world.benchmark, dimensions=backwards)) == plan(Request(benchmark=world.benchmark))


def test_corruptions_are_made_on_the_fly_where_there_are_none(world: "World") -> None:
    without = world.without(Pass.CORRUPTIONS).benchmark
    stages = plan(Request(benchmark=without, dimensions=("corruption_robustness",))).stages
    assert [stage.outcome for stage in stages[1:6]] == [f"gaussian_noise/{severity}" for severity in range(1, 6)]
    assert len(stages) == 1 + 15 * 5
    assert {stage.data_set.source for stage in stages} == {Pass.CLEAN}
    assert {stage.corruption for stage in stages} == {"", *PUBLISHED_CORRUPTIONS}
    assert len({stage.key for stage in stages}) == len(stages)


def test_what_a_benchmark_lacks_is_named(world: "World") -> None:
    found = plan(Request(benchmark=world.without(Pass.CLEAN, Pass.EDGE).benchmark))
    assert found.absent == dict.fromkeys(
        [Pass.EDGE, Pass.CLEAN, Pass.FGSM, Pass.PGD, Pass.CORRUPTIONS], Missing.NOT_APPLICABLE
    )
    assert Pass.CLEAN not in {source for stage in found.stages for source in stage.passes}


def test_shifted_sets_of_ones_own_take_the_place_of_the_five(world: "World") -> None:
    own = world.with_data_set(data_set_of(Pass.SHIFTED, ("night", "phone"), images=8))
    own = own.with_data_set(data_set_of(Pass.GENERATED, ("edge",)))
    found = plan(Request(benchmark=own.benchmark, dimensions=("ood_robustness",)))
    assert [stage.key for stage in found.stages] == ["shifted.night", "shifted.phone", "generated.edge", "clean"]
    assert [stage.label for stage in found.stages][:2] == ["shifted, night", "shifted, phone"]
    # Renditions are made of the clean images, and a subset keeps the same of them; shifted sets are other images.
    assert [stage.images_per_label(3) for stage in found.stages] == [None, None, 3, 3]
    assert not found.absent


def test_what_a_benchmark_lacks_comes_with_the_way_to_it(world: "World") -> None:
    bare = world.without(Pass.EDGE, Pass.MIXED_SAME, Pass.CUE_CONFLICT)
    details = plan(Request(benchmark=bare.benchmark)).details
    assert details[Pass.EDGE].startswith("Signals has no images for OOD robustness. Add images of the same classes")
    assert "benchmark masks" in details[Pass.MIXED_SAME]
    assert "for shape bias" in details[Pass.CUE_CONFLICT]
    assert set(plan(Request(benchmark=world.without(Pass.CLEAN).benchmark)).details) == set()


def test_attacks_weigh_more_and_are_saved_more_often(world: "World") -> None:
    request = Request(benchmark=world.benchmark, dimensions=("adversarial_robustness", "shape_bias"))
    small, attacked = plan(request).stages
    assert attacked.cost > 20 * small.cost
    assert attacked.images_per_step < small.images_per_step
    assert (attacked.expected_images(None), attacked.expected_images(3)) == (64, 12)


def test_a_subset_cuts_the_clean_images_and_leaves_small_sets_whole() -> None:
    """With one image of each class, cue conflict used to be cut to 16 of its 1,280 images."""
    for suite, most in ((BENCHMARKS["imagenet-1k"], 1_000), (BENCHMARKS["toy-shapes"], 16)):
        expected = {
            stage.passes[0]: stage.expected_images(1)
            for stage in plan(Request(benchmark=suite, samples_per_class=1)).stages
        }
        assert expected[Pass.CLEAN] == expected[Pass.CORRUPTIONS] == most
        small = {source: each for source, each in suite.data_sets.items() if each.image_count <= 2_000}
        assert Pass.CUE_CONFLICT in small
        for source in small.keys() - OF_CLEAN_IMAGES:
            assert expected[source] == suite.data_sets[source].image_count


@pytest.mark.parametrize(
    ("per_class", "mixed", "renditions"), [(1, 2_007, 2_000), (3, 3_006, 3_000), (40, 4_050, 30_000)]
)
def test_larger_sets_keep_2000_images_or_as_many_as_the_clean_subset(
    per_class: int, mixed: int, renditions: int
) -> None:
    request = Request(benchmark=BENCHMARKS["imagenet-1k"], samples_per_class=per_class)
    expected = {stage.passes[0]: stage.expected_images(per_class) for stage in plan(request).stages}
    assert (expected[Pass.MIXED_RAND], expected[Pass.RENDITIONS]) == (mixed, renditions)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"dimensions": ("beauty",)}, r"\['beauty'\] cannot be measured; use some of: accuracy"),
        ({"dimensions": ()}, "use some of: accuracy"),
        ({"samples_per_class": 0}, "samples per class is 0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_requests_are_checked(world: "World", wishes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Request(benchmark=world.benchmark, **wishes)  # type: ignore[arg-type]


def test_the_protocol_names_the_attacked_stage_only(world: "World") -> None:
    keys = [
        {stage.key for stage in plan(Request(benchmark=world.benchmark, protocol=protocol)).stages}
        for protocol in RANKED
    ]
    assert len(keys[0] - keys[1]) == len(keys[1] - keys[0]) == 1


@pytest.mark.parametrize("extra", ["no-such", "fog", "pgd"])
@pytest.mark.parametrize(
    ("corruptions", "step"),
    [((), "all that is installed is measured without it"), (("saturate", "spatter"), "use some of: saturate, spatter")],
)
def test_what_is_measured_anyway_is_no_extra(
    world: "World", monkeypatch: pytest.MonkeyPatch, extra: str, corruptions: tuple[str, ...], step: str
) -> None:
    monkeypatch.setattr(module, "extra_corruptions", lambda: corruptions)
    monkeypatch.setattr(module, "extra_attacks", tuple)
    with pytest.raises(ValueError, match=f"^extra '{extra}' is not known; {step}\\.$"):
        Request(benchmark=world.benchmark, extras=(extra,))


def test_an_extra_needs_the_dimension_that_it_is_a_part_of(world: "World", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "extra_corruptions", lambda: ("fog",))
    monkeypatch.setattr(module, "extra_attacks", tuple)
    with pytest.raises(ValueError, match="extra fog is a part of corruption_robustness; measure that dimension too"):
        Request(benchmark=world.benchmark, extras=("fog",), dimensions=("accuracy",))
    found = plan(Request(benchmark=world.benchmark, extras=("fog",), dimensions=("corruption_robustness",))).stages
    assert [stage.outcome for stage in found if stage.extra] == [f"fog/{severity}" for severity in range(1, 6)]
    # They are made here although the benchmark has corruptions on disk, and come before what they are a part of.
    assert {stage.data_set.source for stage in found if stage.extra} == {Pass.CLEAN}
    assert [stage.extra for stage in found] == sorted((stage.extra for stage in found), reverse=True)


def test_a_stage_says_what_is_run_in_words() -> None:
    toy = BENCHMARKS["toy-shapes"]
    labels = {stage.key: stage.label for stage in plan(Request(benchmark=toy)).stages}
    assert len(set(labels.values())) == len(labels)
    assert labels["edge"] == "Toy edge"
    assert labels["corruptions.jpeg_compression-3"] == "Toy validation, jpeg compression at severity 3"
    (attacked,) = [label for label in labels.values() if "attacked" in label]
    assert attacked == "Toy validation, attacked by fgsm and pgd"
    of_files = [stage.label for stage in plan(Request(benchmark=BENCHMARKS["imagenet-1k"])).stages]
    assert "ImageNet-C, fog at severity 3" in of_files


@pytest.mark.parametrize("suite", sorted(BENCHMARKS))
@pytest.mark.parametrize("protocol", RANKED)
def test_no_two_stages_share_a_key_and_every_key_is_a_plain_name_of_a_folder(suite: str, protocol: Protocol) -> None:
    """Two stages of one key would take up each other's steps."""
    keys = [stage.key for stage in plan(Request(benchmark=BENCHMARKS[suite], protocol=protocol)).stages]
    assert len(set(keys)) == len(keys) > 8
    assert [key for key in keys if Path(key).name != key or not key.isascii() or key.startswith(".")] == []


def test_steps_without_probabilities_are_not_taken_for_steps_with_them() -> None:
    suite = BENCHMARKS["toy-shapes"]
    plain, full = (
        {stage.key for stage in plan(Request(benchmark=suite, dimensions=asked)).stages if Pass.CLEAN in stage.passes}
        for asked in (("accuracy",), ("accuracy", "calibration_error"))
    )
    assert not plain & full


def test_a_model_that_cannot_be_attacked_needs_the_clean_images_alone(world: "World") -> None:
    whole = plan(Request(benchmark=world.benchmark))
    found = whole.without_attacks(Missing.NO_GRADIENTS, "It has none.")
    assert [stage.key for stage in found.stages if Pass.CLEAN in stage.passes] == ["clean.probabilities"]
    assert [stage for stage in found.stages if Pass.CLEAN not in stage.passes] == [
        stage for stage in whole.stages if not stage.attacks
    ]
    assert found.absent == dict.fromkeys((Pass.FGSM, Pass.PGD), Missing.NO_GRADIENTS)
    assert found.details == dict.fromkeys((Pass.FGSM, Pass.PGD), "It has none.")


def test_attacks_in_a_stage_of_their_own_fall_away_with_it(world: "World") -> None:
    asked = Request(benchmark=world.benchmark, dimensions=("adversarial_robustness",), checks_order=True)
    found = plan(asked).without_attacks(Missing.NO_GRADIENTS, "")
    assert [stage.passes for stage in found.stages] == [(Pass.CLEAN,)]


def test_without_attacks_asked_for_nothing_changes(world: "World") -> None:
    light = plan(Request(benchmark=world.benchmark, dimensions=("accuracy",)))
    assert light.without_attacks(Missing.NO_GRADIENTS, "") == light


def released(world: "World", **wishes: object) -> Request:
    asked: dict[str, Any] = {"dimensions": AFTER_AN_ATTACK, "protocol": Protocol.AS_RELEASED, **wishes}
    return Request(benchmark=world.benchmark, **asked)


def test_as_released_shuffles_what_the_study_shuffled_and_shares_no_step(world: "World") -> None:
    stages = plan(released(world)).stages
    assert {stage.key for stage in stages if stage.shuffled} == {
        "renditions.as-released", "clean+fgsm+pgd.as-released.probabilities",
    }  # fmt: skip
    assert all("as-released" in stage.key for stage in stages)
    assert [stage.reordered for stage in stages] == [stage.shuffled for stage in stages]
    ordinary = plan(Request(benchmark=world.benchmark, dimensions=AFTER_AN_ATTACK, protocol=Protocol.AS_PUBLISHED))
    assert not any(stage.shuffled for stage in ordinary.stages)
    assert not {stage.key for stage in stages} & {stage.key for stage in ordinary.stages}


def test_as_released_takes_what_the_defects_touch_on_the_studys_benchmarks(world: "World") -> None:
    with pytest.raises(ValueError, match="accuracy, shape_bias cannot be measured under as-released"):
        released(world, dimensions=("accuracy", "calibration_error", "shape_bias"))
    with pytest.raises(ValueError, match="signals is a benchmark of your own; use as-published or corrected"):
        released(replace(world, benchmark=replace(world.benchmark, digest="sha256:1")))
    with pytest.raises(ValueError, match="has no extras; leave them out under as-released"):
        released(world, extras=("mim",))


def test_a_dimension_that_nobody_can_measure_is_refused_and_one_of_a_package_is_not() -> None:
    imported = replace(doubt_of("nobody"), key="throughput", plug_in=None, passes=())
    toy = BENCHMARKS["toy-shapes"]
    with dimensions_in_force(DimensionSet(own=(doubt_of("somebody"), imported))):
        installed = Request(benchmark=toy, dimensions=("doubt",), package_versions={"doubt": "1.5"})
        assert [stage.key for stage in plan(installed).stages] == ["clean.probabilities"]
        assert plan(Request(benchmark=toy, dimensions=("doubt",))).stages == ()
        [clean] = plan(Request(benchmark=toy, dimensions=("doubt", "accuracy"))).stages
        assert not clean.keeps_probabilities
        with pytest.raises(ValueError, match=r"\['throughput'\] cannot be measured; use some of: .*, doubt\."):
            Request(benchmark=toy, dimensions=("throughput",))
