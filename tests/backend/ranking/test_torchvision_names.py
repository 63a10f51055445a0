"""Where torchvision has changed: write its weights to backend/ranking/torchvision_weights.txt, default ones first."""

import pytest
import torchvision
from torchvision.models import get_model_weights, list_models

from backend.ranking.torchvision_names import CLASS_COUNT, classifiers, full_name


def test_names_and_weights_are_those_of_torchvision() -> None:
    assert list(classifiers()) == list_models(module=torchvision.models)
    for name, tags in classifiers().items():
        kind = get_model_weights(name)
        # Some are of the features alone, and classify nothing.
        held = {each.name: len(each.meta["categories"]) for each in kind if each.meta["categories"]}
        assert tags[0] == kind.DEFAULT.name
        assert sorted(tags) == sorted(held)
        assert set(held.values()) == {CLASS_COUNT}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("torchvision:resnet50", "torchvision:resnet50/IMAGENET1K_V2"),
        ("torchvision:resnet50/IMAGENET1K_V1", "torchvision:resnet50/IMAGENET1K_V1"),
        ("torchvision:resnet50/", "torchvision:resnet50/IMAGENET1K_V2"),
        ("torchvision:resnet50/V9", None),
        ("torchvision:resnet5O", None),
        ("torchvision:", None),
    ],
)
def test_names_of_the_same_weights_are_one(name: str, expected: str | None) -> None:
    assert full_name(name) == expected
