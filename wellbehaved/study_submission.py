"""Submitting the models of the study that are not measured yet to the workers' queue, behind what users submit."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbehaved.study_plan import longest_first

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from wellbehaved.client import Client

# Behind the 50 of whoever names none, and with room behind it for what is still less urgent.
STUDY_PRIORITY = 90
_QUEUE_FULL = "queue_full"
_OF_A_MODEL = ("unknown_model", "weights_unavailable", "wrong_class_count")


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """What became of a model that was to be submitted.

    Attributes:
        model_id: the study's slug.
        measured: whether the store has all that was asked for, so that nothing was submitted.
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


def in_order_of_the_plan(names: Iterable[str]) -> list[str]:
    """The study's models with the longest first, as `study plan` has them, and behind them those of unknown cost.

    Args:
        names: `model_id`s.
    """
    from backend.imports.model_facts import shipped_facts
    from backend.store.reproductions import weights_of
    from wellbehaved.study_standing import published_rows

    rows, cost, unknown = published_rows(), {}, []
    for model_id in names:
        facts = shipped_facts().get(weights_of(rows[model_id].record) or ("", ""))
        if facts is None or facts["macs_billions"] is None:
            unknown.append(model_id)
        else:
            cost[model_id] = facts["macs_billions"]
    return [*longest_first(cost), *unknown]


def submit_models(
    client: "Client", names: Sequence[str], request: Mapping[str, Any], *, measured: Iterable[str], again: bool
) -> list[Submission]:
    """Submit models one after the other; what waits, runs or was evaluated before stays as it is.

    Args:
        client: of the service that has the queue.
        names: `model_id`s in the order in which they are to be measured.
        request: what is asked of each, as `client.evaluations.submit` takes it.
        measured: those that the store has all of.
        again: whether those that failed or were cancelled are queued again.

    Raises:
        ApiError: the service refuses before anything was submitted, for a reason that is neither the queue's length
            nor the model's own.
    """
    from wellbehaved.api_errors import ApiError

    finished, full = set(measured), ""
    submissions = []
    for model_id in names:
        if full or model_id in finished:
            is_measured = model_id in finished
            submissions.append(
                Submission(model_id=model_id, measured=is_measured, reason=None if is_measured else full)
            )
            continue
        try:
            submissions.append(_submit_one(client, model_id, request, again=again))
        except ApiError as error:
            # What is in the queue by now must be said; before, a refusal of all is said by itself.
            if error.code not in (_QUEUE_FULL, *_OF_A_MODEL) and not any(each.submitted for each in submissions):
                raise
            submissions.append(Submission(model_id=model_id, reason=error.detail))
            full = full if error.code in _OF_A_MODEL else error.detail
    return submissions


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
    engine: "Engine", names: Iterable[str], wanted: Collection[str], *, protocol: str, subsets: bool
) -> list[str]:
    """The models whose weights have been measured here on all that is asked for.

    Args:
        engine: of a migrated store.
        names: `model_id`s.
        wanted: dimensions.
        protocol: how the values were measured.
        subsets: whether a value of a part of the images counts.

    Raises:
        StoreUnavailable: the database does not answer or was never migrated.
    """
    from backend.store.reproductions import weights_of
    from quba.benchmarks import STUDY_BENCHMARK
    from wellbehaved.study_standing import dimensions_held, published_rows

    held, rows = dimensions_held(engine, STUDY_BENCHMARK, protocol, subsets=subsets), published_rows()
    return [each for each in names if set(wanted) <= held.get(weights_of(rows[each].record) or ("", ""), set())]


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
    lines = [f"{len(submissions)} models of the study: {', '.join(said)}."]
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
