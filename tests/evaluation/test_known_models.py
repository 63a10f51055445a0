"""Known samples: models whose values follow from how they are made, run through the real runner."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from evaluation.engine.means import Means
from evaluation.engine.run import Absent, Result
from quba.dimension import Missing, Pass
from quba.dimensions import MEASURES
from quba.measuring.observations import Measured
from quba.vocabulary import RANKED_PROTOCOLS, Protocol
from tests.evaluation.conftest import VALUED

if TYPE_CHECKING:
    from pathlib import Path

    from evaluation.models.loaded_model import LoadedModel
    from tests.evaluation.conftest import Load, World


RANKED = tuple(map(Protocol, RANKED_PROTOCOLS))


class Constant(nn.Module):
    """Always the same outputs."""

    def __init__(self, *outputs: float) -> None:
        super().__init__()
        self.outputs = nn.Parameter(torch.tensor(outputs))

    def forward(self, images: Tensor) -> Tensor:
        return self.outputs.expand(len(images), -1)


class Sure(nn.Module):
    """Always as sure as it is told to be, of what another net decides."""

    def __init__(self, inner: nn.Module, confidence: float) -> None:
        super().__init__()
        self.inner = inner
        others = (1 - confidence) / 3
        self.lead = float(np.log(confidence / others))

    def forward(self, images: Tensor) -> Tensor:
        decided = self.inner(images).argmax(dim=1)
        return self.lead * nn.functional.one_hot(decided, 4).float() - 0.5


def values(world: "World", model: "LoadedModel", **wishes: Any) -> dict[str, float]:  # noqa: ANN401
    results = world.run(model, **wishes).execute()[model.name]
    return {key: each.value for key, each in results.items() if isinstance(each, Measured)}


@pytest.mark.parametrize("protocol", RANKED)
def test_an_oracle_is_perfect_on_everything(world: "World", sees_shape: "LoadedModel", protocol: Protocol) -> None:
    found = values(world, sees_shape, protocol=protocol)
    assert set(found) == set(VALUED)
    for key in ("accuracy", "adversarial_robustness", "corruption_robustness", "ood_robustness", "object_focus"):
        assert found[key] == 1, key
    assert found["shape_bias"] == 1
    assert found["parameters_millions"] == 0.0


def test_a_texture_only_model(world: "World", sees_texture: "LoadedModel") -> None:
    found = values(world, sees_texture)
    assert (found["accuracy"], found["shape_bias"], found["object_focus"]) == (1, 0, 1)


def test_a_background_only_model(world: "World", sees_background: "LoadedModel") -> None:
    found = values(world, sees_background)
    # In every fourth image the strange background happens to be the object's own.
    assert found["accuracy"] == 1
    assert found["object_focus"] == pytest.approx(0.25)


def test_a_constant_model(world: "World", loaded: "Load") -> None:
    results = world.run(loaded(Constant(2.0, -1.0, 0.0, 0.5))).execute()["net"]
    found = {key: each.value for key, each in results.items() if isinstance(each, Measured)}
    assert found["accuracy"] == 0.25
    # An attack finds no slope, so that nothing changes.
    assert found["adversarial_robustness"] == found["corruption_robustness"] == found["ood_robustness"] == 1
    sure = float(torch.tensor([2.0, -1.0, 0.0, 0.5]).softmax(dim=0)[0])
    calibration = results["calibration_error"]
    assert isinstance(calibration, Measured)
    assert calibration.parts["ece"] == pytest.approx(sure - 0.25, abs=1e-6)
    # Recall is 1 for one class and 0 for three; confidence never varies.
    assert found["class_balance"] == pytest.approx(np.sqrt(1 - 0.5), abs=1e-6)


def test_a_uniform_guesser_is_calibrated(world: "World", loaded: "Load") -> None:
    results = world.run(loaded(Constant(0.0, 0.0, 0.0, 0.0))).execute()["net"]
    calibration = results["calibration_error"]
    assert isinstance(calibration, Measured)
    assert calibration.parts["ece"] == pytest.approx(0, abs=1e-6)
    assert calibration.parts["ace"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("confidence", [0.6, 0.9, 0.99])
def test_an_overconfident_model_has_the_error_that_was_set(
    world: "World", loaded: "Load", sees_background: "LoadedModel", confidence: float
) -> None:
    # On strange backgrounds it is right in a quarter of the cases, and always equally sure.
    data_sets = world.benchmark.data_sets
    mistaken = world.with_data_set(replace(data_sets[Pass.CLEAN], read=data_sets[Pass.MIXED_RAND].read))
    results = mistaken.run(loaded(Sure(sees_background.net, confidence)), dimensions=("calibration_error",)).execute()
    calibration = results["net"]["calibration_error"]
    assert isinstance(calibration, Measured)
    assert calibration.parts["ece"] == pytest.approx(confidence - 0.25, abs=1e-6)


def test_a_model_that_is_always_wrong_has_no_ratios(world: "World", always_wrong: "LoadedModel") -> None:
    results = world.run(always_wrong).execute()["always-wrong"]
    assert isinstance(results["accuracy"], Measured)
    assert results["accuracy"].value == 0
    for key in ("adversarial_robustness", "corruption_robustness", "ood_robustness", "object_focus"):
        result = results[key]
        assert isinstance(result, Absent), key
        assert result.reason is Missing.ZERO_CLEAN_ACCURACY
    assert isinstance(results["shape_bias"], Measured)
    assert results["shape_bias"].value == 0
    assert isinstance(results["calibration_error"], Measured)


class TwoSides(nn.Module):
    """A linear model of two classes: the sign of a weighted sum."""

    def __init__(self, weights: Tensor, offset: float) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)
        self.offset = offset

    def forward(self, images: Tensor) -> Tensor:
        score = images.flatten(1) @ self.weights + self.offset
        return torch.stack([-score, score], dim=1)


@pytest.mark.parametrize("protocol", RANKED)
def test_a_linear_model_falls_to_attacks_exactly_where_its_margin_ends(
    world: "World", loaded: "Load", tmp_path: "Path", protocol: Protocol
) -> None:
    rng = np.random.default_rng(0)
    # No value comes near 0 or 255, so that no clamp helps the model.
    pixels = rng.integers(60, 190, (60, 2, 2, 3), dtype=np.uint8)
    weights = torch.from_numpy(rng.normal(size=2 * 2 * 3).astype(np.float32))
    folder = tmp_path / "linear" / "clean"
    folder.mkdir(parents=True)
    inputs = torch.from_numpy(pixels).permute(0, 3, 1, 2).flatten(1).float() / 255
    offset = -float((inputs @ weights).median())
    margins = inputs.double() @ weights.double() + offset
    labels = (margins > 0).int().tolist()
    for number, label in enumerate(labels):
        Image.fromarray(pixels[number]).save(folder / f"{number:03d}_{label}_0.png")
    survives = margins.abs() > 8 / 255 * weights.double().abs().sum()
    assert 0.2 < survives.double().mean() < 0.8

    two = replace(world.benchmark, class_count=2)
    model = loaded(TwoSides(weights, offset), class_count=2)
    linear = replace(world, benchmark=two, root=tmp_path / "linear")
    results = linear.run(model, protocol=protocol, dimensions=("adversarial_robustness",)).execute()["net"]
    measured = results["adversarial_robustness"]
    assert isinstance(measured, Measured)
    assert measured.parts["fgsm"]["accuracy"] == pytest.approx(survives.double().mean().item())
    # Ten steps of 2/255 from anywhere in the box reach its corner, so that the two attacks are equally strong here.
    assert measured.parts["pgd"]["accuracy"] == measured.parts["fgsm"]["accuracy"]


class Moody(nn.Sequential):
    """Batch norm and dropout: in training mode its outputs depend on the batch and on chance."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.AdaptiveAvgPool2d(3),
            nn.Flatten(),
            nn.Linear(72, 4),
        )
        generator = torch.Generator().manual_seed(3)
        for parameter in self.parameters():
            parameter.data = torch.randn(parameter.shape, generator=generator)


