"""The client's evaluations: have a model measured, watch it, stop it. They need a token."""

from __future__ import annotations

from typing import TypeAlias

from wellbehaved.client.answers.evaluations import EvaluationAnswer, StudyModels, Submission, Submitted, WorkerList
from wellbehaved.client.answers.shared import RemovalAnswer
from wellbehaved.client.calls import Manner, Part, call, segment, stream
from wellbehaved.client.exchange import Steps
from wellbehaved.client.following import Following

# A large checkpoint is opened and rewritten before the answer.
CHECK_SECONDS = 120.0
_PATH = "/v1/evaluations"
_Submissions: TypeAlias = list[Submission]
_Names: TypeAlias = list[str]


class Evaluations(Part[Manner]):
    """``client.evaluations``."""

    @call
    def submit(
        self, /, *, checkpoint_id: str | None = None, model: str | None = None, **request: str | int | _Names | None
    ) -> Steps[Submitted]:
        """Have a model measured; the same request again is the same evaluation (``created`` is False then).

        Args:
            checkpoint_id: from `checkpoints.upload`; then ``architecture`` is needed as well.
            model: a name such as ``resnet50.a1_in1k``, ``torchvision:resnet50`` or ``study:hiera-t``, in place of a
                checkpoint.
            request: architecture, weights_key, name, benchmark, protocol, dimensions, class_order_checked,
                samples_per_class, cost, seed, priority.
        """
        document = {"checkpoint_id": checkpoint_id, "model": model, **request}
        given = {key: value for key, value in document.items() if value is not None}
        # An evaluation that is submitted twice is one.
        return self._exchange.post(_PATH, given, CHECK_SECONDS, once=True)

    @call
    def get(self, evaluation_id: str) -> Steps[EvaluationAnswer]:
        """One evaluation: state, place in the queue, progress, results so far, rank as far as it is known."""
        return self._exchange.get(_path(evaluation_id))

    @call
    def list(self, state: str | None = None, limit: int | None = None) -> Steps[_Submissions]:
        """Evaluations, the newest first; ``state`` keeps those in one or several comma-separated states."""
        query = {"state": state, "limit": str(limit) if limit else None}
        return self._exchange.items(_PATH, {key: text for key, text in query.items() if text})

    @stream
    def follow(self, evaluation_id: str) -> Following:
        """The evaluation again at every change, until it is over; a broken connection is taken up again.

        Raises:
            ConnectionError: nothing answered for half a minute.
        """
        return Following(evaluation_id)

    @call
    def cancel(self, evaluation_id: str) -> Steps[EvaluationAnswer]:
        """Stop an evaluation; a running one ends within a batch of images. It will never be ranked."""
        return self._exchange.post(f"{_path(evaluation_id)}/cancel", {})

    @call
    def retry(self, evaluation_id: str) -> Steps[EvaluationAnswer]:
        """Queue a failed or cancelled evaluation once more; what it had finished is kept."""
        return self._exchange.post(f"{_path(evaluation_id)}/retry", {}, once=True)

    @call
    def delete(self, evaluation_id: str) -> Steps[RemovalAnswer]:
        """Delete an evaluation that is over, with what it measured."""
        return self._exchange.delete(_path(evaluation_id))

    @call
    def workers(self) -> Steps[WorkerList]:
        """Who measures: items with worker_id, device, state, online, benchmarks; and how many are online."""
        return self._exchange.get("/v1/workers")

    @call
    def study(self) -> Steps[StudyModels]:
        """The models that the study published: what was measured here of each, and how far its evaluation is."""
        return self._exchange.get("/v1/study")

    @call
    def architectures(self, q: str | None = None) -> Steps[_Names]:
        """Names of architectures that hold all these words."""
        return self._exchange.items("/v1/architectures", {"q": q} if q else None)


def _path(evaluation_id: str) -> str:
    return f"{_PATH}/{segment(evaluation_id)}"
