"""What the study says that it measured, against what is installed."""

from evaluation.corruptions import CORRUPTIONS
from evaluation.datasets import DATA_SETS
from evaluation.published import CORRUPTION_GROUPS, PUBLISHED_CORRUPTIONS, PUBLISHED_DATA_SETS, SEVERITIES

# Hendrycks and Dietterich (2019), section 3.1: 15 corruptions, each at five severities.
COUNTS = {"noise": 3, "blur": 4, "weather": 4, "digital": 4}


def test_the_corruptions_are_those_of_imagenet_c() -> None:
    assert {group: len(keys) for group, keys in CORRUPTION_GROUPS.items()} == COUNTS
    assert len(set(PUBLISHED_CORRUPTIONS)) * len(SEVERITIES) == 75
    assert set(PUBLISHED_CORRUPTIONS) <= set(CORRUPTIONS)


def test_every_published_data_set_is_there_and_each_pass_of_a_benchmark_has_one() -> None:
    assert set(DATA_SETS) >= PUBLISHED_DATA_SETS
    passes = [(DATA_SETS[key].benchmark, DATA_SETS[key].source) for key in sorted(PUBLISHED_DATA_SETS)]
    assert len(passes) == len(set(passes))
