"""The table that ships, held against the networks that it is of."""

import json
import math
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from backend.imports.references import LIBRARY, shipped_table
from evaluation.engine.ingredients import dimension_digest
from evaluation.engine.run import Absent
from evaluation.errors import ModelFault
from evaluation.models.loaded_model import LoadedModel
from evaluation.toy_references import measuring
from evaluation.toy_references.nets import NETS
from evaluation.toy_references.recipes import RECIPES
from evaluation.toy_references.training import train_model
from evaluation.toy_training import training_images
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.measuring.observations import Measured

LINEAR = RECIPES[0]
# The weights that the table's linear model was measured with, small enough to lie here.
WEIGHTS = Path(__file__).with_name("toy-linear.safetensors")
_SUBSET = 5
# Far enough that a run in ten thousand would fail by chance over all its values, were they independent.
_WIDE = 4.5


@pytest.fixture(scope="module")
def linear() -> LoadedModel:
    torch.set_num_threads(1)
    net = NETS[LINEAR.net]()
    net.load_state_dict(load_file(WEIGHTS))
    return measuring.reference_model(LINEAR, net)


def test_a_reference_measured_again_on_a_subset_agrees_with_the_table(
    linear: LoadedModel, toy_root: Path, tmp_path: Path
) -> None:
    entry = shipped_table()["models"][0]
    assert entry["identity"]["model_id"] == LINEAR.key
    asked = measuring.request(samples_per_class=_SUBSET)
    found = measuring.measure([linear], asked, data=toy_root, folder=tmp_path)[LINEAR.key]
    compared = 0
    for key, told in entry["values"].items():
        result = found[key]
        if isinstance(result, Absent):
            # Five images of a class are too few for two of the values.
            assert DIMENSIONS[key].fewest_images_per_class > _SUBSET
            continue
        error = math.hypot(result.standard_error or 0.0, told["standard_error"] or 0.0)
        assert abs(result.value - told["value"]) <= _WIDE * error + 1e-9, key
        compared += 1
    assert compared >= 7


def test_the_table_says_how_each_value_came_to_be(linear: LoadedModel) -> None:
    table = shipped_table()
    assert table["script"] == measuring.SCRIPT
    assert [each["identity"]["model_id"] for each in table["models"]] == [each.key for each in RECIPES]
    assert {"torch", "timm", "numpy"} <= set(table["library_versions"])
    for entry, recipe in zip(table["models"], RECIPES, strict=True):
        # Whoever changes a recipe has to train and measure again.
        assert entry["recipe"] == json.loads(json.dumps(asdict(recipe)))
        assert set(entry["values"]) == set(STUDY_DIMENSIONS)
        assert entry["identity"]["source_library"] == LIBRARY == measuring.LIBRARY
    assert table["models"][0]["weights_sha256"] == linear.digest
    toy = measuring.request().benchmark
    assert table["ingredients"] == {key: dimension_digest(toy, key) for key in STUDY_DIMENSIONS}


def test_a_table_is_written_whole(linear: LoadedModel, tmp_path: Path) -> None:
    results: dict[str, dict[str, Measured | Absent]] = {
        LINEAR.key: {
            "accuracy": Measured(value=0.5, parts={"top1": 0.5}, sample_count=400, standard_error=0.025),
            "class_balance": Absent(reason=Missing.TOO_FEW_IMAGES, detail="why"),
        }
    }
    asked = measuring.request()
    found = measuring.table([LINEAR], [linear], results, asked, now=datetime(2026, 7, 1, 12, 0, 0, 5, tzinfo=UTC))
    measuring.write(found, tmp_path / "table.json")
    again = json.loads((tmp_path / "table.json").read_text())
    assert again == json.loads(json.dumps(found))
    assert again["measured_at"] == "2026-07-01T12:00:00+00:00"
    (entry,) = again["models"]
    assert entry["parameters"] == 12_304
    assert entry["values"]["accuracy"]["sample_count"] == 400
    assert entry["values"]["class_balance"]["missing_reason"] == "too_few_images"
    assert [path.name for path in tmp_path.iterdir()] == ["table.json"]


def test_a_fault_ends_the_measuring(linear: LoadedModel, toy_root: Path, tmp_path: Path) -> None:
    broken = measuring.reference_model(LINEAR, torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Softmax(dim=1)))
    with pytest.raises(ModelFault):
        measuring.measure([broken], measuring.request(samples_per_class=1), data=toy_root, folder=tmp_path)


@pytest.mark.skipif(os.environ.get("WELLBEHAVED_SOAK") != "1", reason="minutes; `make soak` runs it")
def test_training_the_linear_one_again_gives_its_accuracy(tmp_path: Path) -> None:
    from evaluation.toy.generator import make_toy

    make_toy(tmp_path / "data")
    torch.set_num_threads(1)
    net = train_model(LINEAR, training_images(tmp_path / "data"), tmp_path / "weights")
    found = measuring.measure(
        [measuring.reference_model(LINEAR, net)], measuring.request(), data=tmp_path / "data", folder=tmp_path / "steps"
    )[LINEAR.key]
    told = shipped_table()["models"][0]["values"]["accuracy"]
    accuracy = found["accuracy"]
    assert isinstance(accuracy, Measured)
    assert abs(accuracy.value - told["value"]) <= _WIDE * told["standard_error"]
