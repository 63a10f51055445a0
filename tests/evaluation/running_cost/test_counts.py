"""Counts of small nets against what they are by hand, and of loaded nets against the table that ships."""

import warnings

import pytest
import timm
import torch
from torch import nn

from evaluation.running_cost.counts import Counts, counts_of, single_products
from evaluation.study_facts.costs import cost_of


def test_a_convolution_and_a_product_by_hand() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 5 * 5, 7))
    found = counts_of(net, torch.zeros(1, 3, 5, 5))
    # Each of the 100 outputs sums 27 products; each of the 7 sums 100.
    assert found == Counts(macs=100 * 27 + 7 * 100, activations=100 + 7)
    assert counts_of(net, torch.zeros(2, 3, 5, 5)) == Counts(macs=2 * found.macs, activations=2 * found.activations)


def test_a_traced_program_counts_as_the_net_that_it_was_made_of() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 5)).eval()
    image = torch.zeros(1, 3, 8, 8)
    expected = Counts(macs=36 * 4 * 27 + 144 * 5, activations=36 * 4 + 5)
    assert counts_of(net, image) == expected
    with warnings.catch_warnings():
        # torch would rather see other formats; these are what people have.
        warnings.simplefilter("ignore", FutureWarning)
        programs: list[nn.Module] = [torch.jit.trace(net, image), torch.jit.script(net)]  # type: ignore[no-untyped-call]
    for program in programs:
        assert counts_of(program, image) == expected


def test_fused_attention_is_counted_in_single_products() -> None:
    class Attends(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            # Four heads' worth of 6 tokens of 8 numbers.
            tokens = images.reshape(1, 4, 6, 8)
            return nn.functional.scaled_dot_product_attention(tokens, tokens, tokens).flatten(1)

    with single_products():
        found = counts_of(Attends(), torch.zeros(1, 3, 8, 8))
    # Queries by keys, and what comes of it by values.
    assert found == Counts(macs=2 * 4 * 6 * 6 * 8, activations=4 * 6 * 6 + 4 * 6 * 8)


def test_the_layer_that_torch_fuses_is_counted_too_and_is_fused_again_afterwards() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    inputs = torch.zeros(1, 6, 8)
    before = torch.backends.mha.get_fastpath_enabled()
    with single_products():
        found = counts_of(layer, inputs)
        assert not torch.backends.mha.get_fastpath_enabled()
    assert torch.backends.mha.get_fastpath_enabled() is before
    # Projections in and out, both products of attention, and two layers.
    assert found.macs == 6 * (8 * 24 + 8 * 8) + 2 * 6 * 6 * 8 + 2 * 6 * 8 * 16


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224.augreg_in21k_ft_in1k", "resnet18.a1_in1k"])
def test_a_loaded_net_counts_as_the_table_of_the_study_does(name: str) -> None:
    net = timm.create_model(name.partition(".")[0]).eval()
    with single_products():
        found = counts_of(net, torch.rand(1, 3, 224, 224))
    expected = cost_of("timm", name)
    assert expected is not None
    assert found == Counts(macs=expected.macs, activations=expected.activations)
