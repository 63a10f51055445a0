"""In the copy with a second set of sketches: everything starts, it is listed, and no number is made of it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from evaluation.benchmark import BENCHMARKS
from evaluation.datasets import DATA_SETS
from evaluation.engine.ingredients import ingredients_digest
from quba.dimension import Pass
from wellbehaved.cli import app

ROOT = Path(__file__).parents[2]


def test_it_is_there_and_takes_nobodys_place() -> None:
    assert DATA_SETS["contrast"].source is Pass.SKETCH
    assert BENCHMARKS["imagenet-1k"].data_sets[Pass.SKETCH].key == "sketch"
    before = json.loads((ROOT / "digests.json").read_text(encoding="utf-8"))
    assert {key: ingredients_digest(each) for key, each in BENCHMARKS.items()} == before["all"]


def test_it_is_listed() -> None:
    listed = CliRunner().invoke(app, ["datasets", "list", "--json"])
    assert listed.exit_code == 0, listed.output
    assert any(each["key"] == "contrast" for each in json.loads(listed.stdout))
