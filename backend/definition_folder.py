"""Folders of definitions: what lies there as TOML is taken in while the service runs, and goes with its file.

The database owns what is defined, for machines share it and no folder; each file owns what it brought. Every folder has
an identifier of its own, so that a machine removes only what came from its own files.
"""

import asyncio
import logging
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar
from uuid import uuid4

from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend.store.definition_text import DefinitionFile
from backend.store.engine import reading, writing
from backend.store.errors import StoreUnavailable
from backend.store.own_presets import OwnPreset
from backend.store.tables import OwnDimension
from quba.errors import Refusal

logger = logging.getLogger(__name__)

# Short beside the reload of a page, which is most of the time from a file to the page; a look takes microseconds.
SECONDS_BETWEEN_LOOKS: Final = 0.2
_IDENTIFIER: Final = ".identifier"

# By the name of a file: when it was changed and how large it is.
_Look = dict[str, tuple[int, int]]


Definition = TypeVar("Definition", bound=BaseModel)
Row = TypeVar("Row", OwnDimension, OwnPreset)


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[Definition, Row]):
    """What the files of a folder define, and how it comes into the store.

    Attributes:
        read: a definition from a file; raises `Refusal`.
        key: of a definition.
        held: what came from a folder, by the name of the file.
        register: adds it, or changes what the same file brought; raises `Refusal`.
        take_out: removes what a file brought.
    """

    read: Callable[[Path], Definition]
    key: Callable[[Definition], str]
    held: Callable[[Session, str], Mapping[str, Row]]
    register: Callable[[Session, Definition, DefinitionFile], object]
    take_out: Callable[[Session, Row], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedFile:
    """A file that brought nothing, or whose change was not taken.

    Attributes:
        file: its name in the folder.
        reason: what was found, with the rule that it breaks.
        next_step: what can be done.
    """

    file: str
    reason: str
    next_step: str


class DefinitionFolder(Generic[Definition, Row]):
    """Keeps what is defined in the store as the files of a folder say; for one task or thread.

    Args:
        folder: that may hold files ending in .toml; it need not be there.
        engine: from `create_store_engine`.
        kind: what they define.
    """

    def __init__(self, folder: Path, engine: Engine, kind: Kind[Definition, Row]) -> None:
        self._folder = folder
        self._engine = engine
        self._kind: Kind[Definition, Row] = kind
        self._taken: _Look | None = None
        self._fault: str | None = None
        # Remembered, so that what a folder brought goes even where the whole folder is deleted.
        self.identifier: str | None = None
        self.refused: tuple[RefusedFile, ...] = ()

    async def watch(self) -> None:
        """Look at the folder again and again, until the task is cancelled."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            await self.look()

    async def look(self) -> None:
        """Take in what changed; what stands against it is logged once, and tried again with the next look."""
        fault = None
        try:
            await run_in_threadpool(self.take_in)
        except StoreUnavailable as error:
            fault = f"wait for the store: {error}"
        except OSError as error:
            fault = f"cannot be read: {error.strerror}"
        if fault is not None and fault != self._fault:
            logger.warning("%s in %s %s", self._folder.name, self._folder, fault)
        self._fault = fault

    def take_in(self) -> None:
        """Bring the store to what the files say, if they changed since the last look.

        Raises:
            StoreUnavailable: the database does not answer or was never migrated; the next look tries again.
            OSError: the folder cannot be read.
        """
        look = self._files()
        # A file that was refused may be right by now, for what stood against it may be gone.
        if look == self._taken and not self.refused:
            return
        self.identifier = self._identifier(make=bool(look)) or self.identifier
        if self.identifier is not None:
            before, self.refused = self.refused, self._store(self.identifier, sorted(look))
            for each in (each for each in self.refused if each not in before):
                logger.warning("%s/%s was not taken: %s %s", self._folder.name, each.file, each.reason, each.next_step)
        self._taken = look

    def own_identifier(self, *, make: bool) -> str | None:
        """This folder's identifier; None where it has none and none is made.

        Raises:
            OSError: the folder cannot be read or written.
        """
        if make:
            self._folder.mkdir(parents=True, exist_ok=True)
        self.identifier = self._identifier(make=make) or self.identifier
        return self.identifier

    def _files(self) -> _Look:
        try:
            found = {path.name: path.stat() for path in self._folder.glob("*.toml") if path.is_file()}
        except FileNotFoundError:
            # A file that went between the listing and the question: the next look sees what is left.
            return dict(self._taken or {})
        return {name: (each.st_mtime_ns, each.st_size) for name, each in found.items()}

    def _identifier(self, *, make: bool) -> str | None:
        """The folder's own; None where it has none, so that nothing ever came from it."""
        file = self._folder / _IDENTIFIER
        if make:
            try:
                # Exclusively, for several processes may look at once: the first one's counts.
                with file.open("x", encoding="ascii") as opened:
                    opened.write(self.identifier or uuid4().hex)
            except FileExistsError:
                pass
        return file.read_text(encoding="ascii").strip() if file.is_file() else None

    def _store(self, folder: str, names: list[str]) -> tuple[RefusedFile, ...]:
        told: dict[str, Definition] = {}
        refused = []
        for name in names:
            try:
                told[name] = self._kind.read(self._folder / name)
            except Refusal as refusal:
                refused.append(_refusal_of(name, refusal))
        with reading(self._engine) as session:
            settled = self._says(session, folder, names, told)
        if not settled:
            with writing(self._engine) as session:
                found = bring_to(session, self._kind, folder, names, told)
                refused += [_refusal_of(name, refusal) for name, refusal in found.items()]
        return tuple(refused)

    def _says(self, session: Session, folder: str, names: list[str], told: Mapping[str, Definition]) -> bool:
        """Whether the store says what the files say already, so that nothing need be written."""
        held = self._kind.held(session, folder)
        stored = {name: row.definition for name, row in held.items()}
        return set(held) <= set(names) and all(
            stored.get(name) == each.model_dump(mode="json", exclude_none=True) for name, each in told.items()
        )


def bring_to(
    session: Session, kind: Kind[Definition, Row], folder: str, names: Container[str], told: Mapping[str, Definition]
) -> dict[str, Refusal]:
    """Bring the store to what the files of a folder say, in a session from `writing`.

    A file whose change is refused keeps what it brought, as one does that cannot be read: what it was is not taken out
    to make room for what it cannot be.

    Args:
        session: from `writing`.
        kind: what the files define.
        folder: its identifier.
        names: of all files that there are.
        told: what those say that could be read.

    Returns:
        The refusals by the name of their file.
    """
    kept: dict[str, Refusal] = {}
    while True:
        held = kind.held(session, folder).keys()
        tried = {name: each for name, each in told.items() if name not in kept}
        attempt = session.begin_nested()
        refused = _change(session, kind, folder, names, tried)
        # What they were is gone by now: again, and without them.
        if lost := {name: refusal for name, refusal in refused.items() if name in held}:
            attempt.rollback()
            kept |= lost
            continue
        attempt.commit()
        return kept | refused


def _change(
    session: Session, kind: Kind[Definition, Row], folder: str, names: Container[str], told: Mapping[str, Definition]
) -> dict[str, Refusal]:
    for name, row in kind.held(session, folder).items():
        # A file that cannot be read just now keeps what it brought: a slip of the pen removes nothing.
        if name not in names or (name in told and kind.key(told[name]) != row.key):
            kind.take_out(session, row)
    refused = {}
    for name, definition in told.items():
        try:
            kind.register(session, definition, DefinitionFile(folder=folder, name=name))
        except Refusal as refusal:
            refused[name] = refusal
    return refused


def _refusal_of(name: str, refusal: Refusal) -> RefusedFile:
    return RefusedFile(file=name, reason=refusal.message, next_step=refusal.hint)
