"""Routes whose query is a model that forbids other names: FastAPI reads it, and refusals name the next step."""

from collections.abc import Callable, Coroutine, Sequence
from functools import cache
from inspect import iscoroutinefunction
from typing import Any, Self, TypedDict
from urllib.parse import parse_qsl

from fastapi import Depends, Request, Response, params
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, JsonValue, model_validator
from starlette.routing import request_response

from backend.body import repeated_parameter, repeats
from backend.ranking.formats import JSON, require_acceptable
from backend.ranking.parameters import CheckedParameters


class CheckedQuery(CheckedParameters):
    """The query of a route."""

    @model_validator(mode="before")
    @classmethod
    def _as_sent(cls, given: dict[str, object]) -> dict[str, object]:
        # FastAPI makes a list of what is sent under the name of a list, once or more often.
        return {name: ",".join(text) if isinstance(text, list) else text for name, text in given.items()}

    @classmethod
    def of_request(cls, request: Request) -> Self:
        """Read the query as FastAPI would, for a route that does without it.

        Raises:
            ProblemError: 422, as for all other routes.
        """
        # As Starlette reads it; its `query_params` would build two more lists and a dictionary.
        pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(pairs)
        if len(given) != len(pairs):
            refuse_repeats(cls, [name for name, _ in pairs])
            given = {name: ",".join(text for other, text in pairs if other == name) for name in given}
        return cls.read(given)


class NoQuery(CheckedQuery):
    """The query of a route that takes no parameters."""


@cache
def _lists(model: type[BaseModel]) -> frozenset[str]:
    """The parameters that take several values; kept, for making a schema takes milliseconds."""
    fields = model.model_json_schema()["properties"] if model.model_fields else {}
    kinds = {name: [field, *field.get("anyOf", ())] for name, field in fields.items()}
    return frozenset(name for name, found in kinds.items() if any(each.get("type") == "array" for each in found))


def refuse_repeats(model: type[BaseModel], names: list[str]) -> None:
    """Refuse a parameter that is given more than once, but for lists: `field=a&field=b` is `field=a,b`.

    Raises:
        ProblemError: 422 `repeated_parameter`.
    """
    if repeated := [name for name in repeats(names) if name not in _lists(model)]:
        raise repeated_parameter(repeated)


def only_declared(request: Request) -> None:
    """Refuse what is no list and given twice, of which FastAPI would silently take the last, or what nobody reads.

    Raises:
        ProblemError: 422 `repeated_parameter` or `unknown_parameter`.
    """
    model = query_model(request.scope["route"].dependant)
    refuse_repeats(model, [name for name, _ in request.query_params.multi_items()])
    if model is NoQuery:
        NoQuery.of_request(request)


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
        # After the others, so that who may not ask at all learns that first.
        super().__init__(path, endpoint, dependencies=[*(dependencies or ()), Depends(only_declared)], **settings)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, with its refusals of a query in our words."""
        handle = super().get_route_handler()
        model = query_model(self.dependant)
        media_types = _media_types(self)

        async def handle_checked(request: Request) -> Response:
            # A format that is named goes before what is accepted.
            if "format" not in request.query_params:
                require_acceptable(request.headers.get("accept", ""), media_types)
            try:
                return await handle(request)
            # FastAPI raises it before the handler runs, so that nothing was done yet.
            except RequestValidationError as error:
                faults = [{**fault, "loc": fault["loc"][1:]} for fault in error.errors()]
                raise model.refusal(faults) from None

        return handle_checked


class DirectRoute(APIRoute):
    """Hands request and query over, and nothing else, to a route for which FastAPI's way to both is too long.

    It searches for dependencies, and opens two stacks for what they leave behind; what that costs a ranking is measured
    by benchmarks/rankings.py. The query is read by the same model that FastAPI would fill.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:  # noqa: ANN401 - FastAPI's
        super().__init__(path, endpoint, **settings)
        self.app = request_response(self.get_route_handler())

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Our own handler in place of FastAPI's; a function is called in a thread, as everywhere."""
        model, endpoint, waits = query_model(self.dependant), self.endpoint, iscoroutinefunction(self.endpoint)
        # A list chooses among its formats itself.
        is_document = _media_types(self) == (JSON,)

        async def direct(request: Request) -> Response:
            if is_document and "format" not in request.query_params:
                require_acceptable(request.headers.get("accept", ""), (JSON,))
            query = model.of_request(request)
            found = endpoint(request, query) if waits else run_in_threadpool(endpoint, request, query)
            response: Response = await found
            return response

        return direct


def _media_types(route: APIRoute) -> tuple[str, ...]:
    """What a route answers with when all is well, as it says to OpenAPI; nothing where it sends it to everybody."""
    answers = [answer for status, answer in route.responses.items() if str(status).startswith("2")]
    own = tuple(dict.fromkeys(kind for answer in answers for kind in answer.get("content", {})))
    # A class of its own says that it is not JSON; FastAPI has a placeholder for the default. Such a path has one form,
    # a file or events, and many programs send `Accept: application/json` with whatever they ask, our client among them.
    return () if isinstance(route.response_class, type) else (JSON, *own)


def query_model(dependant: Dependant) -> type[CheckedQuery]:
    """The model of a route's query.

    Raises:
        TypeError: a parameter is no such model, so that other names would pass.
    """
    for field in dependant.query_params:
        model = field.field_info.annotation
        if not (isinstance(model, type) and issubclass(model, CheckedQuery)):
            raise TypeError(f"{model!r} is no CheckedQuery; take the whole query as one")
        return model
    return NoQuery


class SentSchema(TypedDict, total=False):
    """What is changed of the schema of a query parameter, or looked at."""

    title: str
    description: str
    type: str
    default: JsonValue
    anyOf: list["SentSchema"]


class SentParameter(TypedDict, total=False):
    """The same of the parameter."""

    schema: SentSchema
    style: str
    explode: bool


def describe_as_sent(parameter: SentParameter) -> None:
    """Correct a query parameter of OpenAPI: absent rather than null, and lists with commas instead of repeated."""
    schema = _without_null(parameter["schema"])
    parameter["schema"] = schema
    if schema.get("type") == "array":
        parameter["style"], parameter["explode"] = "form", False


def _without_null(schema: SentSchema) -> SentSchema:
    """A query parameter is absent, never null: take `null` out of the alternatives and defaults."""
    schema.pop("title", None)
    schema.pop("description", None)
    if schema.get("default", 0) is None:
        del schema["default"]
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        return schema | kinds[0]
    return schema | SentSchema(anyOf=kinds) if kinds else schema