@pytest.mark.parametrize("batch_size", [1, 5, 32])
def test_batch_norm_and_dropout_see_neither_the_batch_nor_the_past(
    world: "World", loaded: "Load", sees_texture: "LoadedModel", tmp_path: "Path", batch_size: int
) -> None:
    expected = world.run(loaded(Moody())).execute()["net"]
    again = replace(world, folder=tmp_path / "other steps")
    moody, other = loaded(Moody()), loaded(Moody(), "other")
    means = Means(batch_size=batch_size, workers=0)
    found = again.run(other, sees_texture, moody, means=means).execute()["net"]
    for key in VALUED:
        result = expected[key]
        assert isinstance(result, Measured)
        again_found = found[key]
        assert isinstance(again_found, Measured)
        assert again_found.value == pytest.approx(result.value, abs=1e-6), key


def test_the_order_of_dimensions_and_of_models_changes_nothing(
    world: "World", loaded: "Load", sees_texture: "LoadedModel", tmp_path: "Path"
) -> None:
    one = world.run(loaded(Moody()), sees_texture).execute()
    elsewhere = replace(world, folder=tmp_path / "other steps")
    other = elsewhere.run(sees_texture, loaded(Moody()), dimensions=tuple(MEASURES)[::-1]).execute()
    assert one["net"] == other["net"]
    alone: dict[str, Result] = {}
    for key in MEASURES:
        single = replace(world, folder=tmp_path / key)
        alone |= single.run(loaded(Moody()), dimensions=(key,)).execute()["net"]
    assert alone.keys() == one["net"].keys()
    for key in VALUED:
        result, single_result = one["net"][key], alone[key]
        assert isinstance(result, Measured)
        assert isinstance(single_result, Measured)
        assert single_result.value == pytest.approx(result.value, abs=1e-9), key
