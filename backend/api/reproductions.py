"""Published values against values measured here of the same weights: what could be reproduced, and how closely."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, Field, JsonValue
from sqlalchemy.orm import Session

from backend.imports.flags import DEFECT_FLAGS
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.formats import PART_RESPONSES, TABLE_RESPONSES, Columns, Record, Table
from backend.ranking.parameters import FORMAT, TABLE_PAGE, DimensionKey, Words, comma_separated, fields_of
from backend.ranking.quantities import (
    DataVersion,
    DimensionName,
    ModelId,
    ModelName,
    NextCursor,
    SampleCount,
    StandardError,
    Value,
    ValueFlags,
)
from backend.ranking.responses import Listing, Question, Rows, list_response
from backend.security import sees_private
from backend.store import data_versions
from backend.store.engine import reading
from backend.store.models import model_records
from backend.store.reproductions import Reproduction, Reproductions, reproductions
from backend.store.tables import PUBLIC
from quba.deciding.rank_uncertainty import ESTIMATE_BASIS
from quba.deciding.reproduction import Verdict, flag_verdict, tally
from quba.dimensions import DIMENSIONS
from quba.study_ingredients import STUDY_INGREDIENTS

router = APIRouter(tags=["models"], route_class=CheckedRoute)


class ReproductionQuery(fields_of(TABLE_PAGE, FORMAT), CheckedQuery):  # type: ignore[misc]
    """The query of /v1/reproductions."""

    model_id: Words | None = Field(
        None, description="The identifiers of published models, comma-separated. Default: all.", examples=["resnet50"]
    )
    dimension: Annotated[tuple[DimensionKey, ...], Field(min_length=1), BeforeValidator(comma_separated)] | None = (
        Field(None, description="The keys of dimensions, comma-separated. Default: all.")
    )


class PublishedValue(BaseModel):
    """A value that the study published."""

    value: Value
    standard_error: float | None = Field(
        description="The standard error of the value, estimated from image counts and rounding, for the study states "
        "none; null where it is not known."
    )
    basis: str = Field(description="The basis of the estimate in words.")
    flags: ValueFlags


class MeasuredValue(BaseModel):
    """A value of the same weights that was measured here."""

    model_id: str = Field(
        description="The identifier of the model that the value stands under: the published one, or one beside it."
    )
    protocol: str = Field(
        description="The protocol that the value was measured by: `as-published`, `corrected`, or `as-released`, which "
        "reproduces the two defects of the study's program and is never ranked."
    )
    value: Value
    standard_error: StandardError
    sample_count: SampleCount
    all_images: bool = Field(
        description="Whether all images were measured. Values of a subset differ by their images as well."
    )
    flags: ValueFlags
    parts: dict[str, JsonValue] = Field(
        description="The parts that the value was aggregated from, such as each corruption; the study published none."
    )
    device: str | None = Field(description="The device that measured the value; null where it is not known.")
    precision: str | None = Field(description="The precision of the model's arithmetic; null where it is not known.")
    seed: int | None = Field(description="The random seed of the measurement; null where it is not known.")
    library_versions: dict[str, str] = Field(description="The versions of the libraries that computed the value.")
    measured_at: datetime | None = Field(description="The time of the measurement in UTC; null where it is not known.")
    note: str = Field(description="The circumstances to keep in mind about the value; it may be empty.")


class ReproductionItem(BaseModel):
    """One dimension of one model, published and measured here."""

    model_id: ModelId
    name: ModelName
    dimension: DimensionName
    published: PublishedValue = Field(description="The published value.")
    measured: MeasuredValue = Field(
        description="The value measured here: of several, the one of most images. One under `as-released` is an item "
        "of its own, behind the other, and enters no tally."
    )
    difference: float = Field(description="The measured value minus the published one, in the dimension's unit.")
    standard_error: float | None = Field(
        description="The standard error of the difference as if both values rested on images of their own; null where "
        "it is not known. Both rest on the same images, so that the true one is smaller."
    )
    in_standard_errors: float | None = Field(
        description="The difference in standard errors; null where the error is not known."
    )


class ReproductionTally(BaseModel):
    """How many of several differences are far from 0."""

    compared: int = Field(description="The number of values that were measured on all images and whose error is known.")
    far: int = Field(description="The number of them that lie more than 2 standard errors from the published value.")
    expected_far: float = Field(
        description="The number of them that chance alone would take so far with errors of this size: an upper bound, "
        "for values on the same images differ by less."
    )


class DimensionTally(ReproductionTally):
    """The same for one dimension."""

    dimension: DimensionName


class FlagTest(BaseModel):
    """What the two measurements of one flagged value say about its flag."""

    model_id: ModelId
    name: ModelName
    dimension: DimensionName
    flags: ValueFlags
    without_defect: float = Field(
        description="The value measured without the defects of the study's program minus the published one, in "
        "standard errors."
    )
    with_defect: float = Field(description="The same of the value measured with them, under `as-released`.")
    verdict: Literal[tuple(Verdict)] = Field(  # type: ignore[valid-type]
        description="The verdict on the flag: `supported` where the published value is more than 2 standard errors "
        "from the one without the defects and not from the one with them, `contradicted` where it is the other way "
        "round, `undecided` otherwise."
    )


class LeftOut(BaseModel):
    """Values measured here that are of another quantity than the published ones."""

    reason: str = Field(description="The reason why they are not compared, with the next step.")
    count: int = Field(description="The number of the values, of all models and dimensions.")


class ReproductionList(BaseModel):
    """A page of published values that were measured here too, and how many agree in all."""

    data_version: DataVersion
    total: int = Field(description="The number of values that match the query.")
    models: int = Field(description="The number of models that they are of.")
    unflagged: ReproductionTally = Field(
        description="The tally of published values without a quality flag, counted dimensions left out."
    )
    flagged: ReproductionTally = Field(description="The same of published values with a quality flag.")
    dimensions: list[DimensionTally] = Field(description="The tally of unflagged values by dimension.")
    flag_tests: list[FlagTest] = Field(
        description="The published values that a flag says show a defect of the study's program, of which all images "
        "were measured both without it and with it."
    )
    subsets: int = Field(description="The number of values that rest on a part of the images and enter no tally.")
    not_comparable: list[LeftOut] = Field(description="The values that were left out because they compare with none.")
    items: list[ReproductionItem] = Field(description="The values of this page by the name of the model.")
    next_cursor: NextCursor


_BOTH = 2
_OF_THE_ROW = (
    "protocol", "standard_error", "sample_count", "flags", "parts", "device", "precision", "seed", "library_versions",
    "measured_at", "note",
)  # fmt: skip
_OF_THE_ITEM = ("model_id", "name", "dimension", "difference", "standard_error", "in_standard_errors")
_COLUMNS: Columns = {
    **dict.fromkeys(("model_id", "name", "dimension", "protocol"), str),
    **dict.fromkeys(("published", "published_standard_error", "measured", "measured_standard_error"), float),
    **dict.fromkeys(("difference", "standard_error", "in_standard_errors"), float),
    "sample_count": int,
    **dict.fromkeys(("all_images", "flags"), str),
}


@router.get(
    "/v1/reproductions", summary="Published values measured here again", response_model=ReproductionList,
    responses=TABLE_RESPONSES | PART_RESPONSES | responses(404),
)  # fmt: skip
def list_reproductions(request: Request, query: Annotated[ReproductionQuery, Query()]) -> Response:
    """Each published value of which the same weights were measured here, with the difference and its error.

    Only values that mean the same are compared: made of the same corruptions, attacks and data sets, and attacked in
    the same space. Tallies count values of all images, over all that match and not the page alone.
    """
    with reading(request.app.state.engine) as session:
        version = data_versions.current_name(session)
        private = sees_private(request)
        known = reproductions(session, private=private)
        found = _matching(known, query, session, private=private)
        items = [_item(each) for each in found]

    def listing(_: int | None) -> Listing:
        def page(shown: Rows, next_cursor: str | None) -> bytes:
            chosen = [items[row] for row in shown.tolist()]
            return _document(version, found, known, chosen, next_cursor).model_dump_json().encode()

        def table(shown: Rows) -> Table:
            return Table(_COLUMNS, [_record(items[row]) for row in shown.tolist()])

        # The rows that are paged through are places in this list, not rows of a pool.
        return Listing(np.arange(len(items)), len(items), page, table)

    return list_response(Question(request, query.values(), version), listing)


def _matching(known: Reproductions, query: ReproductionQuery, session: Session, *, private: bool) -> list[Reproduction]:
    """What a query asks for.

    Raises:
        ProblemError: 404 `unknown_model`.
    """
    wanted = set(query.model_id or ())
    records = model_records(session, wanted) if wanted else {}
    # In order, so that of several wrong ones the same is named whenever the same is asked.
    for model_id in sorted(wanted):
        # A private model is refused in the words of an absent one: others would tell a stranger that it is there.
        if model_id not in records or not (private or records[model_id].visibility == PUBLIC):
            raise ProblemError(
                404,
                "unknown_model",
                f"There is no model {model_id[:100]!r}.",
                "GET /v1/models?q=WORDS searches for one; leave `model_id` out for all.",
            )
    return [
        each
        for each in known.items
        # Under as-published, what is measured here stands under a model of its own beside the published one.
        if (not wanted or wanted & {each.model.id, each.here.model_id})
        and (query.dimension is None or each.published.dimension in query.dimension)
    ]


def _item(found: Reproduction) -> ReproductionItem:
    published, row = found.published, found.here.measurement
    return ReproductionItem(
        model_id=found.model.id,
        name=found.model.name,
        dimension=published.dimension,
        published=PublishedValue(
            value=found.difference.published,
            standard_error=found.difference.published_error,
            basis=ESTIMATE_BASIS[published.dimension],
            flags=published.flags,
        ),
        measured=MeasuredValue(
            model_id=found.here.model_id,
            value=found.difference.measured,
            all_images=found.whole,
            **{name: getattr(row, name) for name in _OF_THE_ROW},
        ),
        difference=found.difference.difference,
        standard_error=found.difference.standard_error,
        in_standard_errors=found.difference.in_standard_errors,
    )


def _document(
    version: str, found: Sequence[Reproduction], known: Reproductions, shown: list[ReproductionItem], cursor: str | None
) -> ReproductionList:
    # What is counted is no sample: rounding alone never takes it far, and nothing is to be expected of chance.
    sound = [each for each in found if not each.released]
    counting = [each for each in sound if each.whole and not DIMENSIONS[each.published.dimension].counted]
    plain = [each for each in counting if not each.published.flags]
    by_dimension = {key: [each for each in plain if each.published.dimension == key] for key in STUDY_INGREDIENTS}
    return ReproductionList(
        data_version=version,
        total=len(found),
        models=len({each.model.id for each in found}),
        unflagged=_tally(plain),
        flagged=_tally([each for each in counting if each.published.flags]),
        dimensions=[
            DimensionTally(dimension=key, **_tally(own).model_dump()) for key, own in by_dimension.items() if own
        ],
        flag_tests=_flag_tests(found),
        subsets=sum(not each.whole for each in found),
        not_comparable=[LeftOut(reason=each.meaning, count=count) for each, count in known.not_comparable.items()],
        items=shown,
        next_cursor=cursor,
    )


def _flag_tests(found: Sequence[Reproduction]) -> list[FlagTest]:
    distances: dict[tuple[str, str], dict[bool, float]] = {}
    tests = []
    for each in found:
        distance = each.difference.in_standard_errors
        if not each.whole or distance is None or not set(DEFECT_FLAGS).intersection(each.published.flags):
            continue
        # Items of one value stand behind each other: the one without the defects, then the one with them.
        known = distances.setdefault((each.model.id, each.published.dimension), {})
        known[each.released] = distance
        if len(known) == _BOTH:
            tests.append(
                FlagTest(
                    model_id=each.model.id,
                    name=each.model.name,
                    dimension=each.published.dimension,
                    flags=each.published.flags,
                    without_defect=known[False],
                    with_defect=known[True],
                    verdict=flag_verdict(known[False], known[True]),
                )
            )
    return tests


def _tally(found: Sequence[Reproduction]) -> ReproductionTally:
    return ReproductionTally(**asdict(tally([each.difference.in_standard_errors for each in found])))


def _record(item: ReproductionItem) -> Record:
    published, measured = item.published, item.measured
    return {
        **{name: getattr(item, name) for name in _OF_THE_ITEM},
        "protocol": measured.protocol,
        "published": published.value,
        "published_standard_error": published.standard_error,
        "measured": measured.value,
        "measured_standard_error": measured.standard_error,
        "sample_count": measured.sample_count,
        "all_images": str(measured.all_images).lower(),
        "flags": ";".join(published.flags),
    }
