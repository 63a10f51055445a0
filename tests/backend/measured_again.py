"""Values of the study's weights as if they had been measured here, for tests of what is made of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from backend.store import data_versions
from backend.store.engine import writing
from backend.store.measurements import EvaluatedMeasurement, record_evaluated
from backend.store.models import add_models, model_record
from quba.study_ingredients import STUDY_INGREDIENTS

AT = datetime(2026, 11, 1, tzinfo=UTC)


def again(model_id: str, dimension: str, value: float, **other: Any) -> EvaluatedMeasurement:  # noqa: ANN401 - a field
    """A value of all images with a standard error of 0.002, under as-published; its other fields as they are named."""
    made = STUDY_INGREDIENTS.get(dimension)
    plain: dict[str, Any] = {
        "model_id": model_id, "benchmark": "imagenet-1k", "protocol": "as-published", "dimension": dimension,
        "value": value, "missing_reason": None, "source": "evaluation", "standard_error": 0.002,
        "sample_count": made.image_count if made else None, "ingredients_digest": made.digest if made else None,
        "parts": {}, "note": "", "evaluation_id": None, "library_versions": {"torch": "2.9.0"}, "device": "cpu",
        "precision": "fp32", "seed": 0, "measured_at": AT,
    }  # fmt: skip
    return EvaluatedMeasurement(**{**plain, **other})


def store_again(engine: Engine, measured: Iterable[EvaluatedMeasurement], **fields: Any) -> None:  # noqa: ANN401
    """Put values beside the published ones as a run would; `fields` are those of models that are added for it."""
    with writing(engine) as session:
        for each in measured:
            model_id = each.model_id.removesuffix("-evaluated")
            published = model_record(session, model_id)
            assert published is not None
            if each.model_id != model_id and model_record(session, each.model_id) is None:
                beside: Mapping[str, Any] = {
                    "id": each.model_id, "name": f"{published.name} (evaluated here)", "published_name": None,
                    "study_name": None, "published_row": None, "label_flags": (), **fields,
                }  # fmt: skip
                add_models(session, [replace(published, **beside)])
                session.flush()
            record_evaluated(session, [each])
        data_versions.record(session, reason="test", changes=[["measured again"]], created_at=AT)
