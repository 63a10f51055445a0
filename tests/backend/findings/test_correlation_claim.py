"""Claims about rank correlations, against scipy and Holm's rule by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import spearmanr

from backend.findings.claim import Evidence
from backend.findings.correlation_claim import CorrelationClaim
from backend.findings.verdict import Status

MakeEvidence = Callable[..., Evidence]

CLAIM = CorrelationClaim(
    place=1, key="made", title="Made", statement="They go together.", origin="abstract", caveat="It is made.",
    expected={
        ("accuracy", "shape_bias"): "positive", ("accuracy", "class_balance"): "positive",
        ("accuracy", "object_focus"): "negative", ("accuracy", "ood_robustness"): "negative",
    },
)  # fmt: skip


@pytest.fixture
def evidence(make_evidence: MakeEvidence) -> Evidence:
    rng = np.random.default_rng(5)
    accuracy = rng.permutation(np.linspace(0.5, 0.9, 30))
    columns = {
        "accuracy": accuracy,
        "shape_bias": accuracy + rng.normal(0, 0.05, 30),
        "class_balance": rng.permutation(accuracy),
        "object_focus": accuracy + rng.normal(0, 0.05, 30),
    }
    return make_evidence([{}] * 30, columns, dict.fromkeys(range(28), "accuracy"))


def test_every_pair_is_corrected_for_all_that_can_be_tested(evidence: Evidence) -> None:
    found = CLAIM.examination(evidence)
    items = [item for item in found.correlations if item.quality == "all"]
    assert len(items) == 9 * 8 // 2
    columns = evidence.values["all"].snapshot.columns
    tested = [item for item in items if item.p is not None]
    assert len(tested) == 4 * 3 // 2
    by_scipy = [spearmanr(columns[item.a], columns[item.b]) for item in tested]
    assert [item.rho for item in tested] == pytest.approx([each.statistic for each in by_scipy])
    order = np.argsort([each.pvalue for each in by_scipy])
    highest = 0.0
    for step, place in enumerate(order):
        highest = max(highest, min(1.0, (len(tested) - step) * by_scipy[place].pvalue))
        assert tested[place].p_holm == pytest.approx(highest)
        assert tested[place].significant == (highest < 0.05)


def test_a_point_is_as_claimed_by_sign_and_significance(evidence: Evidence) -> None:
    found = CLAIM.examination(evidence)
    outcomes = {point.dimension: point.outcomes for point in found.points}
    # Without the flagged accuracies two models are left, which is too few; pairs of models there are none.
    assert outcomes == {
        "accuracy,shape_bias": ["as_claimed", "too_few", "too_few", "too_few"],
        "accuracy,class_balance": ["not_significant", "too_few", "too_few", "too_few"],
        "accuracy,object_focus": ["opposite", "too_few", "too_few", "too_few"],
        "accuracy,ood_robustness": ["too_few"] * 4,
    }
    assert [point.status for point in found.points] == [
        Status.FLAGGED_ONLY, Status.NOT_SUPPORTED, Status.OPPOSITE_FLAGGED, Status.UNTESTED,
    ]  # fmt: skip
    kept = sum(bool(item.significant) for item in found.correlations if item.quality == "all")
    assert any(f"{kept} do once corrected" in sentence for sentence in found.sentences)
