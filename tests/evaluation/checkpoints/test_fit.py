"""Weights held against an architecture that is small enough to be checked by eye."""

import pytest
import torch
from torch import nn

from evaluation.checkpoints.fit import Architecture, fit_weights
from evaluation.checkpoints.refusal import CheckpointRefused, Reason

Tensors = dict[str, torch.Tensor]


class Tiny(nn.Module):
    """Three inputs, five features, four classes, and a buffer that is not saved."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(3, 5)
        self.norm = nn.BatchNorm1d(5)
        self.head = nn.Linear(5, 4)
        self.register_buffer("grid", torch.zeros(2), persistent=False)


@pytest.fixture
def tiny() -> Architecture:
    with torch.device("meta"):
        return Architecture.of(Tiny(), "tiny", 4)


@pytest.fixture
def state() -> Tensors:
    torch.manual_seed(0)
    return dict(Tiny().state_dict())


def behind(prefix: str, state: Tensors) -> Tensors:
    return {f"{prefix}{name}": tensor for name, tensor in state.items()}


def refused(held: Tensors, architecture: Architecture, prefix: str | None = None) -> CheckpointRefused:
    with pytest.raises(CheckpointRefused) as caught:
        fit_weights(held, architecture, prefix)
    return caught.value


def test_what_an_architecture_needs(tiny: Architecture) -> None:
    assert tiny.recomputed == {"grid"}
    assert tiny.required_names == {
        "body.weight", "body.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var", "head.weight",
        "head.bias",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("prefix", "told"),
    [
        ("", ""),
        ("module.", "module"),
        ("_orig_mod.module.", "module"),
        ("module._orig_mod.", "module"),
        ("a.b.", "a.b"),
    ],
)
def test_names_behind_a_prefix_are_found(tiny: Architecture, state: Tensors, prefix: str, told: str) -> None:
    found = fit_weights(behind(prefix, state), tiny)
    assert (found.prefix, found.others) == (told, ())
    assert found.tensors.keys() == state.keys()
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in state.items())


def test_numbers_become_those_of_the_architecture_and_counters_may_be_absent(
    tiny: Architecture, state: Tensors
) -> None:
    del state["norm.num_batches_tracked"]
    found = fit_weights({name: tensor.half() for name, tensor in state.items()}, tiny).tensors
    assert found["body.weight"].dtype is torch.float32
    assert torch.equal(found["body.weight"], state["body.weight"].half().float())
    assert found["norm.num_batches_tracked"].item() == 0


def test_tensors_that_share_memory_come_apart(tiny: Architecture, state: Tensors) -> None:
    state["norm.bias"] = state["norm.weight"]
    found = fit_weights(state, tiny).tensors
    assert found["norm.bias"].data_ptr() != found["norm.weight"].data_ptr()


def test_of_two_models_one_must_be_chosen(tiny: Architecture, state: Tensors) -> None:
    other = {name: tensor + 1 for name, tensor in state.items()}
    held = {**behind("student.", state), **behind("teacher.", other)}
    assert refused(held, tiny).reason is Reason.SEVERAL_MODELS
    found = fit_weights(held, tiny, "teacher")
    assert (found.prefix, found.others) == ("teacher", ("student",))
    assert torch.equal(found.tensors["head.bias"], other["head.bias"])
    unknown = refused(held, tiny, "pupil")
    assert unknown.reason is Reason.UNKNOWN_WEIGHTS_KEY
    assert "'pupil'; it holds student, teacher" in unknown.message


def test_the_model_without_a_prefix_comes_first(tiny: Architecture, state: Tensors) -> None:
    found = fit_weights({**behind("ema.", state), **state}, tiny)
    assert (found.prefix, found.others) == ("", ("ema",))


@pytest.mark.parametrize(
    ("name", "prefix", "taken"),
    [
        ("total_ops", "", True), ("grid", "", True), ("criterion.weight", "model.", True),
        ("val_acc.count", "model.", True),
        ("criterion.weight", "", False), ("neck.weight", "model.", False), ("model.neck.weight", "model.", False),
    ],
)  # fmt: skip
def test_what_stands_beside_the_weights(
    tiny: Architecture, state: Tensors, name: str, prefix: str, taken: bool
) -> None:
    held = {**behind(prefix, state), name: torch.ones(2)}
    if taken:
        assert fit_weights(held, tiny).tensors.keys() == state.keys()
        return
    refusal = refused(held, tiny)
    assert refusal.reason is Reason.NAMES_MISMATCH
    assert name in refusal.message


@pytest.mark.parametrize(
    ("name", "tensor", "reason", "words"),
    [
        ("head.bias", torch.zeros(7), Reason.CLASS_COUNT_MISMATCH, "7 classes and the benchmark 4"),
        ("body.weight", torch.zeros(5, 9), Reason.SHAPE_MISMATCH, r"body.weight: \(5, 9\) in place of \(5, 3\)"),
        ("body.bias", torch.zeros(7), Reason.SHAPE_MISMATCH, r"\(7,\) in place of \(5,\)"),
        ("head.bias", torch.tensor(1.0), Reason.SHAPE_MISMATCH, r"\(\) in place of \(4,\)"),
        ("head.bias", torch.tensor([1, torch.nan, torch.inf, 0]), Reason.NON_FINITE, "head.bias holds 2 values"),
        ("head.bias", torch.full((4,), 1e300, dtype=torch.float64), Reason.NON_FINITE, "head.bias holds 4 values"),
        ("head.bias", torch.zeros(4, dtype=torch.int8), Reason.UNSUPPORTED_TENSOR, "torch.int8"),
        ("head.bias", torch.zeros(4).to_sparse(), Reason.UNSUPPORTED_TENSOR, "torch.sparse_coo"),
        ("head.bias", torch.zeros(4, device="meta"), Reason.UNSUPPORTED_TENSOR, "on meta"),
        ("norm.num_batches_tracked", torch.tensor(1.5), Reason.UNSUPPORTED_TENSOR, "torch.float32"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(
    tiny: Architecture, state: Tensors, name: str, tensor: torch.Tensor, reason: Reason, words: str
) -> None:
    with pytest.raises(CheckpointRefused, match=words) as caught:
        fit_weights({**state, name: tensor}, tiny)
    assert caught.value.reason is reason


def test_a_weight_that_is_absent_and_another_architecture_are_told_apart(tiny: Architecture, state: Tensors) -> None:
    del state["head.bias"]
    lacking = refused(state, tiny)
    assert lacking.reason is Reason.NAMES_MISMATCH
    assert "tiny has 8 weights; 1 of them are absent (head.bias)" in lacking.message
    another = refused({"conv.weight": torch.zeros(1), "head.bias": torch.zeros(4)}, tiny)
    assert another.reason is Reason.ARCHITECTURE_MISMATCH
    assert "and 1 others are there (conv.weight)" in another.message
    parted = {name if "norm" in name else f"m.{name}": tensor for name, tensor in state.items()}
    assert "Fitting names are also there 3 behind 'm.'" in refused(parted, tiny).message
