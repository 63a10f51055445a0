"""Claims about two groups: who is in them, what the four tests say, and what differs in words."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, wilcoxon

from backend.findings.claim import Evidence
from backend.findings.group_claim import GroupClaim, all_better, plain
from backend.findings.verdict import Status
from quba.dimensions import STUDY_DIMENSIONS

MakeEvidence = Callable[..., Evidence]
PAIRS = 8

CLAIM = GroupClaim(
    place=1, key="made", title="Made", statement="Recipes help.", origin="abstract", caveat="It is made.",
    a={"recipe": ("none",)}, b={"recipe": ("a1", "a2")}, shared=plain("training", "pretraining_data"),
    a_label="without", b_label="with", paired_by="backbone",
    expected={"accuracy": "better", "calibration_error": "worse", "shape_bias": "better"},
)  # fmt: skip


@pytest.fixture
def evidence(make_evidence: MakeEvidence) -> Evidence:
    """Eight backbones, each without and with a recipe, and a model that is in neither group."""
    fields = [{"backbone": f"b{pair}", "recipe": recipe} for recipe in (None, "a1") for pair in range(PAIRS)]
    lift = np.repeat([0.0, 0.1], PAIRS) + np.tile(np.arange(PAIRS) / 1000, 2) + np.arange(2 * PAIRS) ** 2 / 1e5
    columns = {
        "accuracy": np.append(0.7 + lift, 0.1),
        "calibration_error": np.append(0.01 + lift / 10, 0.5),
        "shape_bias": np.append(np.where(np.arange(2 * PAIRS) % PAIRS == 0, 0.3, np.nan), 0.9),
    }
    return make_evidence([*fields, {"training": "self-supervised", "recipe": "a1"}], columns)


def test_the_four_tests_are_those_of_scipy(evidence: Evidence) -> None:
    found = CLAIM.examination(evidence)
    assert [(test.quality, test.matched) for test in found.tests] == [
        ("all", False), ("screened", False), ("all", True), ("screened", True),
    ]  # fmt: skip
    accuracy = evidence.values["all"].snapshot.columns["accuracy"]
    a, b = accuracy[:PAIRS], accuracy[PAIRS : 2 * PAIRS]
    groups, pairs = (
        next(each for each in found.tests[place].items if each.dimension == "accuracy") for place in (0, 2)
    )
    assert (groups.n_a, groups.n_b, pairs.n_pairs, found.tests[2].n_pairs) == (PAIRS, PAIRS, PAIRS, PAIRS)
    assert groups.p == pytest.approx(mannwhitneyu(b, a, method="exact").pvalue)
    assert pairs.p == pytest.approx(wilcoxon(np.round(b - a, 10), method="exact").pvalue)
    assert groups.difference == pytest.approx(b.mean() - a.mean())


def test_what_the_points_come_to(evidence: Evidence) -> None:
    found = CLAIM.examination(evidence)
    assert {point.dimension: point.status for point in found.points} == {
        "accuracy": Status.FIRM, "calibration_error": Status.FIRM, "shape_bias": Status.UNTESTED,
    }  # fmt: skip
    turned = GroupClaim(**{**vars(CLAIM), "expected": {"accuracy": "worse"}})
    assert [point.status for point in turned.examination(evidence).points] == [Status.OPPOSITE]


def test_what_cannot_be_tested_says_why(evidence: Evidence, make_evidence: MakeEvidence) -> None:
    unmatched = GroupClaim(**{**vars(CLAIM), "paired_by": None}).examination(evidence)
    assert [bool(test.items) for test in unmatched.tests] == [True, True, False, False]
    assert unmatched.tests[2].refusal == "These models share nothing that they could be matched by."
    few = make_evidence([{"recipe": None}, {"recipe": "a1"}], {"accuracy": np.array([0.5, 0.6])})
    refused = CLAIM.examination(few)
    assert {point.status for point in refused.points} == {Status.UNTESTED}
    for test in refused.tests:
        assert test.refusal is not None
        assert test.refusal[0].isupper()


def test_the_question_and_the_control_in_words() -> None:
    assert CLAIM.query == {
        "a": {"training": ["supervised"], "pretraining_data": ["imagenet-1k"], "recipe": ["none"]},
        "b": {"training": ["supervised"], "pretraining_data": ["imagenet-1k"], "recipe": ["a1", "a2"]},
        "paired_by": "backbone",
    }
    assert CLAIM.control == (
        "The groups differ in recipe. In common they have training: supervised; pre-training data: imagenet-1k."
    )
    alone = GroupClaim(**{**vars(CLAIM), "shared": {}, "b": {"recipe": ("a1",), "head": ("none",), "training": ("x",)}})
    assert alone.control == "The groups differ in recipe, head and training; nothing else is held fixed."


def test_better_throughout_leaves_out_the_size() -> None:
    assert all_better() == dict.fromkeys([key for key in STUDY_DIMENSIONS if key != "parameters_millions"], "better")
    assert "accuracy" not in all_better(but=("accuracy",))
