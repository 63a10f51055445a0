"""docs/recipes/add-an-attack.md, add-a-corruption.md and add-a-data-set.md, followed: every number stays what it is."""

import json

from evaluation.benchmark import BENCHMARKS
from evaluation.engine.ingredients import dimension_digest, ingredients_digest
from tests.recipes.conftest import House

_ROWS = "_ROWS = (\n"
# A second set for a pass that has one.
_ROW = '    _Row(key="contrast", label="Contrast", source=Pass.SKETCH, per_category=80, licence="CC BY 4.0"),\n'
_LINE = "| contrast | `modelvshuman/contrast/<category>/` | 1,280 | CC BY 4.0 | `download` |\n"


def test_an_attack_a_corruption_and_a_data_set(house: House) -> None:
    (house.root / "digests.json").write_text(json.dumps(_digests()), encoding="utf-8")
    own = house.add("attack")
    house.edit("docs/evaluation.md", "", "\n- `mim`: five steps with momentum (Dong et al. 2018).\n")
    house.follows("add-an-attack", key="mim")
    own += house.add("corruption")
    house.edit("docs/evaluation.md", "", "- `saturate`: colours fade.\n")
    house.follows("add-a-corruption", key="saturate")
    house.edit("evaluation/datasets/model_vs_human.py", _ROWS, _ROWS + _ROW)
    house.edit("docs/datasets.md", "| cue-conflict |", _LINE + "| cue-conflict |")
    house.follows("add-a-data-set", family="model_vs_human")
    checks = [file for recipe in ("attack", "corruption", "data_set") for file in house.check(recipe)]
    house.pytest(
        *own, *checks, "tests/evaluation/attacks", "tests/evaluation/corruptions/test_corruptions.py",
        "tests/evaluation/test_benchmark.py", "tests/evaluation/engine/test_stages.py",
    )  # fmt: skip


def _digests() -> dict[str, dict[str, str | None]]:
    """What every number is made of here, for the copy to compare with."""
    dimensions = ("adversarial_robustness", "corruption_robustness", "ood_robustness")
    found: dict[str, dict[str, str | None]] = {
        dimension: {key: dimension_digest(each, dimension) for key, each in BENCHMARKS.items()}
        for dimension in dimensions
    }
    return found | {"all": {key: ingredients_digest(each) for key, each in BENCHMARKS.items()}}
