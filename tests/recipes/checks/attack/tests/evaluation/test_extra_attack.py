"""In the copy with another attack: it is measured where it is asked for, and no number is made of it."""

import json
from pathlib import Path

import evaluation
from evaluation.attacks import ATTACKS
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.ingredients import dimension_digest, extra_attacks, ingredients_digest
from evaluation.models.loaded_model import LoadedModel
from quba.measuring.observations import Measured
from tests.evaluation.conftest import World

ROOT = Path(__file__).parents[2]
KEY = "adversarial_robustness"


def test_it_changes_no_digest() -> None:
    assert Path(evaluation.__file__).is_relative_to(ROOT)
    assert "mim" in ATTACKS
    assert extra_attacks() == ("mim",)
    before = json.loads((ROOT / "digests.json").read_text(encoding="utf-8"))
    assert {key: ingredients_digest(each) for key, each in BENCHMARKS.items()} == before["all"]
    assert {key: dimension_digest(each, KEY) for key, each in BENCHMARKS.items()} == before[KEY]


def test_it_becomes_a_part_and_enters_no_value(world: World, sees_shape: LoadedModel) -> None:
    plain = world.run(sees_shape, dimensions=(KEY,)).execute()["sees-shape"][KEY]
    asked = world.run(sees_shape, dimensions=(KEY,), extras=("mim",))
    assert [stage.key for stage in asked.plan.stages] == ["mim.corrected", "clean+fgsm+pgd.corrected"]
    found = asked.execute()["sees-shape"][KEY]
    assert isinstance(plain, Measured)
    assert isinstance(found, Measured)
    assert (found.value, found.standard_error, found.sample_count) == (
        plain.value, plain.standard_error, plain.sample_count,
    )  # fmt: skip
    own = found.parts["extras"]["mim"]
    assert own["image_count"] == 64
    assert 0 <= own["accuracy"] <= 1
    assert {name: part for name, part in found.parts.items() if name != "extras"} == plain.parts
