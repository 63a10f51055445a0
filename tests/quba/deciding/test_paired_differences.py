"""Two models of the same images: the difference, its error, its p, and the images that flipped."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, t

from quba.deciding.paired_differences import (
    PairedDifference,
    Values,
    flips,
    paired_differences,
    require_comparable,
    unpaired_differences,
)
from quba.deciding.significance import holm, normal_p
from quba.dimension import Missing, Pass
from quba.dimensions import DIMENSIONS, MEASURES
from quba.errors import QuestionError, Refusal
from quba.measuring.evidence import Conditions, Evidence
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error
from quba.measuring.observations import ONLY, Observations, Outcome
from quba.replicates import replicates

CONDITIONS = Conditions(benchmark="flowers", digest="sha256:1", protocol="corrected", seed=0, samples_per_class=None)
LABELS = np.arange(400) % 10
KEYS = ("accuracy", "adversarial_robustness", "ood_robustness", "parameters_millions")


def seen(seed: int, parameters: int = 1_000_000) -> Observations:
    """A model of images that are hard for everybody or for nobody."""
    ease = np.random.default_rng(99).beta(2, 1, size=LABELS.size)
    rng = np.random.default_rng(seed)

    def outcome(power: float) -> Outcome:
        return Outcome(right=rng.random(LABELS.size) < ease**power)

    return Observations(
        outcomes={
            Pass.CLEAN: {ONLY: outcome(0.3)},
            Pass.FGSM: {ONLY: outcome(1)},
            Pass.PGD: {ONLY: outcome(2)},
            Pass.SHIFTED: {"night": Outcome(right=rng.random(150) < 0.5)},
        },
        labels=LABELS,
        parameter_count=parameters,
    )


def evidence(run: Observations) -> Evidence:
    measured = {key: MEASURES[key](run) for key in KEYS}
    made = {key: replicates(key, run, found) for key, found in measured.items()}
    right = {
        f"{source.value}:{variant}" if variant else source.value: outcome.right
        for source, variants in run.outcomes.items()
        for variant, outcome in variants.items()
    }
    return Evidence(
        conditions=CONDITIONS,
        values={key: found.value for key, found in measured.items()},
        standard_errors={key: found.standard_error for key, found in measured.items()},
        replicates={key: found for key, found in made.items() if found is not None},
        missing={"shape_bias": Missing.NOT_APPLICABLE},
        right=right,
        labels=LABELS,
        confidence=np.random.default_rng(run.parameter_count).integers(0, 256, LABELS.size, dtype=np.uint8),
    )


def by_key(found: tuple[PairedDifference, ...]) -> dict[str, PairedDifference]:
    return {each.dimension: each for each in found}


A, B = evidence(seen(1)), evidence(seen(2, parameters=3_000_000))


def test_a_difference_is_the_second_minus_the_first_with_the_error_of_their_replicates() -> None:
    found = by_key(paired_differences(A, B, confidence=0.9))
    assert list(found) == ["accuracy", "adversarial_robustness", "ood_robustness", "shape_bias", "parameters_millions"]
    each = found["adversarial_robustness"]
    assert each.difference == B.values[each.dimension] - A.values[each.dimension]
    assert (each.value_a, each.value_b) == (A.values[each.dimension], B.values[each.dimension])
    of_groups = jackknife_standard_error(B.replicates[each.dimension] - A.replicates[each.dimension])
    assert of_groups is not None
    # Flips too rare to be seen, on three passes over 400 images that count the same.
    error = np.hypot(of_groups, 2 / np.sqrt(3) / 400)
    assert each.standard_error == pytest.approx(error, rel=1e-12)
    half = t(19).ppf(0.95) * error
    assert (each.low, each.high) == pytest.approx((each.difference - half, each.difference + half))
    assert each.p == pytest.approx(2 * t(19).cdf(-abs(each.difference) / error))
    assert (each.paired, each.degrees_of_freedom) == (True, 19)


def test_models_of_the_same_images_differ_more_surely_than_their_values_say() -> None:
    paired, unpaired = by_key(paired_differences(A, B)), by_key(unpaired_differences(A, B))
    for key in ("accuracy", "adversarial_robustness"):
        assert unpaired[key].standard_error == np.hypot(A.standard_errors[key] or 0, B.standard_errors[key] or 0)
        assert (paired[key].standard_error or 1) < 0.95 * (unpaired[key].standard_error or 0)
        assert not unpaired[key].paired


def test_the_accuracy_is_tested_by_the_images_that_flipped() -> None:
    one, other = A.right["clean"], B.right["clean"]
    expected = binomtest(int((~one & other).sum()), int((one != other).sum())).pvalue
    assert by_key(paired_differences(A, B))["accuracy"].p == expected


def test_p_values_are_corrected_for_the_dimensions_that_are_tested() -> None:
    found = paired_differences(A, B)
    tested = [each for each in found if each.p is not None]
    assert [each.dimension for each in tested] == ["accuracy", "adversarial_robustness", "ood_robustness"]
    assert [each.p_holm for each in tested] == holm([each.p for each in tested if each.p is not None])
    assert by_key(found)["parameters_millions"].p_holm is None


def test_images_count_once_however_often_they_were_changed() -> None:
    counts = {each.dimension: each.image_count for each in paired_differences(A, B)}
    assert counts == {
        "accuracy": 400, "adversarial_robustness": 400, "ood_robustness": 550, "shape_bias": None,
        "parameters_millions": None,
    }  # fmt: skip


def test_what_is_counted_is_exact_and_not_tested() -> None:
    for found in (paired_differences(A, B), unpaired_differences(A, B)):
        each = by_key(found)["parameters_millions"]
        assert (each.difference, each.standard_error, each.low, each.high) == (2.0, 0.0, 2.0, 2.0)
        assert (each.p, each.paired) == (None, True)


def test_a_model_does_not_differ_from_itself() -> None:
    for each in paired_differences(A, A):
        if each.difference is not None:
            assert (each.difference, each.low, each.high) == (0, 0, 0)
            assert each.p in (1.0, None)
    assert all(not each.now_wrong.size and not each.now_right.size for each in flips(A, A).values())


OTHERWISE: dict[str, Evidence] = {
    "unknown confidences": replace(A, confidence=None),
    "other confidences": replace(A, confidence=(A.confidence if A.confidence is not None else LABELS) ^ np.uint8(1)),
    "another decision": replace(A, right={**A.right, "pgd": ~A.right["pgd"]}),
    "another value": replace(A, values={**A.values, "ood_robustness": 0.1}),
    "another replicate": replace(A, replicates={**A.replicates, "ood_robustness": np.arange(20.0)}),
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_models_that_agree_where_they_were_looked_at_may_differ_elsewhere(what: str) -> None:
    for found in (paired_differences(A, OTHERWISE[what]), paired_differences(OTHERWISE[what], A)):
        each = by_key(found)["accuracy"]
        assert each.difference == 0
        # None of 400 images turned, which is what 3 in 400 would show once in twenty times.
        assert each.standard_error == pytest.approx(2 / 400)
        assert each.low is not None
        assert each.low < -3 / 400


def test_a_model_that_was_measured_on_fewer_dimensions_is_still_itself() -> None:
    narrower = replace(
        A,
        values={"accuracy": A.values["accuracy"]},
        right={"clean": A.right["clean"]},
        replicates={"accuracy": A.replicates["accuracy"]},
    )
    assert by_key(paired_differences(A, narrower))["accuracy"].standard_error == 0


@pytest.mark.parametrize("rate", [0.5, 2, 20])
def test_few_flips_are_not_taken_for_certainty(rate: float) -> None:
    """All flips are for the worse: a bound at the true loss would err far more often on the bare jackknife error."""
    count, runs = 400, 500
    groups = balanced_groups(LABELS)
    of_group = np.eye(20)[groups.of_image]
    lost = np.random.default_rng(6).random((runs, count)) < rate / count
    # Accuracies without each group, all right before.
    replicated = -(lost.sum(axis=1, keepdims=True) - lost @ of_group) / (count - of_group.sum(axis=0))
    errors = []
    for one, without in zip(lost, replicated, strict=True):
        before = replace(
            A, values={"accuracy": 1.0}, right={"clean": np.ones(count, bool)}, replicates={"accuracy": np.ones(20)}
        )
        after = replace(
            before,
            values={"accuracy": 1 - one.mean()},
            right={"clean": ~one},
            replicates={"accuracy": 1 + without},
            confidence=None,
        )
        (found,) = (each for each in paired_differences(before, after, confidence=0.9) if each.dimension == "accuracy")
        assert found.low is not None
        errors.append(found.low > -rate / count + 1e-12)
    assert np.mean(errors) <= 0.05 + 0.02


def test_equal_replicates_have_no_error_where_probabilities_tell_any_change() -> None:
    values = {"calibration_error": 0.1}
    one = replace(A, values=values, replicates={"calibration_error": np.full(20, 0.1)})
    other = replace(one, values={"calibration_error": 0.2}, replicates={"calibration_error": np.full(20, 0.2)})
    found = by_key(paired_differences(one, other))["calibration_error"]
    assert found.standard_error == pytest.approx(0, abs=1e-12)
    assert found.p == pytest.approx(0, abs=1e-100)


def test_a_dimension_that_one_lacks_has_no_difference_and_both_reasons() -> None:
    lacking = replace(
        B,
        values={"accuracy": 0.5},
        missing={"ood_robustness": Missing.DATA_SET_MISSING, "shape_bias": Missing.FAILED},
    )
    found = by_key(paired_differences(A, lacking))
    each = found["ood_robustness"]
    assert (each.difference, each.value_a, each.value_b) == (None, A.values["ood_robustness"], None)
    assert (each.missing_a, each.missing_b) == (None, Missing.DATA_SET_MISSING)
    # Of what a model says nothing at all, nobody has measured it.
    assert found["adversarial_robustness"].missing_b is Missing.NOT_MEASURED
    both = found["shape_bias"]
    assert (both.missing_a, both.missing_b) == (Missing.NOT_APPLICABLE, Missing.FAILED)


@pytest.mark.parametrize("kept", [{}, {"accuracy": np.array([0.5])}], ids=["none", "one group"])
def test_without_replicates_of_one_the_error_is_that_of_different_images(kept: dict[str, np.ndarray]) -> None:
    first = replace(A, replicates={key: A.replicates[key][:1] for key in kept})
    found = by_key(paired_differences(first, replace(B, replicates=kept)))["accuracy"]
    assert not found.paired
    assert found.standard_error == np.hypot(A.standard_errors["accuracy"] or 0, B.standard_errors["accuracy"] or 0)
    assert found.degrees_of_freedom is None
    assert found.difference is not None
    assert found.standard_error is not None
    assert found.p == normal_p(found.difference, found.standard_error)
    assert found.low == pytest.approx(found.difference - 1.959964 * found.standard_error)


def test_a_count_that_was_published_rounded_is_not_exact() -> None:
    key = "parameters_millions"
    rounded = Values(values={key: 25.6}, standard_errors={key: 0.03})
    found = by_key(unpaired_differences(rounded, Values(values={key: 61.1}, standard_errors={key: 0.04})))[key]
    assert found.standard_error == pytest.approx(0.05)
    assert (found.p, found.paired) == (None, False)
    assert found.low == pytest.approx(35.5 - 1.959964 * 0.05)
    exact = by_key(unpaired_differences(rounded, Values(values={key: 25.6})))[key]
    assert exact.standard_error == pytest.approx(0.03)


def test_a_published_model_without_an_error_has_a_difference_and_no_interval() -> None:
    published = Values(values={"accuracy": 0.7, "parameters_millions": 5.0}, standard_errors={"accuracy": None})
    found = by_key(unpaired_differences(A, published))
    assert found["accuracy"].difference == pytest.approx(0.7 - A.values["accuracy"])
    assert (found["accuracy"].standard_error, found["accuracy"].low, found["accuracy"].p) == (None, None, None)
    assert not found["accuracy"].paired
    assert found["parameters_millions"].difference == 4.0


CHANGED: dict[str, tuple[dict[str, Any], str, str]] = {
    "benchmark": ({"benchmark": "birds"}, "benchmark flowers against birds", "on one benchmark"),
    "digest": ({"digest": "sha256:2"}, "sha256:1 against sha256:2", "was edited"),
    "protocol": ({"protocol": "as-published"}, "protocol corrected against as-published", "with one protocol"),
    "seed": ({"seed": 7}, "seed 0 against 7", "with one seed"),
    "subset": ({"samples_per_class": 5}, "images per class none against 5", "or on the same subset"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_other_conditions_are_refused_by_name(what: str) -> None:
    changed, found, step = CHANGED[what]
    other = replace(B, conditions=replace(CONDITIONS, **changed))
    for ask in (require_comparable, paired_differences, flips):
        with pytest.raises(Refusal, match=found) as refused:
            ask(A, other)
        assert refused.value.code == "not_comparable"
        assert step in refused.value.hint


def test_all_that_differs_is_named_at_once() -> None:
    other = replace(B, conditions=replace(CONDITIONS, seed=7, protocol="as-published"))
    with pytest.raises(Refusal, match="protocol corrected against as-published; seed 0 against 7") as refused:
        require_comparable(A, other)
    assert refused.value.hint == "Measure both with one protocol. Measure both with one seed."


def test_other_images_under_the_same_conditions_are_refused() -> None:
    fewer = replace(B, right={**B.right, "shifted:night": B.right["shifted:night"][:-1]})
    with pytest.raises(Refusal, match="shifted:night has 150 images against 149") as refused:
        require_comparable(A, fewer)
    assert "measure both again" in refused.value.hint
    with pytest.raises(Refusal, match="the clean images have other classes"):
        require_comparable(A, replace(B, labels=LABELS[::-1]))
    # A model that was measured on other passes only can be compared on what both have.
    require_comparable(A, replace(B, labels=None, right={}))


def test_a_confidence_that_is_none_is_refused() -> None:
    for ask in (paired_differences, unpaired_differences):
        with pytest.raises(QuestionError, match="confidence is 1"):
            ask(A, B, confidence=1.0)


def test_the_images_that_flipped_are_named_by_pass_and_class() -> None:
    spoiled = A.right["clean"].copy()
    right, wrong = np.flatnonzero(spoiled)[[2, 5]], np.flatnonzero(~spoiled)[[1]]
    spoiled[right], spoiled[wrong] = False, True
    night = ~A.right["shifted:night"]
    other = replace(A, right={**A.right, "clean": spoiled, "shifted:night": night, "pgd:extra": night})
    found = flips(A, other)
    assert list(found) == ["clean", "fgsm", "pgd", "shifted:night"]
    clean = found["clean"]
    assert (clean.now_wrong.tolist(), clean.now_right.tolist()) == (right.tolist(), wrong.tolist())
    assert clean.wrong_by_class == {int(LABELS[at]): 1 for at in sorted(right, key=lambda at: int(LABELS[at]))}
    assert clean.right_by_class == {int(LABELS[wrong[0]]): 1}
    assert found["fgsm"].now_wrong.size == 0
    # The classes of other images are not kept.
    shifted = found["shifted:night"]
    assert shifted.now_wrong.size + shifted.now_right.size == 150
    assert shifted.wrong_by_class == {}


def test_only_images_that_are_the_clean_ones_have_a_known_class() -> None:
    right = {"shifted:night": A.right["clean"], "pgd": A.right["pgd"][:100]}
    found = flips(replace(A, right=right), replace(B, right={name: ~bits for name, bits in right.items()}))
    assert all(each.now_wrong.size and not each.wrong_by_class for each in found.values())


def test_flips_without_labels_name_no_class() -> None:
    found = flips(replace(A, labels=None), replace(B, labels=None))["clean"]
    assert found.now_wrong.size > 0
    assert found.wrong_by_class == {}
    assert flips(A, replace(B, labels=None))["clean"].wrong_by_class


def test_one_image_in_a_hundred_spoiled_is_found_with_the_exact_images() -> None:
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(1000), 50)
    right = rng.random(labels.size) < 0.8
    spoiled = np.sort(rng.choice(np.flatnonzero(right), 500, replace=False))
    worse = right.copy()
    worse[spoiled] = False

    def of(bits: np.ndarray) -> Evidence:
        run = Observations(outcomes={Pass.CLEAN: {ONLY: Outcome(right=bits)}}, labels=labels)
        measured = MEASURES["accuracy"](run)
        made = replicates("accuracy", run, measured)
        assert made is not None
        return Evidence(
            conditions=CONDITIONS,
            values={"accuracy": measured.value},
            standard_errors={"accuracy": measured.standard_error},
            replicates={"accuracy": made},
            right={"clean": bits},
            labels=labels,
        )

    (found,) = paired_differences(of(right), of(worse))
    assert found.difference == pytest.approx(-0.01)
    assert found.high is not None
    assert found.high < -0.009
    assert found.p == pytest.approx(2 * 0.5**500)
    np.testing.assert_array_equal(flips(of(right), of(worse))["clean"].now_wrong, spoiled)


def test_every_dimension_keeps_its_place() -> None:
    nothing = Values(values={}, missing=dict.fromkeys(DIMENSIONS, Missing.NOT_MEASURED))
    assert [each.dimension for each in unpaired_differences(nothing, nothing)] == list(DIMENSIONS)


def test_flips_stand_where_the_images_do_in_the_data_set() -> None:
    conditions: dict[str, Any] = {"conditions": CONDITIONS, "values": {}, "standard_errors": {}, "replicates": {}}
    unread, labels = {"clean": np.array([0, 2])}, np.array([5, 6, 7])
    one = Evidence(right={"clean": np.array([True, True, False])}, unread=unread, labels=labels, **conditions)
    other = Evidence(right={"clean": np.array([False, True, True])}, unread=unread, labels=labels, **conditions)
    found = flips(one, other)["clean"]
    assert (found.now_wrong.tolist(), found.now_right.tolist()) == ([1], [4])
    assert (found.wrong_by_class, found.right_by_class) == ({5: 1}, {7: 1})
    with pytest.raises(Refusal, match="other images of clean could not be read") as refused:
        flips(one, replace(other, unread={"clean": np.array([0, 3])}))
    assert "measure both again" in refused.value.hint
