"""From the observations of a run to nine values: brute force, absent passes, and parts that are plain JSON."""

import json
import statistics
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from importlib import import_module
from inspect import isfunction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import gmean

from quba.dimension import Missing, Pass, UndefinedResult
from quba.dimensions import DIMENSIONS, MEASURES, STUDY_DIMENSIONS
from quba.dimensions.calibration_error import adaptive_calibration_error, expected_calibration_error
from quba.dimensions.class_balance import confidence_balance, prediction_balance
from quba.dimensions.relative_corruption_error import ALEXNET_ERRORS, IMAGENET_C
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error
from quba.measuring.observations import ONLY, CueDecisions, Measured, Observations, Outcome
from tests.quba.conftest import kinds_of

relaxed = settings(deadline=None)
OOD = (Pass.EDGE, Pass.SILHOUETTE, Pass.SKETCH, Pass.STYLIZED, Pass.RENDITIONS)
PLAIN = (Pass.CLEAN, Pass.FGSM, Pass.PGD, *OOD, Pass.MIXED_SAME, Pass.MIXED_RAND)


def right(*found: int) -> Outcome:
    return Outcome(right=np.array(found, dtype=bool))


@st.composite
def runs(draw: st.DrawFn) -> Observations:
    """A whole run in which at least one clean image is right."""
    outcomes: dict[Pass, Mapping[str, Outcome]] = {
        source: {ONLY: Outcome(right=draw(arrays(np.bool_, draw(st.integers(2, 30)))))} for source in PLAIN
    }
    clean = outcomes[Pass.CLEAN][ONLY].right
    clean[0] = True
    images = draw(st.sampled_from([clean.size, 7]))
    severities = draw(st.integers(1, 3))
    outcomes[Pass.CORRUPTIONS] = {
        f"{name}/{severity}": Outcome(right=draw(arrays(np.bool_, images)))
        for name in ("fog", "snow")
        for severity in range(1, 1 + severities)
    }
    labels = np.arange(12) % 3
    probabilities = draw(arrays(np.float32, (12, 3), elements=st.floats(0, 1, width=32)))
    shape, texture = draw(st.integers(0, 9)), draw(st.integers(1, 9))
    return Observations(
        outcomes=outcomes,
        probabilities=probabilities,
        labels=labels,
        cue_kinds=kinds_of(shape=shape, texture=texture, other=draw(st.integers(0, 9))),
        parameter_count=draw(st.integers(0, 10**9)),
    )


def share(outcome: Outcome) -> Fraction:
    return Fraction(sum(outcome.right.tolist()), outcome.image_count)


def by_hand(run: Observations) -> dict[str, float]:
    """All nine values from counts, in exact fractions where there are any."""
    accuracy = {source: share(run.outcome(source)) for source in PLAIN}
    clean = accuracy[Pass.CLEAN]
    corrupted = [share(outcome) / clean for outcome in run.variants(Pass.CORRUPTIONS).values()]
    assert run.cue_kinds is not None
    cues = CueDecisions.of(run.cue_kinds)
    assert run.parameter_count is not None
    probabilities, labels = run.clean_probabilities()
    ece = expected_calibration_error(probabilities, labels)
    ace = adaptive_calibration_error(probabilities, labels)
    balances = [prediction_balance(probabilities.argmax(axis=1), labels, 3), confidence_balance(probabilities, labels)]
    with np.errstate(divide="ignore"):  # the mean of logarithms meets that of 0
        return {
            "accuracy": float(clean),
            "adversarial_robustness": float(gmean([float(accuracy[one] / clean) for one in (Pass.FGSM, Pass.PGD)])),
            "corruption_robustness": float(statistics.mean(corrupted)),
            "ood_robustness": float(gmean([float(accuracy[source] / clean) for source in OOD])),
            "calibration_error": float(gmean([ece, ace])),
            "class_balance": float(gmean(balances)),
            "object_focus": float(1 - (accuracy[Pass.MIXED_SAME] - accuracy[Pass.MIXED_RAND]) / clean),
            "shape_bias": cues.shape / (cues.shape + cues.texture),
            "parameters_millions": round(run.parameter_count / 1e6, 1),
        }


