from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torchvision import transforms

from evaluation.models.loaded_model import LoadedModel, Preparation
from evaluation.running_cost import measured_cost as source
from evaluation.running_cost import model_cost as module
from evaluation.running_cost.counts import Counts
from evaluation.running_cost.measured_cost import bench
from evaluation.running_cost.memory_process import OUT_OF_MEMORY
from evaluation.running_cost.model_cost import cost_of_model
from evaluation.running_cost.peak_memory import PeakMemory
from tests.evaluation.conftest import SIDE, loaded
from tests.evaluation.running_cost.nets import Pooled

__all__ = ["loaded"]


def test_a_model_is_measured_at_its_own_size_and_says_whose_it_is(
    loaded: Callable[..., LoadedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "peak_on_cpu", lambda *_, **__: PeakMemory(megabytes=1.0))
    on = bench("cpu", name="Bench", batch_sizes=(2,), passes=1)
    transform = transforms.Compose([transforms.Resize((SIDE, SIDE)), transforms.PILToTensor()])
    model = replace(loaded(Pooled(), "pooled"), preparation=Preparation(key="", transform=transform))
    found = cost_of_model(model, on)
    assert (found.name, found.input_shape, found.on) == ("pooled", (3, SIDE, SIDE), on)
    assert (found.source_library, found.source_identifier) == (
        model.identity.source_library, model.identity.source_identifier,
    )  # fmt: skip
    assert [each.batch_size for each in found.batches] == [2]
    assert found.batches[0].latency is not None
    assert (found.counts, found.counts_missing) == (None, "no convolution and no matrix product could be seen")


def test_what_hides_its_products_or_fails_has_no_counts_and_says_why(
    loaded: Callable[..., LoadedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Decides(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images.float().mean(dim=(2, 3)) @ torch.ones(3, 5)

    class Fails(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            raise RuntimeError(f"no kernel for {len(images)}")

    monkeypatch.setattr(source, "peak_on_cpu", lambda *_, **__: PeakMemory(megabytes=1.0))
    on = bench("cpu", name="Bench", batch_sizes=(2,), passes=1)
    transform = transforms.Compose([transforms.Resize((SIDE, SIDE)), transforms.PILToTensor()])

    def counted(net: nn.Module) -> tuple[object, str | None]:
        model = replace(loaded(net, "net"), preparation=Preparation(key="", transform=transform))
        found = cost_of_model(model, on)
        return found.counts, found.counts_missing

    assert counted(Decides()) == (Counts(macs=15, activations=5), None)
    counts, why = counted(Fails())
    assert counts is None
    assert "no kernel for 1" in str(why)
    monkeypatch.setattr(module, "unless_out_of_memory", lambda _: None)
    assert counted(Decides()) == (None, OUT_OF_MEMORY)
