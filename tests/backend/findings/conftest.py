"""Pools made for claims."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from backend.findings.claim import Evidence
from backend.ranking.pool import Prepared
from backend.store.models import ModelRecord
from backend.store.snapshot import Snapshot
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation

MakeEvidence = Callable[..., Evidence]


@pytest.fixture
def make_evidence() -> MakeEvidence:
    """A pool by the fields of its models and some columns; all other values are absent, and none is flagged."""

    def make(
        fields: Sequence[Mapping[str, Any]],
        columns: Mapping[str, np.ndarray],
        flagged: Mapping[int, str] | None = None,
    ) -> Evidence:
        plain = {
            "architecture": "cnn", "training": "supervised", "recipe": None, "head": None,
            "pretraining_data": "imagenet-1k", "backbone": "resnet50", "lineage": None, "source_library": "timm",
            "source_identifier": None, "paper_title": None, "published_name": None, "study_name": None,
            "published_row": None, "label_flags": (), "note": "",
        }  # fmt: skip
        models = tuple(
            ModelRecord(**{**plain, "id": f"m{row:02}", "name": f"M{row:02}", **own}) for row, own in enumerate(fields)
        )
        count = len(models)
        snapshot = Snapshot(
            data_version="1-abcdef01", benchmark="imagenet-1k", protocol="as-published", models=models,
            columns={key: columns.get(key, np.full(count, np.nan)) for key in DIMENSIONS},
            standard_errors={key: np.full(count, np.nan) for key in DIMENSIONS},
            from_study={key: np.ones(count, dtype=bool) for key in DIMENSIONS},
            flags=tuple({(flagged or {})[row]: ("outlier",)} if row in (flagged or {}) else {} for row in range(count)),
            missing=tuple({} for _ in range(count)),
            ingredients=tuple({} for _ in range(count)),
        )  # fmt: skip
        values = {quality: Prepared(snapshot, quality, Normalisation.PUBLISHED) for quality in ("all", "screened")}
        return Evidence(values=values, alpha=0.05)

    return make
