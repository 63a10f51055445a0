"""docs/recipes/add-an-attack.md and add-a-corruption.md, followed."""

import json

from evaluation.benchmark import BENCHMARKS
from evaluation.engine.ingredients import dimension_digest, ingredients_digest
from tests.recipes.conftest import House


def test_another_attack(house: House) -> None:
    _note_digests(house, "adversarial_robustness")
    own = house.add("attack")
    house.edit("docs/evaluation.md", "", "\n- `mim`: five steps with momentum (Dong et al. 2018).\n")
    house.follows("add-an-attack", key="mim")
    house.pytest(*own, *house.check("attack"), "tests/evaluation/attacks", "tests/evaluation/engine/test_stages.py")


def test_another_corruption(house: House) -> None:
    _note_digests(house, "corruption_robustness")
    own = house.add("corruption")
    house.edit("docs/evaluation.md", "", "\n- `saturate`: colours fade or glow.\n")
    house.follows("add-a-corruption", key="saturate")
    house.pytest(
        *own, *house.check("corruption"), "tests/evaluation/corruptions/test_corruptions.py",
        "tests/evaluation/engine/test_stages.py",
    )  # fmt: skip


def _note_digests(house: House, dimension: str) -> None:
    """What every number is made of here, for the copy to compare with."""
    digests = {
        "all": {key: ingredients_digest(each) for key, each in BENCHMARKS.items()},
        dimension: {key: dimension_digest(each, dimension) for key, each in BENCHMARKS.items()},
    }
    (house.root / "digests.json").write_text(json.dumps(digests), encoding="utf-8")
