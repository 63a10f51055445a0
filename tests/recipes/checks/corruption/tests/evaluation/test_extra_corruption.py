"""In the copy with another corruption: it is measured where it is asked for, and no number is made of it."""

import json
from pathlib import Path

import evaluation
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.ingredients import dimension_digest, extra_corruptions, ingredients_digest
from evaluation.engine.stages import Request, plan
from evaluation.models.loaded_model import LoadedModel
from quba.measuring.observations import Measured
from tests.evaluation.conftest import World

ROOT = Path(__file__).parents[2]
KEY = "corruption_robustness"


def test_it_changes_no_digest_and_no_plan() -> None:
    assert Path(evaluation.__file__).is_relative_to(ROOT)
    assert extra_corruptions() == ("saturate",)
    before = json.loads((ROOT / "digests.json").read_text(encoding="utf-8"))
    assert {key: ingredients_digest(each) for key, each in BENCHMARKS.items()} == before["all"]
    assert {key: dimension_digest(each, KEY) for key, each in BENCHMARKS.items()} == before[KEY]
    assert sum(bool(stage.corruption) for stage in plan(Request(benchmark=BENCHMARKS["toy-shapes"])).stages) == 75


def test_it_becomes_a_part_and_enters_no_value(world: World, sees_shape: LoadedModel) -> None:
    plain = world.run(sees_shape, dimensions=(KEY,)).execute()["sees-shape"][KEY]
    found = world.run(sees_shape, dimensions=(KEY,), extras=("saturate",)).execute()["sees-shape"][KEY]
    assert isinstance(plain, Measured)
    assert isinstance(found, Measured)
    assert (found.value, found.standard_error, found.sample_count) == (
        plain.value, plain.standard_error, plain.sample_count,
    )  # fmt: skip
    assert list(found.parts["extras"]["saturate"]) == ["1", "2", "3", "4", "5"]
    assert {name: part for name, part in found.parts.items() if name != "extras"} == plain.parts
