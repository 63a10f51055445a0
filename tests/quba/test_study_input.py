import pytest

from quba.study_input import study_input


@pytest.mark.parametrize(
    ("architecture", "tag", "crop"),
    [("resnet18", "a1_in1k", 0.95), ("resnet50", "a3_in1k", 0.95), ("resnext50_32x4d", "a2_in1k", 0.875)],
)
def test_the_weights_of_the_three_recipes_were_measured_at_224(architecture: str, tag: str, crop: float) -> None:
    assert study_input(architecture, tag) == (224, crop)


@pytest.mark.parametrize(("architecture", "tag"), [("resnet50", "tv_in1k"), ("regnety_040", "a1_in1k"), ("", "")])
def test_all_other_weights_keep_what_their_library_says(architecture: str, tag: str) -> None:
    assert study_input(architecture, tag) is None
