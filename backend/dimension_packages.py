"""Dimensions that installed packages bring, under the entry point `wellbehaved.dimensions`.

They are loaded once, when the service starts, one after the other, each in a thread of its own: a package that raises,
or that does not come to an end, is named and left out, and the others are taken.
"""

import logging
import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine

from backend.definition_folder import bring_to
from backend.dimension_folder import KIND, DimensionFolder
from backend.store import own_dimensions
from backend.store.dimension_definition import DimensionDefinition, definition_from
from backend.store.engine import reading, writing
from backend.store.errors import StoreUnavailable
from backend.store.own_dimensions import PACKAGES
from quba.dimension import PlugIn
from quba.dimension_package import package_dimension
from quba.errors import Refusal
from quba.vocabulary import DIMENSION_PACKAGES

logger = logging.getLogger(__name__)

SECONDS_TO_LOAD: Final = 10.0
"""How long a package may take, in a service and in a command: a sound one may import torch, which takes seconds."""
SECONDS_OF_A_START: Final = 20.0
"""How long all of them together may hold up the start of a service: two that do not come to an end."""
_MOST_OF: Final = 0.9
_LIGHTEN: Final = "Correct or uninstall those that take longest, and start the service again."


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedPackage:
    """An entry point that brought no dimension.

    Attributes:
        entry_point: its name, with the package that declares it.
        reason: what was found.
        next_step: what can be done.
    """

    entry_point: str
    reason: str
    next_step: str


class DimensionPackages:
    """Keeps the store's dimensions as the installed packages say, from the start of a process on.

    Args:
        folder: of dimensions, whose identifier is this machine's: it removes only what its own packages brought.
        engine: from `create_store_engine`.
    """

    def __init__(self, folder: DimensionFolder, engine: Engine) -> None:
        self._folder = folder
        self._engine = engine
        self.refused: tuple[RefusedPackage, ...] = ()

    async def look(self) -> None:
        """Take in what is installed; a store that is away is logged, and the next start tries again."""
        try:
            await run_in_threadpool(self.take_in)
        except (StoreUnavailable, OSError) as error:
            logger.warning("the dimensions of installed packages were not taken: %s", error)

    def take_in(self) -> None:
        """Bring the store to what the installed packages say.

        Raises:
            StoreUnavailable: the database does not answer or was never migrated.
            OSError: the folder of dimensions cannot be read or written.
        """
        found = {each.name: each for each in sorted(entry_points(group=DIMENSION_PACKAGES))}
        told, refused = dimensions_behind(list(found.values()), SECONDS_TO_LOAD, SECONDS_OF_A_START)
        identifier = self._folder.own_identifier(make=bool(found))
        if identifier is not None:
            refused += self._store(f"{identifier}{PACKAGES}", found, told)
        for each in refused:
            logger.warning("%s was not taken: %s %s", each.entry_point, each.reason, each.next_step)
        self.refused = tuple(refused)

    def _store(
        self, origin: str, found: Mapping[str, EntryPoint], told: Mapping[str, DimensionDefinition]
    ) -> list[RefusedPackage]:
        with reading(self._engine) as session:
            held = {name: row.definition for name, row in own_dimensions.from_files(session, origin).items()}
        wanted = {name: each.model_dump(mode="json", exclude_none=True) for name, each in told.items()}
        # What could not be loaded this time keeps what it brought; only what is not installed any more goes.
        if set(held) <= set(found) and all(held.get(name) == each for name, each in wanted.items()):
            return []
        with writing(self._engine) as session:
            refused = bring_to(session, KIND, origin, found, told)
        return [_refusal(found[name], refusal.message, refusal.hint) for name, refusal in refused.items()]


def dimensions_behind(
    found: Sequence[EntryPoint], seconds: float, in_all: float = math.inf
) -> tuple[dict[str, DimensionDefinition], list[RefusedPackage]]:
    """The dimensions behind entry points by their names, and those that brought none.

    Args:
        found: the entry points.
        seconds: that each of them may take; one that takes longer is left behind in its thread.
        in_all: seconds that they may take together; those that are left then are not loaded.
    """
    told: dict[str, DimensionDefinition] = {}
    refused = []
    left = in_all
    took: dict[str, float] = {}
    for each in found:
        if left <= 0:
            reason = f"It was not loaded: {_took(took)} of the {in_all:g} s that a start waits for all."
            refused.append(_refusal(each, reason, _LIGHTEN))
            continue
        answers: dict[str, object] = {}
        patience, started = min(seconds, left), time.monotonic()
        thread = threading.Thread(target=_load, args=(each, answers), name=each.name, daemon=True)
        thread.start()
        # One after the other, as `import` does: modules that are imported at the same time can meet a library that
        # another of them has loaded by half.
        thread.join(patience)
        spent = time.monotonic() - started
        left -= spent
        try:
            answer = answers.get(each.name)
            # It is not to blame for what others took: with its own seconds it may have come to an end. Not all of them,
            # for those before it are waited for a little longer than was asked.
            if answer is None and patience < _MOST_OF * seconds:
                raise Refusal(
                    "bad_dimension",
                    f"It was given up before its {seconds:g} s were over: {_took(took)} of the {in_all:g} s that "
                    "a start waits for all.",
                    _LIGHTEN,
                )
            told[each.name] = _definition(each, answer, seconds)
        except Refusal as refusal:
            refused.append(_refusal(each, refusal.message, refusal.hint))
        took[each.name] = spent
    return told, refused


def _took(seconds: Mapping[str, float]) -> str:
    """Who took how long before, the longest first."""
    longest = sorted(seconds.items(), key=lambda each: -each[1])
    return ", ".join(f"{name} took {spent:.1f} s" for name, spent in longest)


def _load(each: EntryPoint, answers: dict[str, object]) -> None:
    try:
        answers[each.name] = each.load()
    # Whatever a stranger's module raises, and be it that it wants to end the program: it is told, not swallowed.
    except BaseException as error:
        answers[each.name] = error


def _definition(each: EntryPoint, answer: object, seconds: float) -> DimensionDefinition:
    if answer is None:
        raise Refusal(
            "bad_dimension",
            f"It did not come to an end within {seconds:g} s.",
            "Let its module do nothing but define the dimension, and start the service again.",
        )
    if isinstance(answer, BaseException):
        raise Refusal(
            "bad_dimension",
            f"It raised {type(answer).__name__}: {str(answer)[:200]}.",
            "Correct or uninstall the package, and start the service again.",
        )
    brought = package_dimension(answer)
    if brought.measure is None or each.dist is None:
        return definition_from(brought.dimension)
    plug_in = PlugIn(package=each.dist.name, version=each.dist.version, entry_point=each.name)
    return definition_from(brought.dimension, plug_in)


def _refusal(each: EntryPoint, reason: str, next_step: str) -> RefusedPackage:
    package = f" of {each.dist.name} {each.dist.version}" if each.dist is not None else ""
    return RefusedPackage(entry_point=f"{each.name}{package}", reason=reason, next_step=next_step)
