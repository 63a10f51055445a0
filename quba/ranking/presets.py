"""Named weightings to start from: those that come with the program, and those of one's own that are in force."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from quba.dimensions import BUILT_IN, STUDY_DIMENSIONS, current_dimensions
from quba.preset import Preset

__all__ = ["BUILT_IN_PRESETS", "PRESETS", "Preset"]


def _weights(**positive: float) -> Mapping[str, float]:
    """A weight for every built-in dimension; those not named weigh 0, as all beyond the study's do."""
    # Frozen, because every request shares these very weights.
    return MappingProxyType({key: positive.get(key, 0.0) for key in BUILT_IN})


_PRESETS = (
    Preset(
        "paper",
        "Paper default",
        "The published weighting: six themes count the same, and themes with several dimensions share theirs.",
        # Of the study's dimensions by name: a tenth one must not change what was published.
        _weights(**{key: BUILT_IN[key].default_weight for key in STUDY_DIMENSIONS}),
    ),
    Preset(
        "accuracy",
        "Accuracy only",
        "The conventional leaderboard, to see what it overlooks.",
        _weights(accuracy=1.0),
    ),
    Preset(
        "robust",
        "Robust",
        "For images that will not look like the training data: noise, weather, odd renditions, manipulation.",
        _weights(
            accuracy=1.0,
            adversarial_robustness=1.0,
            corruption_robustness=1.0,
            ood_robustness=1.0,
            calibration_error=0.5,
            object_focus=0.5,
            shape_bias=0.5,
        ),
    ),
    Preset(
        "trustworthy",
        "Trustworthy",
        "For decisions that people act on: honest confidence first, then even treatment and steadiness.",
        _weights(
            accuracy=1.0,
            adversarial_robustness=0.5,
            corruption_robustness=0.5,
            ood_robustness=0.5,
            calibration_error=2.0,
            class_balance=1.0,
            object_focus=0.5,
        ),
    ),
    Preset(
        "fair",
        "Fair",
        "For uses in which no class may be served worse than the others.",
        _weights(accuracy=1.0, calibration_error=0.5, class_balance=3.0, object_focus=0.5),
    ),
    Preset(
        "edge",
        "Edge device",
        "For phones and cameras: small first, accurate next, steady under poor images.",
        _weights(accuracy=1.5, corruption_robustness=0.5, calibration_error=0.5, parameters_millions=3.0),
    ),
    Preset(
        "equal",
        "All equal",
        "Every dimension counts the same, so robustness with its three dimensions counts most.",
        # For the same reason equal means equal among the nine.
        _weights(**dict.fromkeys(STUDY_DIMENSIONS, 1.0)),
    ),
)

BUILT_IN_PRESETS: Mapping[str, Preset] = MappingProxyType({preset.key: preset for preset in _PRESETS})
"""The presets that come with the program by key; ``paper`` comes first and is the default."""


class _PresetsInForce(Mapping[str, Preset]):
    """What is in force where it is asked, as ``DIMENSIONS`` is of dimensions."""

    def __getitem__(self, key: str) -> Preset:
        # The built-in ones count: a later version of the program may bring one of the same key.
        found = BUILT_IN_PRESETS.get(key)
        if found is None:
            found = next((each for each in current_dimensions().presets if each.key == key), None)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        yield from BUILT_IN_PRESETS
        yield from (each.key for each in current_dimensions().presets if each.key not in BUILT_IN_PRESETS)

    def __len__(self) -> int:
        return sum(1 for _ in self)


PRESETS: Mapping[str, Preset] = _PresetsInForce()
"""All presets by key: the built-in ones, and where ``quba.dimensions.dimensions_in_force`` says so, more."""
