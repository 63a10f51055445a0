"""How one method of a part serves both clients: it returns at once from `Client` and is awaited from `AsyncClient`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, overload
from urllib.parse import quote

from wellbehaved.client.answers.evaluations import EvaluationAnswer
from wellbehaved.client.exchange import Exchange, Steps
from wellbehaved.client.following import Following

P = ParamSpec("P")
T = TypeVar("T")


class Blocking:
    """Marks the parts of `wellbehaved.Client`, whose methods return answers."""


class Awaited:
    """Marks the parts of `wellbehaved.AsyncClient`, whose methods return what is awaited."""


Manner = TypeVar("Manner", Blocking, Awaited)


class Carrier(Protocol):
    """A client, which alone knows a network."""

    def carry_out(self, steps: Steps[Any]) -> Any:  # noqa: ANN401 - the answer of the steps, or what is awaited for it
        """Do what the steps ask for."""

    def follow_events(self, following: Following) -> Any:  # noqa: ANN401 - an iterator of either kind
        """What a stream of events tells."""


class Part(Generic[Manner]):
    """Methods about one subject, such as ``client.models``.

    Args:
        exchange: makes requests and reads answers.
        carrier: carries requests out.
    """

    def __init__(self, exchange: Exchange, carrier: Carrier) -> None:
        self._exchange = exchange
        self._carrier = carrier


class call(Generic[P, T]):  # noqa: N801 - a decorator
    """Makes a method of a part out of its steps."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        self._steps = steps
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, part: None, owner: type) -> Self: ...
    @overload
    def __get__(self, part: Part[Blocking], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, part: Part[Awaited], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, part: Part[Any] | None, owner: type) -> Any:
        """The method as the client has it, with the name, the arguments and the text of its steps."""
        if part is None:
            return self
        # Bound on each access and not once: two clients of one class must not share a carrier.
        return _method(self._steps, part, part._carrier.carry_out)


class stream(Generic[P]):  # noqa: N801 - a decorator
    """Makes an iteration over an evaluation's changes out of where it stands."""

    def __init__(self, following: Callable[Concatenate[Any, P], Following]) -> None:
        self._following = following
        self.__doc__ = following.__doc__

    @overload
    def __get__(self, part: None, owner: type) -> Self: ...
    @overload
    def __get__(self, part: Part[Blocking], owner: type) -> Callable[P, Iterator[EvaluationAnswer]]: ...
    @overload
    def __get__(self, part: Part[Awaited], owner: type) -> Callable[P, AsyncIterator[EvaluationAnswer]]: ...
    def __get__(self, part: Part[Any] | None, owner: type) -> Any:
        """The method as the client has it."""
        if part is None:
            return self
        return _method(self._following, part, part._carrier.follow_events)


def _method(made: Callable[..., Any], part: Part[Any], carry_out: Callable[[Any], Any]) -> Callable[..., Any]:
    method = MethodType(made, part)

    @wraps(method)
    def of_the_client(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - those of the method
        return carry_out(method(*arguments, **options))

    return of_the_client


def segment(name: str) -> str:
    """A name as one segment of a path, which it cannot leave.

    >>> segment("../imports?x=1")
    '..%2Fimports%3Fx%3D1'
    """
    return quote(name, safe="")
