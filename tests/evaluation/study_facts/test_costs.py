"""Costs against figures that others published, and against sums that are done by hand."""

import csv
from importlib.resources import files

import pytest
import timm
import torch
import torchvision
from timm.layers.config import use_fused_attn
from torch import nn

from evaluation.study_facts import costs
from evaluation.study_facts.costs import Cost, cost_of

# timm's repository at aa4b585, results/benchmark-infer-*.csv: model, image size, gmacs, macts. Its counter adds batch
# normalisation and pooling, a few hundredths of the whole.
OF_TIMM = [
    ("resnet50.a1_in1k", 224, 4.11, 11.11),
    ("beit_base_patch16_224.in22k_ft_in22k_in1k", 224, 17.58, 23.9),
    ("convnext_tiny.fb_in1k", 224, 4.47, 13.44),
    ("xcit_tiny_12_p8_224.fb_in1k", 224, 4.81, 23.6),
    ("cait_s24_384.fb_dist_in1k", 384, 32.17, 245.31),
    ("swin_tiny_patch4_window7_224.ms_in22k_ft_in1k", 224, 4.51, 17.06),
]


@pytest.mark.parametrize(("name", "size", "gmacs", "macts"), OF_TIMM)
def test_the_counts_are_those_that_timm_publishes(name: str, size: int, gmacs: float, macts: float) -> None:
    found = cost_of("timm", name)
    assert found is not None
    assert found.input_size == size
    assert found.macs / 1e9 == pytest.approx(gmacs, rel=0.01)
    assert found.activations / 1e6 == pytest.approx(macts, rel=0.01)


@pytest.mark.parametrize(
    "identifier",
    [
        "resnet50/ResNet50_Weights.IMAGENET1K_V1",
        "googlenet/GoogLeNet_Weights.IMAGENET1K_V1",
        "inception_v3/Inception_V3_Weights.IMAGENET1K_V1",
        "regnet_y_400mf/RegNet_Y_400MF_Weights.IMAGENET1K_V1",
        "vit_b_16/ViT_B_16_Weights.IMAGENET1K_V1",
        "swin_t/Swin_T_Weights.IMAGENET1K_V1",
        "mobilenet_v2/MobileNet_V2_Weights.IMAGENET1K_V1",
    ],
)
def test_the_counts_are_those_that_torchvision_publishes(identifier: str) -> None:
    weights = torchvision.models.get_weight(identifier.partition("/")[2])
    found = cost_of("torchvision", identifier)
    assert found is not None
    # To the last digit of what its own documentation shows.
    assert found.macs / 1e9 == pytest.approx(weights.meta["_ops"], abs=0.00051)
    assert found.activations > 0


def test_a_small_net_is_counted_as_by_hand() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 4 * 4, 10)).to("meta")
    convolution, layer = 4 * 4 * 8 * 3 * 9, 8 * 4 * 4 * 10
    assert costs._cost_of_net(net, 4) == Cost(
        macs=convolution + layer, activations=8 * 4 * 4 + 10, parameters=8 * 28 + 129 * 10, input_size=4
    )


def test_the_shipped_figures_are_those_that_are_counted_now() -> None:
    with (files("backend.imports") / "model_facts.csv").open(encoding="utf-8") as file:
        rows = {row["model_id"]: row for row in csv.DictReader(file)}
    for name in ("resnet50", "efficientnet-b0-a1", "resnet50-a3", "pit-b"):
        row = rows[name]
        found = cost_of(row["source_library"], row["source_identifier"])
        assert found is not None
        assert float(row["macs_billions"]) == pytest.approx(found.macs / 1e9, rel=1e-5)
        assert float(row["activations_millions"]) == pytest.approx(found.activations / 1e6, rel=1e-5)
        # The study measured those of the three recipes at 224, also those that were trained at 160.
        assert int(row["input_size"]) == found.input_size == 224


# protocol.md, 6: the transform is that of the base tag of timm, the same for the three recipes.
SIZES = {
    "efficientnet-b0": 224, "efficientnet-b1": 240, "efficientnet-b2": 260, "efficientnet-b3": 300,
    "efficientnet-b4": 380, "efficientnet-v2-rw-s": 288, "efficientnet-v2-rw-m": 320, "regnet-y-4gf": 224,
    "regnet-y-8gf": 224, "regnet-y-16gf": 224, "regnet-y-32gf": 224, "senet154": 224,
}  # fmt: skip


def test_the_weights_of_the_release_are_counted_at_the_size_that_they_are_measured_at() -> None:
    with (files("backend.imports") / "model_facts.csv").open(encoding="utf-8") as file:
        shipped = {row["model_id"]: row for row in csv.DictReader(file) if "v0.1-rsb" in row["source_library"]}
    assert {key: int(row["input_size"]) for key, row in shipped.items()} == {
        f"{name}-{recipe}": size for name, size in SIZES.items() for recipe in ("a1", "a2", "a3")
    }
    row = shipped["efficientnet-b4-a2"]
    found = cost_of(row["source_library"], row["source_identifier"])
    assert found is not None
    # Tan and Le 2019, "EfficientNet", table 2: 4.2 billion for B4 at 380.
    assert found.input_size == 380
    assert found.macs / 1e9 == pytest.approx(4.2, rel=0.05)
    assert float(row["macs_billions"]) == pytest.approx(found.macs / 1e9, rel=1e-5)


def test_other_libraries_cannot_be_built_by_name() -> None:
    assert cost_of("bcos==0.1.2", "resnet50") is None


def test_how_attention_is_computed_is_left_as_it_was() -> None:
    before = use_fused_attn(), use_fused_attn(experimental=True), torch.backends.mha.get_fastpath_enabled()
    with pytest.raises(RuntimeError, match="Unknown model"):
        cost_of("timm", "no_such_net")
    assert before == (use_fused_attn(), use_fused_attn(experimental=True), torch.backends.mha.get_fastpath_enabled())


def test_the_versions_are_told_without_the_build() -> None:
    assert f"timm {timm.__version__}" in costs.library_versions()
    assert "+" not in costs.library_versions()
