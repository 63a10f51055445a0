"""Two groups of models, compared on every dimension."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from jaxtyping import Bool
from pydantic import BaseModel

from backend.body import bounded_body, json_object
from backend.problems import ProblemError, responses
from backend.ranking.decision_parameters import GROUPS
from backend.ranking.group_comparison import GroupComparisonItem, comparison_item, labels, others
from backend.ranking.json_body import body_openapi, field_schemas, object_schema, read_fields
from backend.ranking.parameter_errors import shown
from backend.ranking.parameters import PLAIN_FILTERS, POOL, ParameterSet, no_parameters
from backend.ranking.pool import Prepared
from backend.ranking.query import Filters, Pool
from backend.ranking.ranked import Rankings, current_rankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from quba.deciding.group_estimates import Estimator
from quba.deciding.groups import Method, compare_two_groups

router = APIRouter(tags=["decisions"])
_PARAMETERS = ParameterSet("GroupComparisonParameters", POOL, GROUPS)
_GROUP = ParameterSet("GroupParameters", PLAIN_FILTERS)
_NAMES = ("a", "b")
MOST_BYTES = 64 * 1024
_EXAMPLES = {
    "more pre-training data, in matched pairs": {
        "a": {"training": ["supervised"], "architecture": ["cnn", "transformer"], "pretraining_data": ["imagenet-1k"]},
        "b": {"training": ["supervised"], "architecture": ["cnn", "transformer"], "pretraining_data": ["imagenet-21k"]},
        "paired_by": "backbone",
    },
    "zero-shot models against all others": {"b": {"head": ["zero-shot"]}},
}


class GroupComparisonAnswer(BaseModel):
    """Two groups of models on every dimension."""

    data_version: str
    benchmark: str
    protocol: str
    quality: str
    models_a: int
    models_b: int
    paired_by: str | None
    estimator: str
    estimator_meaning: str
    alpha: float
    items: list[GroupComparisonItem]


def _body_schema() -> dict[str, Any]:
    group = object_schema(field_schemas(_GROUP)) | {
        "description": "Filters of the group, as for /v1/models; if left out, all models that are known not to be "
        "in the other."
    }
    return object_schema({**dict.fromkeys(_NAMES, group), **field_schemas(_PARAMETERS)})


@router.post(
    "/v1/group-comparisons", summary="Compare two groups of models", response_model=GroupComparisonAnswer,
    dependencies=[Depends(no_parameters)], responses=responses(400, 404, 413, 422, 429, 503),
    openapi_extra=body_openapi(_body_schema(), _EXAMPLES),
)  # fmt: skip
async def compare_groups(request: Request) -> JsonAnswer[GroupComparisonAnswer]:
    """Differences with intervals and tests per dimension, group against group or within matched pairs.

    A group is a set of filters. Models in both groups, and groups too small to prove anything, are refused.
    """
    document = json_object(await bounded_body(request, MOST_BYTES))
    groups = {name: _group(name, document.pop(name, None)) for name in _NAMES}
    values = read_fields(_PARAMETERS, document)
    return await run_in_threadpool(_answer, request, {**values, **groups}, current_rankings(request))


def _group(name: str, given: object) -> dict[str, Any] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        detail = f"{name} is {shown(given)}: it must be an object of filters."
        raise ProblemError(422, "invalid_parameter", detail, 'Send for example {"architecture": ["cnn"]}.')
    try:
        read = read_fields(_GROUP, given)
    except ProblemError as error:
        raise ProblemError(
            error.status, error.code, f"Group {name}: {error.detail}", error.next_step, errors=error.errors
        ) from None
    return {field: value for field, value in read.items() if value is not None}


def _answer(request: Request, values: Mapping[str, Any], rankings: Rankings) -> JsonAnswer[GroupComparisonAnswer]:
    pool = Pool.of(values)
    prepared = rankings.prepared(pool)
    a, b = _members(prepared, values)
    method = Method(
        estimator=Estimator(values["estimator"]), draws=values["draws"], confidence=1 - float(values["alpha"])
    )

    def document() -> GroupComparisonAnswer:
        found = compare_two_groups(
            prepared.snapshot.columns, b, a, rng=np.random.default_rng(values["seed"]), method=method,
            paired_by=labels(prepared, values["paired_by"]),
        )  # fmt: skip
        return GroupComparisonAnswer(
            data_version=prepared.origin.data_version,
            benchmark=pool.benchmark,
            protocol=pool.protocol,
            quality=pool.quality,
            models_a=int(a.sum()),
            models_b=int(b.sum()),
            paired_by=values["paired_by"],
            estimator=method.estimator.value,
            estimator_meaning=method.estimator.meaning,
            alpha=values["alpha"],
            items=[comparison_item(one, paired=bool(values["paired_by"]), alpha=values["alpha"]) for one in found],
        )

    return json_response(Question(request, values, prepared.origin.data_version), document, rankings.answers)


def _members(
    prepared: Prepared, values: Mapping[str, Any]
) -> tuple[Bool[np.ndarray, " models"], Bool[np.ndarray, " models"]]:
    """The models of both groups."""
    if values["a"] is None and values["b"] is None:
        raise ProblemError(
            422, "missing_group", "Neither a nor b is given.", "Give one; the other then is all other models."
        )
    filters = {name: Filters.of(values[name]) for name in _NAMES if values[name] is not None}
    given = {name: prepared.mask(filter) for name, filter in filters.items()}
    a, b = (
        given[name] if name in given else others(prepared, given[other], filters[other].choices)
        for name, other in zip(_NAMES, reversed(_NAMES), strict=True)
    )
    for name, group in (("a", a), ("b", b)):
        if not group.any():
            raise ProblemError(422, "empty_group", f"Group {name} has no model.", "Widen its filter.")
    return a, b
