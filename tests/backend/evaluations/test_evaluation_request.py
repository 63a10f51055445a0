"""Which model a request names: every combination against the rules written down here."""

import pytest

from backend.evaluations.evaluation_request import EvaluationRequest, require_one_model
from backend.problems import ProblemError

KNOWN = ("resnet18", "resnet50", "vit_base_patch16_224")
CHECKPOINT = "a" * 64


@pytest.mark.parametrize(
    ("given", "architecture"),
    [
        ({"model": "resnet50.a1_in1k"}, "resnet50"),
        ({"model": "resnet50"}, "resnet50"),
        ({"model": "resnet50.a1_in1k", "architecture": "resnet50"}, "resnet50"),
        ({"checkpoint_id": CHECKPOINT, "architecture": "resnet18"}, "resnet18"),
        ({"checkpoint_id": CHECKPOINT, "architecture": "resnet18.tv_in1k"}, "resnet18"),
        ({"checkpoint_id": CHECKPOINT, "architecture": "resnet18", "weights_key": "ema"}, "resnet18"),
    ],
)
def test_one_model_of_a_known_architecture_is_taken(given: dict[str, str], architecture: str) -> None:
    assert require_one_model(EvaluationRequest.read(given), KNOWN) == architecture


@pytest.mark.parametrize(
    ("given", "code", "named"),
    [
        ({}, "invalid_parameter", "neither"),
        ({"model": "resnet50", "checkpoint_id": CHECKPOINT}, "invalid_parameter", "both"),
        ({"model": "resnet50", "weights_key": "ema"}, "invalid_parameter", "weights_key"),
        ({"checkpoint_id": CHECKPOINT}, "invalid_parameter", "architecture"),
        ({"checkpoint_id": CHECKPOINT, "architecture": "resnet5O"}, "unknown_architecture", "resnet5O"),
        ({"model": "no_such_net.x"}, "unknown_architecture", "no_such_net"),
        ({"model": "resnet50.a1_in1k", "architecture": "resnet18"}, "invalid_parameter", "resnet18"),
    ],
)
def test_anything_else_is_refused_with_what_it_said(given: dict[str, str], code: str, named: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        require_one_model(EvaluationRequest.read(given), KNOWN)
    assert (refusal.value.status, refusal.value.code) == (422, code)
    assert named in refusal.value.detail
    assert refusal.value.next_step


def test_a_slip_of_the_pen_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(ProblemError) as refusal:
        require_one_model(EvaluationRequest.read({"checkpoint_id": CHECKPOINT, "architecture": "resnet81"}), KNOWN)
    assert "resnet18" in refusal.value.next_step
