"""Showing to everybody what was measured here."""

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.quantities import ModelId, Visibility
from backend.security import require_token
from backend.store import data_versions
from backend.store.engine import writing
from backend.store.models import model_record, publish
from backend.store.tables import PUBLIC

router = APIRouter(tags=["models"], route_class=CheckedRoute)


class PublicationAnswer(BaseModel):
    """A model that is visible to everyone."""

    model_id: ModelId
    visibility: Visibility
    data_version: str = Field(description="The data version from which on the model is visible to everyone.")


@router.post(
    "/v1/models/{model_id}/publish", summary="Publish a model",
    dependencies=[Depends(require_token)], responses=responses(401, 404, 422, 503),
)  # fmt: skip
def publish_model(request: Request, model_id: str) -> PublicationAnswer:
    """Makes a model that was measured here visible to everyone. Publishing it again changes nothing."""
    with writing(request.app.state.engine) as session:
        record = model_record(session, model_id)
        if record is None:
            raise ProblemError(
                404,
                "unknown_model",
                f"There is no model {model_id[:100]!r}.",
                "GET /v1/evaluations/{evaluation_id} names the model of an evaluation that succeeded.",
            )
        if record.visibility != PUBLIC:
            publish(session, model_id)
            data_versions.record(
                session,
                reason=f"publication of {model_id}"[:200],
                changes=[["publication", model_id]],
                created_at=datetime.now(UTC),
            )
        return PublicationAnswer(model_id=model_id, visibility=PUBLIC, data_version=data_versions.current_name(session))
