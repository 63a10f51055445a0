"""BagNets see patches of a known size, which is what they are for."""

import pytest
import torch

from evaluation.models.study.bagnet import BagNet


@pytest.mark.parametrize(("name", "side"), [("bagnet9", 9), ("bagnet17", 17), ("bagnet33", 33)])
def test_a_feature_sees_a_patch_of_the_size_that_the_name_says(name: str, side: int) -> None:
    torch.manual_seed(0)
    net = BagNet(name).eval().double()
    image = torch.rand(1, 3, 64, 64, dtype=torch.float64, requires_grad=True)
    seen = []
    net.get_submodule("layer4").register_forward_hook(lambda *inner: seen.append(inner[-1]))
    net(image)
    (features,) = seen
    # The first feature, whose patch begins in the corner.
    features[0, :, 0, 0].sum().backward()
    assert image.grad is not None
    touched = image.grad[0].abs().sum(dim=0) > 0
    assert touched.any(dim=0).nonzero().max() + 1 == side
    assert touched.any(dim=1).nonzero().max() + 1 == side


def test_logits_are_those_of_the_mean_feature() -> None:
    torch.manual_seed(0)
    net = BagNet("bagnet9").eval()
    seen = []
    net.get_submodule("layer4").register_forward_hook(lambda *inner: seen.append(inner[-1]))
    with torch.no_grad():
        logits = net(torch.rand(2, 3, 32, 32))
        assert torch.allclose(logits, net.fc(seen[0].flatten(2).mean(dim=2)), atol=1e-6)
    assert logits.shape == (2, 1000)