@relaxed
@given(runs())
def test_all_nine_values_by_brute_force(run: Observations) -> None:
    measured = {key: MEASURES[key](run) for key in STUDY_DIMENSIONS}
    assert {key: one.value for key, one in measured.items()} == pytest.approx(by_hand(run), abs=1e-9)
    for key, one in measured.items():
        json.dumps(one.parts, allow_nan=False)
        assert one.standard_error is None or (np.isfinite(one.standard_error) and one.standard_error >= 0)
        assert (one.sample_count is None) == (key == "parameters_millions")


@settings(deadline=None, max_examples=25)
@given(runs())
def test_jackknife_by_leaving_groups_out(run: Observations) -> None:
    probabilities, labels = run.clean_probabilities()
    groups = balanced_groups(labels)
    for key in ("calibration_error", "class_balance"):
        left_out = [
            MEASURES[key](
                Observations(
                    probabilities=probabilities[groups.of_image != group], labels=labels[groups.of_image != group]
                )
            ).value
            for group in range(groups.count)
        ]
        expected = jackknife_standard_error(np.array(left_out))
        # The root of a product near 0 turns a rounding of 1e-16 into 1e-8.
        assert MEASURES[key](run).standard_error == pytest.approx(expected, abs=1e-6)


def test_every_dimension_has_a_measure() -> None:
    assert list(MEASURES) == [key for key, dimension in DIMENSIONS.items() if dimension.measurable]


def test_facts_of_a_model_have_none_and_count_exactly() -> None:
    facts = {key: dimension for key, dimension in DIMENSIONS.items() if dimension.of_facts}
    assert list(facts) == ["macs_billions", "activations_millions"]
    for dimension in facts.values():
        assert dimension.counted
        assert not dimension.measurable
        assert not dimension.higher_is_better
        assert dimension.default_weight == 0


@pytest.mark.parametrize("key", [key for key, dimension in DIMENSIONS.items() if dimension.passes])
@pytest.mark.parametrize("reason", [Missing.DATA_SET_MISSING, Missing.FAILED])
def test_an_absent_pass_is_passed_on_with_its_reason(key: str, reason: Missing) -> None:
    empty = Observations(absent=dict.fromkeys(Pass, reason))
    with pytest.raises(UndefinedResult) as caught:
        MEASURES[key](empty)
    assert caught.value.reason is reason


@pytest.mark.parametrize("key", list(MEASURES))
def test_what_nobody_asked_for_is_not_measured(key: str) -> None:
    with pytest.raises(UndefinedResult) as caught:
        MEASURES[key](Observations())
    assert caught.value.reason is Missing.NOT_MEASURED


# ---- the public formula is the one that measures -------------------------------------------------------------------


def formulas() -> list[tuple[str, str]]:
    """Every public function of every dimension's file, with the dimension; not those that the house calls by a name."""
    return [
        (key, name)
        for key, dimension in DIMENSIONS.items()
        for name, found in vars(import_module(f"quba.dimensions.{key}")).items()
        if isfunction(found) and found.__module__ == f"quba.dimensions.{key}" and name[0] != "_"
        if found not in (MEASURES[key], dimension.greatest)
    ]


def complete() -> Observations:
    """A run from which every dimension can be measured."""
    labels = np.arange(30) % 6
    of_first = np.linspace(0.1, 0.9, labels.size, dtype=np.float32)
    seen = whole()
    half = seen.outcome(Pass.CLEAN)
    return replace(
        seen,
        outcomes={
            **seen.outcomes,
            Pass.CORRUPTIONS: {f"{name}/{s}": half for name in ALEXNET_ERRORS for s in range(1, 6)},
        },
        data_sets={Pass.CORRUPTIONS: IMAGENET_C},
        probabilities=np.column_stack([of_first, *[(1 - of_first) / 5] * 5]),
        labels=labels,
        cue_kinds=kinds_of(shape=3, texture=1, other=4),
        parameter_count=25_557_032,
    )


