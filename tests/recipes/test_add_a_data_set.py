"""docs/recipes/add-a-data-set.md, followed: a second set for a pass that has one."""

import json

from evaluation.benchmark import BENCHMARKS
from evaluation.engine.ingredients import ingredients_digest
from tests.recipes.conftest import House

_ROWS = "_ROWS = (\n"
_ROW = '    _Row(key="contrast", label="Contrast", source=Pass.SKETCH, per_category=80, licence="CC BY 4.0"),\n'
_LINE = "| contrast | `modelvshuman/contrast/<category>/` | 1,280 | CC BY 4.0 | `download` |\n"


def test_a_second_set_for_a_pass(house: House) -> None:
    digests = {key: ingredients_digest(each) for key, each in BENCHMARKS.items()}
    (house.root / "digests.json").write_text(json.dumps(digests), encoding="utf-8")
    house.edit("evaluation/datasets/model_vs_human.py", _ROWS, _ROWS + _ROW)
    house.edit("docs/datasets.md", "| cue-conflict |", _LINE + "| cue-conflict |")
    house.follows("add-a-data-set", family="model_vs_human")
    house.pytest(*house.check("data_set"), "tests/evaluation/test_benchmark.py")
