"""Networks with a stem of convolutions."""

import pytest
import torch

from evaluation.models.study.conv_stem import NAMES, conv_stem_net


# Of both kinds; the others differ in width and depth, and are built in test_recipes.py.
@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(("-T-ConvStem", "-B-ConvStem"))])
def test_logits_of_an_image_of_224_pixels(name: str) -> None:
    with torch.device("meta"):
        net = conv_stem_net(name).eval()
        assert net(torch.empty(2, 3, 224, 224)).shape == (2, 1000)


def test_the_stem_normalises_over_channels_at_each_place() -> None:
    torch.manual_seed(0)
    net = conv_stem_net("Singh2023Revisiting_ConvNeXt-T-ConvStem").eval()
    stem = net.get_submodule("stem.stem")
    with torch.no_grad():
        found = stem.get_submodule("1")(torch.randn(1, 48, 5, 5) * 3 + 2)
    assert torch.allclose(found.mean(dim=1), torch.zeros(1, 5, 5), atol=1e-5)
    assert torch.allclose(found.std(dim=1, unbiased=False), torch.ones(1, 5, 5), atol=1e-3)
    # Two strides of two, as the convolution of four pixels that they replace.
    with torch.no_grad():
        assert stem(torch.zeros(1, 3, 64, 64)).shape == (1, 96, 16, 16)


def test_another_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        conv_stem_net("Salman2020Do_R50")
