"""Measures the toy references with the protocol that a newcomer's evaluation uses, and writes the table of them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import nn

from evaluation.benchmark import BENCHMARKS
from evaluation.engine.determinants import library_versions
from evaluation.engine.ingredients import dimension_digest
from evaluation.engine.means import Means
from evaluation.engine.run import Absent, Result, Run
from evaluation.engine.stages import Protocol, Request
from evaluation.models.identity import Identity
from evaluation.models.loaded_model import LoadedModel, weights_digest
from evaluation.models.loading import preparation_of
from evaluation.toy.drawing import SIDE
from evaluation.toy_references.recipes import Recipe
from evaluation.toy_references.training import DEVIATION, MEAN
from quba.benchmarks import TOY

SCRIPT = "python -m evaluation.toy_references"
LIBRARY = "toy-reference"
"""Where the weights come from, as the store says it."""


def reference_model(recipe: Recipe, net: nn.Module) -> LoadedModel:
    """A trained reference, ready to be measured."""
    preparation = preparation_of(
        {
            "input_size": (3, SIDE, SIDE), "interpolation": "bicubic", "crop_pct": 1.0, "crop_mode": "center",
            "mean": [MEAN] * 3, "std": [DEVIATION] * 3,
        }
    )  # fmt: skip
    return LoadedModel.of(
        net, name=recipe.key, preparation=preparation, class_count=TOY.class_count, identity=_identity(recipe)
    )


def request(*, seed: int = 0, samples_per_class: int | None = None) -> Request:
    """What is measured: everything, as for a newcomer's model."""
    return Request(
        benchmark=BENCHMARKS[TOY.key],
        protocol=Protocol(TOY.default_protocol),
        samples_per_class=samples_per_class,
        seed=seed,
    )


def measure(
    models: Sequence[LoadedModel], asked: Request, *, data: Path, folder: Path
) -> Mapping[str, Mapping[str, Result]]:
    """The values of each reference by dimension; what was finished in the folder is not repeated."""
    run = Run(models, asked, root=data, folder=folder, means=Means(device="cpu", workers=0))
    results = run.execute()
    # A table that ships must be whole: one model that failed ends it.
    for fault in run.faults.values():
        raise fault
    return results


def table(
    recipes: Sequence[Recipe],
    models: Sequence[LoadedModel],
    results: Mapping[str, Mapping[str, Result]],
    asked: Request,
    *,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The table that the package ships: each value with its error, count and parts, and how it came to be."""
    return {
        "script": SCRIPT,
        "benchmark": asked.benchmark.key,
        "protocol": asked.protocol.value,
        "seed": asked.seed,
        "precision": asked.precision.value,
        "device": f"cpu, {torch.get_num_threads()} thread",
        "measured_at": (now or datetime.now(UTC)).replace(microsecond=0).isoformat(),
        "library_versions": library_versions(),
        "ingredients": {key: dimension_digest(asked.benchmark, key) for key in asked.dimensions},
        "models": [
            {
                "identity": asdict(model.identity),
                "recipe": asdict(recipe),
                "parameters": model.parameter_count,
                "weights_sha256": weights_digest(model.net),
                "values": {key: _value(result) for key, result in results[model.name].items()},
            }
            for recipe, model in zip(recipes, models, strict=True)
        ],
    }


def write(found: Mapping[str, Any], path: Path) -> None:
    """Write the table, whole or not at all."""
    # The table ships with the package: one that is half written must not.
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def _identity(recipe: Recipe) -> Identity:
    return Identity(
        model_id=recipe.key,
        name=recipe.name,
        architecture=recipe.architecture,
        training=recipe.training,
        head=None,
        pretraining_data="unknown",
        backbone=recipe.net,
        source_library=LIBRARY,
        # By the recipe, for another recipe makes other weights under the same name.
        source_identifier=hashlib.sha256(json.dumps(asdict(recipe), sort_keys=True).encode()).hexdigest()[:12],
        note=f"{recipe.about} Trained and measured by this project with `{SCRIPT}`.",
    )


def _value(result: Result) -> dict[str, Any]:
    if isinstance(result, Absent):
        return {"missing_reason": result.reason.value, "note": result.detail, "parts": dict(result.parts)}
    return {
        "value": result.value,
        "standard_error": result.standard_error,
        "sample_count": result.sample_count,
        "flags": list(result.flags),
        "note": result.note,
        "parts": dict(result.parts),
    }
