"""What lists images is what the service asks for, although neither imports the other; what was listed is kept."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from backend.evaluations.listing import ImageListing, ImageLists
from backend.problems import ProblemError
from evaluation.own_data.image_listing import ProcessListing
from quba.measuring.evidence import Conditions
from wellbehaved.checker import installed_listing

CONDITIONS = Conditions(benchmark="toy-shapes", digest=None, protocol="corrected", seed=0, samples_per_class=None)


class Counting:
    """Counts how often it is asked; of a built-in benchmark it is given no folder."""

    def __init__(self) -> None:
        self.count = 0

    def paths(
        self,
        conditions: Conditions,
        name: str,
        *,
        folder: str | None,
        definition: Mapping[str, object],
        classes: Sequence[str],
    ) -> list[str]:
        assert (folder, definition, classes) == (None, {}, ())
        self.count += 1
        return [f"{name}/{conditions.seed}"]


def test_the_installed_listing_takes_what_the_service_hands_it(tmp_path: Path) -> None:
    asked, given = (inspect.signature(kind.paths) for kind in (ImageListing, ProcessListing))
    assert list(given.parameters.values()) == list(asked.parameters.values())
    assert isinstance(installed_listing(tmp_path, tmp_path), ProcessListing)


def test_the_lists_that_were_asked_for_last_are_kept() -> None:
    listing = Counting()
    lists = ImageLists(listing)
    for seed in (0, 1, 0, 1):
        assert lists.paths(replace(CONDITIONS, seed=seed), "clean", None) == [f"clean/{seed}"]
    assert listing.count == 2
    lists.paths(CONDITIONS, "sketch", None)
    assert listing.count == 3
    for seed in range(2, 12):
        lists.paths(replace(CONDITIONS, seed=seed), "clean", None)
    lists.paths(CONDITIONS, "clean", None)
    assert listing.count == 14


def test_without_what_lists_the_next_step_is_said() -> None:
    with pytest.raises(ProblemError) as refused:
        ImageLists(None).paths(CONDITIONS, "clean", None)
    assert (refused.value.status, refused.value.code) == (503, "no_image_lists")
    assert "wellbehaved serve" in refused.value.next_step
