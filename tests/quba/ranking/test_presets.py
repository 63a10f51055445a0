"""Named weightings."""

import pytest

from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS, DimensionSet, dimensions_in_force
from quba.preset import Preset
from quba.ranking.presets import BUILT_IN_PRESETS, PRESETS
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


def test_those_of_ones_own_come_last_and_only_where_they_are_in_force() -> None:
    own = Preset("mine", "Mine", "Mine.", {"accuracy": 1.0})
    taken = Preset("paper", "Mine too", "A later version of the program has the key.", {"accuracy": 1.0})
    with dimensions_in_force(DimensionSet(presets=(own, taken))):
        assert list(PRESETS) == [*BUILT_IN_PRESETS, "mine"]
        assert (PRESETS["mine"], len(PRESETS)) == (own, len(BUILT_IN_PRESETS) + 1)
        assert PRESETS["paper"].label == "Paper default"
    assert list(PRESETS) == list(BUILT_IN_PRESETS)
    assert "mine" not in PRESETS
    with pytest.raises(KeyError):
        PRESETS["mine"]


def test_sets_that_differ_in_a_weight_alone_are_told_apart() -> None:
    one, other = (DimensionSet(presets=(Preset("a", "A", "A.", {"accuracy": weight}),)) for weight in (1.0, 2.0))
    assert one != other
    assert hash(one) == hash(other)
