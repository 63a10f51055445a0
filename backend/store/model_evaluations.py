"""The evaluations of models by name: of each the one that says where it stands now."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.tables import Evaluation
from backend.store.waits import waits_for
from quba.vocabulary import FINAL_STATES, QUEUED


class LatestEvaluation(NamedTuple):
    """How far the evaluation of a model is: its state, and why it failed, or what it waits for beside its turn."""

    evaluation_id: str
    state: str
    reason: str | None


def latest_evaluations(session: Session, prefix: str, benchmark: str) -> Mapping[str, LatestEvaluation]:
    """By model, the evaluation that is not over yet; else the one that changed last.

    Args:
        session: of the store.
        prefix: that the models' names begin with, such as "study:".
        benchmark: that they are measured on.
    """
    question = select(Evaluation).where(
        Evaluation.model.startswith(prefix, autoescape=True), Evaluation.benchmark == benchmark
    )
    rows = session.scalars(question.order_by(Evaluation.updated_at, Evaluation.evaluation_id))
    # The later takes the earlier one's place, and those that are not over come last.
    ordered = sorted(rows, key=lambda row: row.state not in FINAL_STATES)
    return {str(row.model): LatestEvaluation(row.evaluation_id, row.state, _reason(row)) for row in ordered}


def _reason(row: Evaluation) -> str | None:
    if row.state == QUEUED:
        return waits_for(row.progress)
    return row.error["message"] if row.error else None
