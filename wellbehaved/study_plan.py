"""How the study's models would be shared out among devices, and how many hours each would take."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """What one device would measure.

    Attributes:
        hours: that it would take.
        models: in the order in which it would take them, the longest first.
    """

    hours: float
    models: tuple[str, ...]


def longest_first(cost: Mapping[str, float]) -> list[str]:
    """The models in the order in which they are taken, by hours or whatever grows with them.

    >>> longest_first({"a": 2.0, "c": 3.0, "b": 3.0})
    ['b', 'c', 'a']
    """
    return sorted(cost, key=lambda each: (-cost[each], each))


def shares(hours: Mapping[str, float], devices: int) -> list[Share]:
    """Share models out so that no device works much longer than another: each longest goes to the least busy.

    This is at most a third longer than the best that there is (Graham 1969, doi 10.1137/0117039).

    Args:
        hours: of each model.
        devices: how many, 1 or more.

    Raises:
        ValueError: there are none.

    >>> [(share.hours, share.models) for share in shares({"a": 3.0, "b": 2.0, "c": 2.0}, 2)]
    [(3.0, ('a',)), (4.0, ('b', 'c'))]
    """
    if devices < 1:
        raise ValueError(f"devices is {devices}; there must be 1 or more.")
    taken: list[list[str]] = [[] for _ in range(devices)]
    busy = [0.0] * devices
    for model in longest_first(hours):
        least = min(range(devices), key=busy.__getitem__)
        taken[least].append(model)
        busy[least] += hours[model]
    return [Share(hours=time, models=tuple(models)) for time, models in zip(busy, taken, strict=True)]


def forward_passes() -> float:
    """Forward passes that measuring a model on the study's benchmark takes, in whole images.

    Attacks count by what they cost in the place of forward passes, a gradient two.
    """
    from evaluation.attacks import ATTACKS
    from evaluation.datasets import DATA_SETS
    from quba.benchmarks import STUDY_BENCHMARK
    from quba.dimension import Pass

    own = [each for each in DATA_SETS.values() if each.benchmark == STUDY_BENCHMARK]
    clean = sum(each.image_count for each in own if each.source is Pass.CLEAN)
    images = sum(each.image_count * len(each.variants) for each in own)
    return images + clean * sum(each.cost for each in ATTACKS.values())
