import pytest
import torch

from evaluation.toy_references.nets import NETS


@pytest.mark.parametrize("name", sorted(NETS))
def test_each_decides_among_the_classes_and_is_small(name: str) -> None:
    net = NETS[name]().eval()
    assert net(torch.zeros(2, 3, 64, 64)).shape == (2, 16)
    assert 10_000 < sum(each.numel() for each in net.parameters()) < 500_000


def test_the_linear_one_is_linear() -> None:
    net = NETS["linear"]().eval()
    one, other = torch.rand(2, 1, 3, 64, 64, generator=torch.Generator().manual_seed(1)).unbind()
    zero = net(torch.zeros(1, 3, 64, 64))
    assert torch.allclose(net(one + other) - zero, net(one) + net(other) - 2 * zero, atol=1e-5)
