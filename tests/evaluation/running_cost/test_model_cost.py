from collections.abc import Callable
from dataclasses import replace

import pytest
from torchvision import transforms

from evaluation.models.loaded_model import LoadedModel, Preparation
from evaluation.running_cost import measured_cost as source
from evaluation.running_cost.measured_cost import bench
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