@pytest.mark.parametrize("key", list(MEASURES))
def test_the_formula_of_the_dimensions_name_gives_the_value(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MEASURES[key](complete()).value != 0.12345
    monkeypatch.setattr(f"quba.dimensions.{key}.{key}", lambda *_, **__: 0.12345)
    assert MEASURES[key](complete()).value == 0.12345


class Broken(Exception):
    """A formula that was broken on purpose."""


# The engine tells these batch by batch (tests/evaluation/engine/test_step_results.py).
@pytest.mark.parametrize(("key", "name"), sorted(set(formulas()) - {("shape_bias", "cue_kinds")}))
def test_no_public_formula_is_beside_the_measurement(key: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> float:
        raise Broken(name)

    monkeypatch.setattr(f"quba.dimensions.{key}.{name}", broken)
    with pytest.raises(Broken):
        MEASURES[key](complete())


def attacked(fgsm: Outcome, pgd: Outcome) -> Measured:
    clean = right(1, 1, 1, 0)
    run = Observations(outcomes={Pass.CLEAN: {ONLY: clean}, Pass.FGSM: {ONLY: fgsm}, Pass.PGD: {ONLY: pgd}})
    return MEASURES["adversarial_robustness"](run)


def test_parts_of_adversarial_robustness() -> None:
    measured = attacked(right(1, 1, 0, 0), right(1, 0, 0, 0))
    assert measured.parts["clean_accuracy"] == 0.75
    assert measured.parts["fgsm"]["accuracy"] == 0.5
    assert measured.parts["pgd"]["relative"] == pytest.approx(1 / 3)
    assert measured.sample_count == 4
    # By hand: the influence of each image on the ratio f/c is (f_i - r c_i) / c.
    influence = (np.array([1, 1, 0, 0]) - 2 / 3 * np.array([1, 1, 1, 0])) / 0.75
    assert measured.parts["fgsm"]["standard_error"] == pytest.approx(influence.std() / 2)


def test_an_attack_that_leaves_nothing_right_still_has_an_error() -> None:
    measured = attacked(right(1, 1, 0, 0), right(0, 0, 0, 0))
    assert measured.value == 0.0
    assert measured.standard_error == pytest.approx(gmean([2 / 3, 1 / 6]))


def test_attacks_on_fewer_images_than_the_clean_pass() -> None:
    measured = attacked(right(1, 0), right(1, 0))
    assert measured.sample_count == 2
    assert measured.value == pytest.approx(2 / 3)


def corrupted(**variants: Outcome) -> Measured:
    named = {name.replace("_", "/"): outcome for name, outcome in variants.items()}
    run = Observations(outcomes={Pass.CLEAN: {ONLY: right(1, 1, 0, 1)}, Pass.CORRUPTIONS: named})
    return MEASURES["corruption_robustness"](run)


def test_parts_of_corruption_robustness() -> None:
    measured = corrupted(fog_2=right(1, 0, 0, 0), fog_1=right(1, 1, 0, 0), snow_1=right(1, 1, 1, 1), snow_2=right(0, 1))
    assert measured.parts == {
        "clean_accuracy": 0.75,
        "fog": {"1": 0.5, "2": 0.25},
        "snow": {"1": 1.0, "2": 0.5},
    }
    assert measured.value == pytest.approx(np.mean([0.5, 0.25, 1.0, 0.5]) / 0.75)
    assert measured.sample_count == 14


def test_sets_of_unknown_images_are_taken_to_err_together() -> None:
    measured = corrupted(fog_1=right(1, 0), snow_1=right(1, 1, 1, 0))
    mean, error = 0.625, (np.sqrt(0.25 / 2) + np.sqrt(0.1875 / 4)) / 2
    of_clean = np.sqrt(0.1875 / 4)
    expected = np.hypot(error / 0.75, mean / 0.75**2 * of_clean)
    assert measured.standard_error == pytest.approx(expected)


def test_a_hole_in_the_corruptions_is_named() -> None:
    with pytest.raises(ValueError, match="snow/2 is missing"):
        corrupted(fog_1=right(1), fog_2=right(1), snow_1=right(1))


@pytest.mark.parametrize("name", ["fog", "fog/", "/3"])
def test_a_variant_needs_a_corruption_and_a_severity(name: str) -> None:
    run = Observations(outcomes={Pass.CLEAN: {ONLY: right(1)}, Pass.CORRUPTIONS: {name: right(1)}})
    with pytest.raises(ValueError, match="like 'fog/3'"):
        MEASURES["corruption_robustness"](run)


def test_a_set_with_nothing_right_counts_as_half_an_image_in_the_error() -> None:
    # Clean: 3 of 5. Nothing right of 4 sketches stands for 0.5 / 4 over 0.6; the other sets are 2 of 4 over 0.6.
    outcomes = {source: {ONLY: right(1, 1, 0, 0)} for source in OOD}
    outcomes[Pass.SKETCH] = {ONLY: right(0, 0, 0, 0)}
    measured = MEASURES["ood_robustness"](Observations(outcomes={**outcomes, Pass.CLEAN: {ONLY: right(1, 1, 1, 0, 0)}}))
    assert measured.value == 0
    assert measured.standard_error == pytest.approx(((0.5 / 0.6) ** 4 * (0.5 / 4 / 0.6)) ** (1 / 5))


def test_parts_of_ood_robustness() -> None:
    outcomes = {source: {ONLY: right(1, 0)} for source in OOD}
    measured = MEASURES["ood_robustness"](Observations(outcomes={**outcomes, Pass.CLEAN: {ONLY: right(1, 1)}}))
    assert set(measured.parts) == {"clean_accuracy", *(source.value for source in OOD)}
    assert measured.parts["edge"] == {
        "accuracy": 0.5, "relative": 0.5, "standard_error": pytest.approx(0.5 / np.sqrt(2)), "image_count": 2,
    }  # fmt: skip
    assert measured.sample_count == 10
    # Five independent ratios, and a clean accuracy of 1, which has no spread.
    assert measured.standard_error == pytest.approx(0.5 / np.sqrt(2) / np.sqrt(5))


def test_one_missing_set_costs_the_dimension() -> None:
    outcomes: dict[Pass, dict[str, Outcome]] = {source: {ONLY: right(1, 0)} for source in (*OOD, Pass.CLEAN)}
    del outcomes[Pass.SKETCH]
    run = Observations(outcomes=outcomes, absent={Pass.SKETCH: Missing.DATA_SET_MISSING})
    with pytest.raises(UndefinedResult) as caught:
        MEASURES["ood_robustness"](run)
    assert caught.value.reason is Missing.DATA_SET_MISSING


def test_parts_of_object_focus_and_shape_bias_and_parameters() -> None:
    focus = MEASURES["object_focus"](
        Observations(
            outcomes={
                Pass.CLEAN: {ONLY: right(1, 0)},
                Pass.MIXED_SAME: {ONLY: right(1, 1, 1, 0)},
                Pass.MIXED_RAND: {ONLY: right(1, 1, 0, 0)},
            }
        )
    )
    assert focus.value == pytest.approx(0.5)
    assert focus.parts == {
        "clean_accuracy": 0.5, "mixed_same_accuracy": 0.75, "mixed_rand_accuracy": 0.5, "background_gap": 0.25,
    }  # fmt: skip
    cues = MEASURES["shape_bias"](Observations(cue_kinds=kinds_of(shape=3, texture=1, other=4)))
    assert (cues.value, cues.sample_count) == (0.75, 4)
    assert cues.parts == {"shape": 3, "texture": 1, "other": 4}
    assert cues.standard_error == pytest.approx(np.sqrt(0.1875 / 4))
    size = MEASURES["parameters_millions"](Observations(parameter_count=25_557_032))
    assert size == Measured(value=25.6, parts={"parameter_count": 25_557_032}, sample_count=None, standard_error=None)


@pytest.mark.parametrize(
    ("vector", "calibration", "balance"),
    [
        (
            "wave",
            {"ece": 0.5115524, "ace": 0.2845766},
            {"prediction_balance": 0.8246696, "confidence_balance": 0.7734403},
        ),
        ("ties", {"ece": 0.2, "ace": 0.145}, {"prediction_balance": 0.6464466, "confidence_balance": 0.6866685}),
    ],
)
def test_conformance_of_the_parts(
    request: pytest.FixtureRequest, vector: str, calibration: dict[str, float], balance: dict[str, float]
) -> None:
    outputs = request.getfixturevalue(vector)
    run = Observations(probabilities=outputs.probabilities, labels=outputs.labels)
    for key, published in (("calibration_error", calibration), ("class_balance", balance)):
        measured = MEASURES[key](run)
        assert {name: measured.parts[name] for name in published} == pytest.approx(published, abs=2e-7)
        assert measured.value == pytest.approx(gmean(list(published.values())), abs=2e-7)
        by_chance = {"recall_deviation_by_chance"} if key == "class_balance" else set()
        assert set(measured.parts) == {*published, *(f"{name}_standard_error" for name in published), *by_chance}


def test_too_few_images_for_a_jackknife() -> None:
    one = Observations(probabilities=np.array([[0.75, 0.25]], dtype=np.float32), labels=np.array([0]))
    calibration = MEASURES["calibration_error"](one)
    assert calibration.standard_error is None
    assert set(calibration.parts) == {"ece", "ace"}
    each = replace(one, probabilities=np.eye(2, dtype=np.float32), labels=np.array([0, 1]))
    balance = MEASURES["class_balance"](each)
    assert balance.value == 1.0
    assert balance.standard_error is None
    assert set(balance.parts) == {"prediction_balance", "confidence_balance", "recall_deviation_by_chance"}


# ---- a benchmark of one's own ---------------------------------------------------------------------------------------


def own(**sets: Mapping[str, Outcome]) -> Observations:
    return Observations(
        outcomes={
            Pass.CLEAN: {ONLY: right(1, 1, 1, 0)},
            **{Pass(source): outcomes for source, outcomes in sets.items()},
        }
    )


def test_shifted_sets_of_ones_own_take_the_place_of_the_five() -> None:
    measured = MEASURES["ood_robustness"](own(shifted={"night": right(1, 0), "phone": right(1, 1, 1, 1, 0)}))
    assert measured.value == pytest.approx(np.sqrt(0.5 / 0.75 * 0.8 / 0.75))
    assert measured.sample_count == 7
    assert set(measured.parts) == {"clean_accuracy", "shifted"}
    assert measured.parts["shifted"]["phone"] == {
        "accuracy": 0.8,
        "relative": pytest.approx(0.8 / 0.75),
        "standard_error": pytest.approx(np.hypot(np.sqrt(0.16 / 5) / 0.75, 0.8 / 0.75**2 * np.sqrt(0.1875 / 4))),
        "image_count": 5,
    }


def test_renditions_of_the_clean_images_stand_apart_and_share_their_chance() -> None:
    # Right on the same images as the clean pass: the ratio is 1 whatever images were drawn.
    same = {"edge": right(1, 1, 1, 0)}
    measured = MEASURES["ood_robustness"](own(generated=same))
    assert measured.value == pytest.approx(1)
    assert measured.standard_error == pytest.approx(0, abs=1e-9)
    both = MEASURES["ood_robustness"](own(shifted={"edge": right(1, 1, 1, 0)}, generated=same))
    assert (set(both.parts["shifted"]), set(both.parts["generated"])) == ({"edge"}, {"edge"})
    # As many images as the clean ones, yet others: their errors do not cancel.
    assert both.parts["shifted"]["edge"]["standard_error"] > 0.1
    assert both.parts["generated"]["edge"]["standard_error"] == pytest.approx(0, abs=1e-9)


def test_one_shifted_set_that_is_missing_costs_the_value_and_no_part() -> None:
    run = replace(own(shifted={"night": right(1, 0)}), absent={Pass.SHIFTED: Missing.DATA_SET_MISSING})
    with pytest.raises(UndefinedResult) as caught:
        MEASURES["ood_robustness"](run)
    assert caught.value.reason is Missing.DATA_SET_MISSING
    assert caught.value.parts["shifted"]["night"]["accuracy"] == 0.5


# ---- what is kept of a value that is not there ---------------------------------------------------------------------


def whole() -> Observations:
    half = right(1, 0, 1, 0)
    return Observations(
        outcomes={
            **{source: {ONLY: half} for source in PLAIN},
            Pass.CORRUPTIONS: {f"{name}/{severity}": half for name in ("fog", "snow") for severity in (1, 2)},
        }
    )


def lost_parts(key: str, observations: Observations, reason: Missing) -> Mapping[str, object]:
    with pytest.raises(UndefinedResult) as undefined:
        MEASURES[key](observations)
    assert undefined.value.reason is reason
    json.dumps(undefined.value.parts, allow_nan=False)
    return undefined.value.parts


@pytest.mark.parametrize(
    ("key", "lacking", "part"),
    [
        ("ood_robustness", Pass.SKETCH, "sketch"),
        ("adversarial_robustness", Pass.PGD, "pgd"),
        ("object_focus", Pass.MIXED_RAND, "mixed_rand_accuracy"),
    ],
)
def test_the_parts_that_were_measured_are_kept(key: str, lacking: Pass, part: str) -> None:
    complete = MEASURES[key](whole()).parts
    without = replace(
        whole(),
        outcomes={source: each for source, each in whole().outcomes.items() if source is not lacking},
        absent={lacking: Missing.DATA_SET_MISSING},
    )
    kept = lost_parts(key, without, Missing.DATA_SET_MISSING)
    assert kept == {name: value for name, value in complete.items() if name not in (part, "background_gap")}


def test_a_corruption_that_lacks_leaves_the_others() -> None:
    variants = {name: each for name, each in whole().outcomes[Pass.CORRUPTIONS].items() if name != "fog/2"}
    without = replace(
        whole(), outcomes={**whole().outcomes, Pass.CORRUPTIONS: variants}, absent={Pass.CORRUPTIONS: Missing.FAILED}
    )
    kept = lost_parts("corruption_robustness", without, Missing.FAILED)
    assert kept == {"clean_accuracy": 0.5, "fog": {"1": 0.5}, "snow": {"1": 0.5, "2": 0.5}}


@pytest.mark.parametrize("key", ["ood_robustness", "adversarial_robustness", "object_focus", "corruption_robustness"])
def test_accuracies_stand_where_no_ratio_can_be_formed(key: str) -> None:
    wrong = replace(whole(), outcomes={**whole().outcomes, Pass.CLEAN: {ONLY: right(0, 0, 0, 0)}})
    kept = lost_parts(key, wrong, Missing.ZERO_CLEAN_ACCURACY)
    assert kept["clean_accuracy"] == 0
    assert len(kept) > 2
    unseen = replace(
        whole(),
        outcomes={source: each for source, each in whole().outcomes.items() if source is not Pass.CLEAN},
        absent={Pass.CLEAN: Missing.DATA_SET_MISSING},
    )
    kept = lost_parts(key, unseen, Missing.DATA_SET_MISSING)
    assert len(kept) > 1
    assert "clean_accuracy" not in kept


def test_cues_stand_where_no_decision_is_for_either() -> None:
    nobody = Observations(cue_kinds=kinds_of(shape=0, texture=0, other=3))
    assert lost_parts("shape_bias", nobody, Missing.NOT_APPLICABLE) == {"shape": 0, "texture": 0, "other": 3}


# ---- samples that bear no value ------------------------------------------------------------------------------------


def sample(per_class: int, *, refuses: bool) -> Observations:
    labels = np.repeat(np.arange(3), per_class)
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), labels.size).astype(np.float32)
    return Observations(probabilities=probabilities, labels=labels, refuses_few_images=refuses)


