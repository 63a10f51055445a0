"""How long evaluations took, from which the time of the next one can be expected."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from backend.store.tables import Evaluation, EvaluationResult
from quba.vocabulary import SUCCEEDED


def whole_durations(session: Session, benchmark: str, dimension_count: int) -> dict[str, list[float]]:
    """For each worker, the seconds that its evaluations of all images and so many dimensions took.

    Only of those that were measured from their beginning: one that was begun before finds steps that were finished.
    And of those that measured nothing but dimensions: what a model costs to run takes minutes more, where it is asked
    for.
    """
    begun_before = exists().where(
        EvaluationResult.evaluation_id == Evaluation.evaluation_id,
        EvaluationResult.measured_at < Evaluation.started_at,
    )
    question = select(Evaluation).where(
        Evaluation.benchmark == benchmark,
        Evaluation.state == SUCCEEDED,
        # Not its attempt, which grows, too, where one that waits moves forward.
        ~begun_before,
        Evaluation.samples_per_class.is_(None),
        Evaluation.cost.is_(False),
    )
    found: dict[str, list[float]] = {}
    for row in session.scalars(question.order_by(Evaluation.finished_at)):
        if row.worker_id and row.started_at and row.finished_at and len(row.dimensions) == dimension_count:
            found.setdefault(row.worker_id, []).append((row.finished_at - row.started_at).total_seconds())
    return found
