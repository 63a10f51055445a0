"""A net made ready to be measured."""

from typing import Any

import pytest
import torch
from torch import nn

from evaluation.errors import ModelRefused
from evaluation.models.loaded_model import LoadedModel, Preparation, weights_digest

PREPARATION = Preparation(key="k", transform=lambda _: torch.zeros(3, 2, 2, dtype=torch.uint8))
IDENTITY: Any = None


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), nn.Dropout(), nn.Flatten(), nn.Linear(8, 4))


def loaded(module: nn.Module) -> LoadedModel:
    return LoadedModel.of(module, name="n", preparation=PREPARATION, class_count=4, identity=IDENTITY)


def test_it_is_frozen_in_eval_mode_and_counted_without_buffers() -> None:
    found = loaded(net().train())
    assert not any(module.training for module in found.net.modules())
    assert not any(parameter.requires_grad for parameter in found.net.parameters())
    assert found.parameter_count == (3 * 2 * 9 + 2) + (2 + 2) + (8 * 4 + 4)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", ["0.weight", "1.running_var"])
def test_a_weight_or_buffer_that_is_no_number_is_refused_by_name(name: str, value: float) -> None:
    module = net()
    module.state_dict()[name].view(-1)[0] = value
    with pytest.raises(ModelRefused, match=name):
        loaded(module)


def test_the_digest_changes_with_a_value_a_buffer_a_type_and_a_name_and_nothing_else() -> None:
    first = weights_digest(net())
    assert first == weights_digest(net())
    assert loaded(net()).digest == first
    seen = {first}
    for name in ("4.bias", "1.running_mean"):
        module = net()
        module.state_dict()[name].view(-1)[0] += 1
        seen.add(weights_digest(module))
    seen |= {weights_digest(net().half()), weights_digest(nn.Sequential(nn.Identity(), *net().children()))}
    assert len(seen) == 5
