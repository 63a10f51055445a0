"""Two groups of models, compared on every dimension."""

from typing import Literal

import numpy as np
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from jaxtyping import Bool
from pydantic import BaseModel, Field

from backend.body import bounded_body, json_object
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.group_comparison import GroupComparisonItem, comparison_item, labels, others
from backend.ranking.json_body import body_openapi, field_schemas, object_schema, read_fields
from backend.ranking.parameter_errors import shown_value
from backend.ranking.parameters import ALPHA, PLAIN_FILTERS, POOL, CheckedParameters, Seed, Values, fields_of, within
from backend.ranking.pool import Prepared
from backend.ranking.quantities import (
    Benchmark,
    DataVersion,
    GroupSizeA,
    GroupSizeB,
    Protocol,
    Quality,
    SignificanceLevel,
)
from backend.ranking.query import Filters, Pool
from backend.ranking.ranked import Rankings, current_rankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.store.tables import JsonObject
from quba.deciding.group_estimates import Estimator
from quba.deciding.groups import Method, compare_two_groups
from quba.vocabulary import ESTIMATORS, PAIRINGS, RESAMPLES, SEED

router = APIRouter(tags=["decisions"], route_class=CheckedRoute)
_NAMES = ("a", "b")
MOST_BYTES = 64 * 1024
_EXAMPLES: JsonObject = {
    "more pre-training data, in matched pairs": {
        "a": {"training": ["supervised"], "architecture": ["cnn", "transformer"], "pretraining_data": ["imagenet-1k"]},
        "b": {"training": ["supervised"], "architecture": ["cnn", "transformer"], "pretraining_data": ["imagenet-21k"]},
        "paired_by": "backbone",
    },
    "zero-shot models against all others": {"b": {"head": ["zero-shot"]}},
}


class GroupFilters(fields_of(PLAIN_FILTERS), CheckedParameters):  # type: ignore[misc]
    """Which models are in a group."""


class GroupComparisonRequest(fields_of(POOL, ALPHA), CheckedParameters):  # type: ignore[misc]
    """How two groups are compared."""

    paired_by: Literal[PAIRINGS] | None = Field(  # type: ignore[valid-type]
        None, description="Compare within pairs that share this, instead of group against group."
    )
    estimator: Literal[ESTIMATORS] = Field(  # type: ignore[valid-type]
        ESTIMATORS[0],
        description="The estimator of the difference: the difference of the means, or the median of all pairwise "
        "differences (Hodges-Lehmann).",
    )
    draws: within(RESAMPLES) = Field(  # type: ignore[valid-type]
        RESAMPLES.default, description="The number of bootstrap resamples for the interval of a mean difference."
    )
    seed: Seed = Field(SEED.default, description="The random seed; the same seed gives the same samples.")


class GroupComparisonAnswer(BaseModel):
    """Two groups of models on every dimension."""

    data_version: DataVersion
    benchmark: Benchmark
    protocol: Protocol
    quality: Quality
    models_a: GroupSizeA
    models_b: GroupSizeB
    paired_by: str | None = Field(
        description="The identity field that the models of a pair share; null where nothing is paired."
    )
    estimator: str = Field(description="The estimator of the difference.")
    estimator_meaning: str = Field(description="The estimator as a sentence.")
    alpha: SignificanceLevel
    items: list[GroupComparisonItem] = Field(description="The comparison on each dimension.")


def _body_fields() -> JsonObject:
    group = object_schema(field_schemas(GroupFilters)) | {
        "description": "Filters of the group, as for /v1/models; if left out, all models that are known not to be "
        "in the other."
    }
    return {**dict.fromkeys(_NAMES, group), **field_schemas(GroupComparisonRequest)}


@router.post(
    "/v1/group-comparisons", summary="Compare two groups of models", response_model=GroupComparisonAnswer,
    responses=responses(400, 404, 413, 422, 429, 503),
    openapi_extra=body_openapi(_body_fields(), _EXAMPLES),
)  # fmt: skip
async def compare_groups(request: Request) -> JsonAnswer[GroupComparisonAnswer]:
    """Differences with intervals and tests per dimension, group against group or within matched pairs.

    A group is a set of filters. Models in both groups, and groups too small to prove anything, are refused.
    """
    document = json_object(await bounded_body(request, MOST_BYTES))
    groups = {name: _group(name, document.pop(name, None)) for name in _NAMES}
    values = read_fields(GroupComparisonRequest, document).values()
    # A bootstrap takes long: on the event loop, it would hold up everybody's answers.
    return await run_in_threadpool(_answer, request, {**values, **groups}, current_rankings(request))


def _group(name: str, given: object) -> Values | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        detail = f"{name} is {shown_value(given)}: it must be an object of filters."
        raise ProblemError(422, "invalid_parameter", detail, 'Send for example {"architecture": ["cnn"]}.')
    try:
        read = read_fields(GroupFilters, given).values()
    except ProblemError as error:
        raise ProblemError(
            error.status, error.code, f"Group {name}: {error.detail}", error.next_step, errors=error.errors
        ) from None
    return {field: value for field, value in read.items() if value is not None}


def _answer(request: Request, values: Values, rankings: Rankings) -> JsonAnswer[GroupComparisonAnswer]:
    pool = Pool.of(values)
    prepared = rankings.prepared_pool(pool)
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


def _members(prepared: Prepared, values: Values) -> tuple[Bool[np.ndarray, " models"], Bool[np.ndarray, " models"]]:
    """The models of both groups."""
    # One group is enough: the other then is everything that is known not to be in it. None at all asks nothing.
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
        # Refused apart from a group that is too small to test, for which there is another remedy.
        if not group.any():
            raise ProblemError(422, "empty_group", f"Group {name} has no model.", "Widen its filter.")
    return a, b
