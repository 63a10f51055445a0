import pytest
import torch
from torch import Tensor

from evaluation.engine.logits_contract import LogitsCheck, checked_logits, refuse_spoiled, spoiled_images
from evaluation.errors import OutputsRefused, WrongClassCount

LOGITS = torch.randn(16, 10, generator=torch.Generator().manual_seed(0)) * 3


def verdict(*batches: Tensor) -> None:
    check = LogitsCheck()
    for batch in batches:
        check.watch(batch)
    check.verdict()


def test_logits_come_back_in_single_precision() -> None:
    assert checked_logits(LOGITS.to(torch.bfloat16), images=16, class_count=10).dtype == torch.float32


@pytest.mark.parametrize("outputs", [LOGITS[:, :9], LOGITS[:15], LOGITS[:, :, None], LOGITS[0]])
def test_a_wrong_number_of_outputs(outputs: Tensor) -> None:
    with pytest.raises(WrongClassCount, match="the benchmark has 10 classes; use a model with 10"):
        checked_logits(outputs, images=16, class_count=10)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_outputs_that_are_no_numbers(bad: float) -> None:
    outputs = LOGITS.clone()
    outputs[3, 4] = outputs[3, 5] = outputs[8, 0] = bad
    spoiled = spoiled_images(outputs)
    assert spoiled.nonzero().flatten().tolist() == [3, 8]
    with pytest.raises(OutputsRefused, match="for 2 of 16 images hold NaN or infinity; check the weights"):
        refuse_spoiled(spoiled)


def test_numbers_pass() -> None:
    refuse_spoiled(spoiled_images(LOGITS))


def test_logits_and_log_probabilities_pass() -> None:
    verdict(LOGITS)
    verdict(LOGITS.log_softmax(dim=1))
    verdict(LOGITS * 1e-6)
    verdict(torch.zeros(16, 10))
    verdict(torch.full((16, 10), 0.5))


@pytest.mark.parametrize("precision", [torch.float32, torch.float16, torch.bfloat16])
def test_probabilities_are_refused_in_every_precision(precision: torch.dtype) -> None:
    with pytest.raises(OutputsRefused, match="they are probabilities, softmax is in the model"):
        verdict(*LOGITS.softmax(dim=1).to(precision).float().chunk(4))


def test_uniform_probabilities_are_refused_too() -> None:
    with pytest.raises(OutputsRefused, match="they are probabilities"):
        verdict(torch.full((16, 10), 0.1))


def test_sigmoids_are_refused() -> None:
    with pytest.raises(OutputsRefused, match=r"look like sigmoids.*return logits or log-probabilities"):
        verdict(LOGITS.sigmoid())


def test_nothing_is_concluded_from_few_images() -> None:
    verdict(LOGITS[:7].softmax(dim=1))
    # One batch that happens to lie in [0, 1] is no proof when another does not.
    verdict(LOGITS.sigmoid(), LOGITS)


def objection(outputs: Tensor) -> str:
    """What is said of some outputs; empty where they pass."""
    check = LogitsCheck()
    check.watch(outputs)
    try:
        check.verdict()
    except OutputsRefused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(("images", "refused"), [(7, False), (8, True)])
def test_eight_images_are_enough_for_a_verdict(images: int, refused: bool) -> None:
    assert bool(objection(torch.full((images, 4), 0.25))) == refused


def test_a_single_output_outside_the_unit_interval_clears_a_model() -> None:
    outputs = torch.rand(20, 5, generator=torch.Generator().manual_seed(0))
    assert "sigmoids" in objection(outputs)
    outputs[3, 2] = 1.001
    assert objection(outputs) == ""
    outputs[3, 2] = -0.001
    assert objection(outputs) == ""


@pytest.mark.parametrize(("total", "kind"), [(1.009, "softmax"), (0.991, "softmax"), (1.02, "sigmoids")])
def test_sums_may_be_off_by_the_rounding_of_half_precision(total: float, kind: str) -> None:
    outputs = torch.tensor([[0.7, 0.2, 0.1]] * 8, dtype=torch.float64)
    assert kind in objection(outputs * total)