@pytest.mark.parametrize(
    ("key", "needed", "kept"),
    [("class_balance", 10, set()), ("calibration_error", 15, {"ece", "ece_standard_error"})],
)
def test_too_few_images_of_a_class(key: str, needed: int, kept: set[str]) -> None:
    assert DIMENSIONS[key].fewest_images_per_class == needed
    enough = MEASURES[key](sample(needed, refuses=True))
    assert (enough.flags, enough.note) == ((), "")
    few = sample(needed - 1, refuses=False)
    flagged = MEASURES[key](few)
    assert flagged.flags == ("few-images",)
    assert f"needs {needed} images of every class; 3 of 3 classes have fewer" in flagged.note
    parts = lost_parts(key, replace(few, refuses_few_images=True), Missing.TOO_FEW_IMAGES)
    assert parts == {name: value for name, value in flagged.parts.items() if name in kept}


def test_one_image_of_each_class_has_a_confidence_balance_of_1_whatever_the_model() -> None:
    found = MEASURES["class_balance"](sample(1, refuses=False))
    assert found.parts["confidence_balance"] == 1
    assert found.flags == ("few-images",)


def test_a_single_image_has_no_replicates() -> None:
    one = Observations(probabilities=np.array([[0.75, 0.25]], dtype=np.float32), labels=np.array([0]))
    assert MEASURES["calibration_error"](one).standard_error is None
    assert lost_parts("calibration_error", replace(one, refuses_few_images=True), Missing.TOO_FEW_IMAGES) == {
        "ece": 0.25
    }


def test_a_class_without_images_leaves_the_balance_of_confidence() -> None:
    none = Observations(probabilities=np.full((2, 2), 0.5, dtype=np.float32), labels=np.array([0, 0]))
    assert lost_parts("class_balance", none, Missing.NOT_APPLICABLE) == {"confidence_balance": 1}
