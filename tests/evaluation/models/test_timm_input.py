"""Which size and crop count for weights of timm."""

from typing import Any

import pytest
import timm

from evaluation.models.timm_input import data_config_of, preparation_of


def config_of(name: str) -> dict[str, Any]:
    config: Any = timm.get_pretrained_cfg(name)
    return dict(config.to_dict())


@pytest.mark.parametrize(
    ("name", "class_count", "pixels", "crop"),
    [
        ("resnet50.a3_in1k", 1000, 224, 0.95),
        # Trained on other classes since, they are none of the study's.
        ("resnet50.a3_in1k", 10, 160, 0.95),
        ("tf_efficientnet_b1.in1k", 1000, 240, 0.882),
    ],
)
def test_the_studys_size_counts_for_the_studys_weights(name: str, class_count: int, pixels: int, crop: float) -> None:
    found = data_config_of(config_of(name), {}, class_count=class_count)
    assert (found["input_size"], found["crop_pct"]) == ((3, pixels, pixels), crop)


def test_what_is_said_comes_before_all() -> None:
    found = data_config_of(config_of("resnet50.a3_in1k"), {"input_size": (3, 96, 96)}, class_count=1000)
    assert found["input_size"] == (3, 96, 96)


def test_a_border_is_filled_with_the_mean_and_then_a_part_of_the_pixels() -> None:
    config = data_config_of(config_of("resnet50.a1_in1k"), {}, class_count=1000)
    centre, border = (preparation_of({**config, "crop_mode": mode}) for mode in ("center", "border"))
    assert centre.mean == (0.485, 0.456, 0.406)
    assert str(list(centre.mean)) not in centre.key
    assert str(list(border.mean)) in border.key
