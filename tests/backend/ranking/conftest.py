"""A pool small enough to check by eye."""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import pytest

from backend.store.models import ModelRecord
from backend.store.snapshot import Snapshot
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS

MakeModel = Callable[..., ModelRecord]


@pytest.fixture(scope="session")
def make_model() -> MakeModel:
    """A model that says only how it differs from a plain one."""

    def make(model_id: str, **fields: object) -> ModelRecord:
        plain = {
            "id": model_id, "name": model_id.title(), "architecture": "cnn", "training": "supervised", "recipe": None,
            "head": None, "pretraining_data": "imagenet-1k", "backbone": "resnet50", "lineage": None,
            "source_library": "timm", "source_identifier": None, "paper_title": None, "published_name": None,
            "study_name": None, "published_row": None, "label_flags": (), "note": "",
        }  # fmt: skip
        return ModelRecord(**{**plain, **fields})  # type: ignore[arg-type]

    return make


@pytest.fixture
def small_pool(make_model: MakeModel) -> Snapshot:
    """Five models: `ash` has no accuracy, `birch` a doubtful one; `cedar` and `dogwood` differ only in their names."""
    models = (
        make_model("ash", name="ash", recipe="a1", backbone="resnet18"),
        make_model("birch", name="Birch", architecture="transformer", lineage="clip (a, b)"),
        make_model("cedar", name="cedar", source_library="robustbench(imagenet,Linf)", paper_title="On Trees"),
        make_model("dogwood", name="Dogwood", label_flags=("label-corrected",)),
        make_model("elm", name="ELM", source_library="own"),
    )
    columns = {key: np.full(len(models), 0.5) for key in DIMENSIONS}
    columns["accuracy"] = np.array([np.nan, 0.9, 0.8, 0.8, 0.7])
    columns["parameters_millions"] = np.array([10.0, 20.0, 30.0, 30.0, 5.0])
    return Snapshot(
        data_version="1-abcdef01",
        benchmark="imagenet-1k",
        protocol="as-published",
        models=models,
        columns=columns,
        standard_errors={key: np.full(len(models), np.nan) for key in DIMENSIONS},
        from_study={key: np.ones(len(models), dtype=bool) for key in DIMENSIONS},
        flags=tuple(MappingProxyType({"accuracy": ("outlier",)} if model.id == "birch" else {}) for model in models),
        ingredients=tuple({} for _ in models),
        missing=tuple(
            MappingProxyType({"accuracy": Missing.NOT_MEASURED} if model.id == "ash" else {}) for model in models
        ),
    )
