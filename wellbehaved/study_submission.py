"""Submitting the models of the study that are not measured yet to the workers' queue, behind what users submit."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbehaved.study_plan import longest_first
from wellbehaved.study_standing import dimensions_held

if TYPE_CHECKING:
    from wellbehaved.client import Client
    from wellbehaved.client.answers.evaluations import StudyModel

# Behind the 50 of whoever names none, and with room behind it for what is still less urgent.
STUDY_PRIORITY = 90
_QUEUE_FULL = "queue_full"
_OF_A_MODEL = ("unknown_model", "weights_unavailable", "wrong_class_count")


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """What became of a model that was to be submitted.

    Attributes:
        model_id: the study's slug.
        measured: whether the service has all that was asked for, so that nothing was submitted.
        submitted: whether it was put into the queue now, for the first time or again.
        evaluation_id: of its evaluation; None where it was measured or refused.
        state: of that.
        reason: why it failed earlier, or why it was not taken.
    """

    model_id: str
    measured: bool = False
    submitted: bool = False
    evaluation_id: str | None = None
    state: str | None = None
    reason: str | None = None


def in_order_of_the_plan(models: Iterable["StudyModel"]) -> list[str]:
    """The `model_id`s with the longest to measure first, as `study plan` has them; behind them those of unknown cost.

    Args:
        models: items of `client.evaluations.study()`.

    >>> in_order_of_the_plan([
    ...     {"model_id": key, "macs_billions": cost} for key, cost in (("a", None), ("b", 0.7), ("c", 4.1))
    ... ])
    ['c', 'b', 'a']
    """
    cost = {each["model_id"]: each["macs_billions"] for each in models}
    known = {model_id: macs for model_id, macs in cost.items() if macs is not None}
    return [*longest_first(known), *(model_id for model_id in cost if model_id not in known)]


def submit_models(
    client: "Client", names: Sequence[str], request: Mapping[str, Any], *, measured: Collection[str], again: bool
) -> Iterator[Submission]:
    """Submit models one after the other; what waits, runs or was evaluated before stays as it is.

    Args:
        client: of the service that has the queue.
        names: `model_id`s in the order in which they are to be measured.
        request: what is asked of each, as `client.evaluations.submit` takes it.
        measured: those that the service has all of.
        again: whether those that failed or were cancelled are queued again.

    Yields:
        What became of each, as soon as that is known.

    Raises:
        ApiError: the service refuses before anything was submitted, for a reason that is neither the queue's length
            nor the model's own.
        ApiUnreachable: it does not answer before anything was submitted.
    """
    from wellbehaved.api_errors import ApiError, ApiUnreachable

    refused, has_submitted = "", False
    for model_id in names:
        if model_id in measured:
            yield Submission(model_id=model_id, measured=True)
            continue
        if refused:
            yield Submission(model_id=model_id, reason=refused)
            continue
        try:
            found = _submit_one(client, model_id, request, again=again)
        except (ApiError, ApiUnreachable) as error:
            code, reason = (error.code, error.detail) if isinstance(error, ApiError) else (None, str(error))
            # What is in the queue by now must be said; before, a refusal of all is said by itself.
            if code not in (_QUEUE_FULL, *_OF_A_MODEL) and not has_submitted:
                raise
            found = Submission(model_id=model_id, reason=reason)
            refused = refused if code in _OF_A_MODEL else reason
        has_submitted = has_submitted or found.submitted
        yield found


def _submit_one(client: "Client", model_id: str, request: Mapping[str, Any], *, again: bool) -> Submission:
    from backend.imports.study_names import PREFIX
    from quba.vocabulary import CANCELLED, FAILED

    found = client.evaluations.submit(model=f"{PREFIX}{model_id}", priority=STUDY_PRIORITY, **request)
    key, error = found["evaluation_id"], found["error"]
    if again and found["state"] in (FAILED, CANCELLED):
        state = client.evaluations.retry(key)["state"]
        return Submission(model_id=model_id, submitted=True, evaluation_id=key, state=state)
    return Submission(
        model_id=model_id, submitted=found["created"], evaluation_id=key, state=found["state"],
        reason=error["message"] if error else None,
    )  # fmt: skip


def measured_models(
    models: Iterable["StudyModel"], wanted: Collection[str], *, protocol: str, subsets: bool
) -> set[str]:
    """The `model_id`s of the models whose weights have been measured on all that is asked for.

    Args:
        models: items of `client.evaluations.study()`.
        wanted: dimensions.
        protocol: how the values were measured.
        subsets: whether a value of a part of the images counts.
    """
    return {
        each["model_id"] for each in models if set(wanted) <= dimensions_held(each["values"], protocol, subsets=subsets)
    }


def submission_lines(submissions: Sequence[Submission]) -> list[str]:
    """What became of the models, in a sentence each for all that need somebody's attention.

    >>> queued = Submission(model_id="b", submitted=True, state="queued")
    >>> submission_lines([Submission(model_id="a", measured=True), queued])
    ['2 models of the study: 1 submitted, 1 measured already.']
    """
    from quba.vocabulary import CANCELLED, FAILED, QUEUED, RUNNING, SUCCEEDED

    left = [each for each in submissions if not each.submitted]
    lacking = [each for each in left if each.state == SUCCEEDED]
    over = [each for each in left if each.state in (FAILED, CANCELLED)]
    refused = [each for each in left if each.state is None and not each.measured]
    counts = {
        "submitted": len(submissions) - len(left),
        "queued or running already": sum(each.state in (QUEUED, RUNNING) for each in left),
        "measured already": sum(each.measured for each in left),
        "evaluated already, but for some values": len(lacking),
        "failed or cancelled earlier": len(over),
        "not taken": len(refused),
    }
    said = [f"{count} {what}" for what, count in counts.items() if count or what == "submitted"]
    models = "1 model" if len(submissions) == 1 else f"{len(submissions)} models"
    lines = [f"{models} of the study: {', '.join(said)}."]
    if lacking:
        named = ", ".join(f"{each.model_id} ({each.evaluation_id})" for each in lacking)
        lines.append(
            f"Some values are missing, as where a data set was not there, of: {named}. `wellbehaved status` with the "
            "evaluation says which; once it is deleted (`wellbehaved delete`), its model is submitted anew."
        )
    lines += [f"{each.model_id} {each.state} ({each.evaluation_id}). {each.reason or ''}".rstrip() for each in over]
    if over:
        lines.append("`wellbehaved study submit --retry` queues them again.")
    if refused:
        lines.append(
            f"{refused[0].model_id} and those behind it: {refused[0].reason} Run the same command again later."
        )
    return lines
