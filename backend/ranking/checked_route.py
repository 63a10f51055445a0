"""Routes whose query is a pydantic model that forbids other names: FastAPI reads it, and refusals name the next step.

`ParameterSet` reads the same groups for /v1/rankings, whose direct route skips FastAPI, and for bodies in JSON.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import Depends, Request, Response, params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, model_validator

from backend.body import repeated_parameter, repeats
from backend.ranking.parameter_errors import limits, refusal


class CheckedQuery(BaseModel):
    """The query of a route: its fields are the only names that it may hold."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _as_sent(cls, given: dict[str, Any]) -> dict[str, Any]:
        # FastAPI makes a list of what is sent under the name of a list, and `each_once` holds it to one text.
        return {name: text[0] if isinstance(text, list) and len(text) == 1 else text for name, text in given.items()}

    def values(self) -> dict[str, Any]:
        """Every parameter by its name, the absent ones with their defaults."""
        return self.model_dump()


def each_once(request: Request) -> None:
    """Refuse a parameter that is given twice, of which FastAPI would silently take the last.

    Raises:
        ProblemError: 422 `repeated_parameter`.
    """
    if repeated := repeats([name for name, _ in request.query_params.multi_items()]):
        raise repeated_parameter(repeated)


class CheckedRoute(APIRoute):
    """A route that answers a refused query as all others do: value, rule and next step of every fault."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        dependencies: Sequence[params.Depends] | None = None,
        **settings: Any,  # noqa: ANN401 - what FastAPI's route takes
    ) -> None:
        # After the others, so that who may not ask at all is told that first.
        super().__init__(path, endpoint, dependencies=[*(dependencies or ()), Depends(each_once)], **settings)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, with its refusals of a query in our words."""
        handle = super().get_route_handler()
        models = [field.field_info.annotation for field in self.dependant.query_params]
        names = [name for model in models for name in _names(model)]
        bounds = {name: bound for model in models for name, bound in limits(_schema(model)).items()}

        async def checked(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                faults = [{**fault, "loc": fault["loc"][1:]} for fault in error.errors()]
                raise refusal(faults, names, bounds) from None

        return checked


def _names(model: Any) -> list[str]:  # noqa: ANN401 - FastAPI does not say what annotates a parameter
    return list(_schema(model)["properties"])


def _schema(model: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    if not issubclass(model, CheckedQuery):
        raise TypeError(f"{model!r} is no CheckedQuery; take the whole query as one")
    schema: dict[str, Any] = model.model_json_schema()
    return schema
