"""Models built without their weights: who they are, and when that is done."""

from collections.abc import Callable

import pytest
import timm
import torch

from evaluation.errors import LibraryMissing, UnknownModel, WeightsUnavailable
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.loading import load
from evaluation.models.study.table import study_models
from evaluation.models.untrained import untrained_model, with_weights_or_untrained
from evaluation.running_cost.forward_pass import input_shape


def failing(fault: Exception) -> Callable[[], LoadedModel]:
    def load() -> LoadedModel:
        raise fault

    return load


@pytest.mark.parametrize(
    ("name", "called", "origin", "shape"),
    [
        ("mixnet_s.ft_in1k", "mixnet_s.ft_in1k", ("timm", "mixnet_s.ft_in1k"), (3, 224, 224)),
        ("no_such_net", None, None, None),
        ("mixnet_s.nonsense", None, None, None),
        ("open_clip:RN50/openai", None, None, None),
        (
            "torchvision:shufflenet_v2_x0_5",
            "torchvision:shufflenet_v2_x0_5",
            ("torchvision", "shufflenet_v2_x0_5/ShuffleNet_V2_X0_5_Weights.IMAGENET1K_V1"),
            (3, 224, 224),
        ),
    ],
)
def test_the_same_model_is_built_without_weights(
    name: str, called: str | None, origin: tuple[str, str] | None, shape: tuple[int, int, int] | None
) -> None:
    found = untrained_model(name, class_count=1000, device="cpu")
    if called is None:
        assert found is None
        return
    assert found is not None
    assert (found.name, found.untrained, input_shape(found.preparation)) == (called, True, shape)
    assert (found.identity.source_library, found.identity.source_identifier) == origin
    assert found.net(torch.zeros(1, *input_shape(found.preparation))).shape == (1, 1000)


@pytest.mark.parametrize("class_count", [16, 1000])
def test_an_architecture_that_never_had_weights_has_the_classes_of_the_benchmark(class_count: int) -> None:
    def build() -> LoadedModel:
        return load("test_vit4", class_count=class_count)

    assert not timm.is_model_pretrained("test_vit4")
    found = with_weights_or_untrained("test_vit4", build, class_count=class_count, device="cpu")
    assert (found.untrained, found.class_count) == (True, class_count)
    assert found.net(torch.zeros(1, *input_shape(found.preparation))).shape == (1, class_count)


@pytest.mark.parametrize("model_id", ["alexnet", "resnet50-dino-lp"])
def test_a_model_of_the_study_is_the_studys(model_id: str) -> None:
    found = untrained_model(f"study:{model_id}", class_count=1000, device="cpu")
    assert found is not None
    assert (found.name, found.untrained) == (f"study:{model_id}", True)
    assert found.identity == study_models()[model_id].identity


def test_what_was_never_released_cannot_be_built() -> None:
    unreleased = next(each.model_id for each in study_models().values() if each.loader is None)
    assert untrained_model(f"study:{unreleased}", class_count=1000, device="cpu") is None


def test_weights_are_taken_where_they_can_be_had() -> None:
    trained = untrained_model("mixnet_s.ft_in1k", class_count=1000, device="cpu")
    assert trained is not None
    assert with_weights_or_untrained("mixnet_s.ft_in1k", lambda: trained, class_count=1000, device="cpu") is trained


def test_without_weights_a_note_says_why() -> None:
    fault = WeightsUnavailable("the hub does not answer.")
    found = with_weights_or_untrained("mixnet_s.ft_in1k", failing(fault), class_count=1000, device="cpu")
    assert found.untrained
    assert found.notes == (
        "it is measured untrained, for time and memory do not depend on weights, which cannot be had: the hub does "
        "not answer.",
    )


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("mixnet_s.ft_in1k", LibraryMissing("open_clip is not installed.")),
        ("mixnet_s.ft_in1k", UnknownModel("no such model.")),
        ("mixnet_s.nonsense", WeightsUnavailable("timm has no such weights.")),
    ],
)
def test_other_faults_stay_what_they_are(name: str, fault: Exception) -> None:
    with pytest.raises(type(fault)) as raised:
        with_weights_or_untrained(name, failing(fault), class_count=1000, device="cpu")
    assert raised.value is fault
