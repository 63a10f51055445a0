"""Named weightings."""

import pytest

from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.ranking.presets import PRESETS
from quba.ranking.score import checked_weights


def test_the_set_with_the_paper_first() -> None:
    assert list(PRESETS) == ["paper", "accuracy", "robust", "trustworthy", "fair", "edge", "equal"]


def test_the_paper_preset_is_the_default_weights() -> None:
    assert PRESETS["paper"].weights == {key: dimension.default_weight for key, dimension in DIMENSIONS.items()}
    assert sum(PRESETS["paper"].weights.values()) == pytest.approx(6)


@pytest.mark.parametrize("key", list(PRESETS))
def test_every_preset_names_every_dimension_and_says_what_it_is_for(key: str) -> None:
    preset = PRESETS[key]
    assert preset.key == key
    assert list(preset.weights) == list(DIMENSIONS)
    assert checked_weights(preset.weights) == preset.weights
    assert preset.description.endswith(".")


@pytest.mark.parametrize(
    ("key", "weights"),
    [
        ("accuracy", (1, 0, 0, 0, 0, 0, 0, 0, 0)),
        ("robust", (1, 1, 1, 1, 0.5, 0, 0.5, 0.5, 0)),
        ("trustworthy", (1, 0.5, 0.5, 0.5, 2, 1, 0.5, 0, 0)),
        ("fair", (1, 0, 0, 0, 0.5, 3, 0.5, 0, 0)),
        ("edge", (1.5, 0, 0.5, 0, 0.5, 0, 0, 0, 3)),
        ("equal", (1, 1, 1, 1, 1, 1, 1, 1, 1)),
    ],
)
def test_a_name_in_a_shared_link_keeps_its_weights(key: str, weights: tuple[float, ...]) -> None:
    assert PRESETS[key].weights == dict.fromkeys(DIMENSIONS, 0) | dict(zip(STUDY_DIMENSIONS, weights, strict=True))


def test_weightings_differ() -> None:
    assert len({tuple(preset.weights.values()) for preset in PRESETS.values()}) == len(PRESETS)


def test_a_preset_cannot_be_changed_from_outside() -> None:
    with pytest.raises(TypeError):
        PRESETS["paper"].weights["accuracy"] = 9.0  # type: ignore[index]
