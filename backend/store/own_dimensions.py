"""Dimensions of one's own in the store: which there are, and adding and removing them.

They are rows of the database and not files, for several machines share a database and no folder. A file in the folder
of dimensions owns what it brought: that changes and goes with the file alone (docs/adr).
"""

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store import data_versions
from backend.store.definition_text import DefinitionFile
from backend.store.dimension_definition import DimensionDefinition, stored_definition
from backend.store.own_presets import own_presets
from backend.store.tables import OwnDimension
from quba.dimension import Dimension
from quba.dimensions import BUILT_IN, DimensionSet
from quba.errors import Refusal

logger = logging.getLogger(__name__)

PACKAGES = "-packages"
"""Behind the identifier of a folder: of what came from the installed packages of the same machine."""


def dimension_set(session: Session) -> DimensionSet:
    """The dimensions of one's own that a store has, by key, those that were removed, and the presets of one's own."""
    rows = sorted(session.scalars(select(OwnDimension)), key=lambda row: row.key)
    # A later version of the program may bring a dimension of the same key, which then counts.
    found = [(row, known) for row in rows if row.key not in BUILT_IN and (known := _dimension(row)) is not None]
    own = {each.key: each for row, each in found if row.removed_at is None}
    removed = {each.key: each for row, each in found if row.removed_at is not None}
    return DimensionSet(
        own=tuple(own.values()),
        removed=tuple(removed.values()),
        presets=own_presets(session, {**BUILT_IN, **own}, removed),
    )


def set_with(session: Session, keys: Collection[str]) -> DimensionSet:
    """The same, with those of some keys in force even where they were removed since somebody asked for them.

    Args:
        session: of the store.
        keys: of the dimensions that are to be measured.
    """
    found = dimension_set(session)
    return replace(found, own=(*found.own, *(each for each in found.removed if each.key in keys)))


def _dimension(row: OwnDimension) -> Dimension | None:
    """What a row describes; None where another version of the program stored what breaks a rule of this one."""
    try:
        return stored_definition(row.definition).dimension()
    except Refusal as refusal:
        # Left out and said: one row must not stop every answer.
        logger.warning("the stored dimension %s is left out: %s", row.key, refusal.message)
        return None


def from_files(session: Session, folder: str) -> dict[str, OwnDimension]:
    """The dimensions that came from a folder and were not removed, by the name of their file."""
    rows = session.scalars(select(OwnDimension).where(OwnDimension.folder == folder))
    return {str(row.file): row for row in rows if row.removed_at is None}


def register(
    session: Session, told: DimensionDefinition, *, file: DefinitionFile | None = None, now: datetime | None = None
) -> bool:
    """Add a dimension, or change the one that the same file brought, in a session from `writing`.

    Args:
        session: from `writing`.
        told: what it is.
        file: that it came from; None where it was added by REST or by command.
        now: time to record; the current one when absent.

    Returns:
        Whether anything changed: the same again changes nothing.

    Raises:
        Refusal: `dimension_exists`, where somebody else's dimension has the key.
    """
    moment = now or datetime.now(UTC)
    definition = told.model_dump(mode="json", exclude_none=True)
    origin = (None, None) if file is None else (file.folder, file.name)
    found = session.get(OwnDimension, told.key)
    if found is not None and found.removed_at is None:
        # A file that says the same as what is there wants nothing, whoever added it.
        if found.definition == definition:
            return False
        if file is None or (found.folder, found.file) != origin:
            raise _exists(found)
    row = found or OwnDimension(key=told.key)
    row.definition, row.added_at, row.removed_at = definition, moment, None
    row.folder, row.file = origin
    session.add(row)
    session.flush()
    _note(session, told.key, definition, moment)
    return True


def remove(session: Session, key: str, *, watched: str | None = None, now: datetime | None = None) -> bool:
    """Take a dimension out, in a session from `writing`; its measurements stay, and return when it is added again.

    Args:
        session: from `writing`.
        key: of the dimension.
        watched: identifier of the folder that is looked at here. What came from another one can be taken out, for that
            folder, or its machine, may be gone for good.
        now: time to record; the current one when absent.

    Returns:
        False where there is none of this key.

    Raises:
        Refusal: `built_in_dimension`, or `dimension_of_a_file` or `dimension_of_a_package`, for it would come back.
    """
    if key in BUILT_IN:
        raise Refusal(
            "built_in_dimension",
            f"The dimension {key} comes with the program and stays.",
            "A weight of 0 leaves it out of a ranking.",
        )
    row = session.get(OwnDimension, key)
    if row is None or row.removed_at is not None:
        return False
    if watched is not None and row.folder == f"{watched}{PACKAGES}":
        raise Refusal(
            "dimension_of_a_package",
            f"The dimension {key} comes from an installed package, as its entry point {row.file}.",
            "Uninstall the package and start the service again.",
        )
    if row.folder is not None and row.folder == watched:
        raise Refusal(
            "dimension_of_a_file",
            f"The dimension {key} comes from {row.file} in the folder of dimensions.",
            "Delete the file; the service then removes the dimension.",
        )
    take_out(session, row, now=now)
    return True


def take_out(session: Session, row: OwnDimension, *, now: datetime | None = None) -> None:
    """Take a dimension out whose file is gone; in a session from `writing`."""
    row.removed_at = moment = now or datetime.now(UTC)
    row.folder = row.file = None
    session.flush()
    _note(session, row.key, None, moment)


def _note(session: Session, key: str, definition: object, moment: datetime) -> None:
    what = "removal of" if definition is None else "dimension"
    data_versions.record(
        session,
        reason=f"{what} {key}"[:200],
        changes=[["own_dimension", key, definition]],
        created_at=moment,
    )


def _exists(found: OwnDimension) -> Refusal:
    origin = "was added by REST or by command" if found.file is None else f"comes from the file {found.file}"
    return Refusal(
        "dimension_exists",
        f"There is a dimension {found.key!r} already, which {origin} and says something else.",
        "Choose another key, or remove that one first; its measurements stay.",
    )
