"""The files of a pass, each at the place that evidence gives it."""

from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.benchmark import BENCHMARKS
from evaluation.datasets.dataset import DataSetMissing
from evaluation.engine.pass_files import files_of_pass, stage_of_pass
from quba.benchmarks import TOY_BENCHMARK
from quba.errors import Refusal
from quba.measuring.evidence import Conditions

TOY = BENCHMARKS[TOY_BENCHMARK]
WHOLE = Conditions(benchmark=TOY.key, digest=None, protocol="corrected", seed=0, samples_per_class=None)
FEW = replace(WHOLE, samples_per_class=2)


def files(conditions: Conditions, name: str, root: Path) -> tuple[Path, ...]:
    return files_of_pass(stage_of_pass(TOY, conditions, name), conditions, root)


def test_all_images_are_named_in_the_order_of_the_set(toy_root: Path) -> None:
    named = files(WHOLE, "clean", toy_root)
    assert len(named) == 400
    assert list(named) == sorted(named)
    # Changes of the clean images are named by these.
    assert files(WHOLE, "pgd", toy_root) == files(WHOLE, "corruptions:fog/3", toy_root) == named
    assert {path.parts[-4] for path in files(WHOLE, "sketch", toy_root)} == {"sketch"}


def test_a_subset_has_its_own_places(toy_root: Path) -> None:
    few = files(FEW, "clean", toy_root)
    assert len(few) == 32
    assert set(few) < set(files(WHOLE, "clean", toy_root))
    assert few == files(FEW, "fgsm", toy_root) != files(replace(FEW, seed=1), "clean", toy_root)
    # Small sets are measured whole.
    assert files(FEW, "sketch", toy_root) == files(WHOLE, "sketch", toy_root)


@pytest.mark.parametrize("name", ["corruptions:fog/9", "shifted:night", "clean:fog/3"])
def test_what_no_dimension_is_made_of_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match=f"{name} is no pass of toy-shapes"):
        stage_of_pass(TOY, WHOLE, name)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataSetMissing):
        files(WHOLE, "clean", tmp_path)
