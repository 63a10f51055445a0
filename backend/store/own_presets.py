"""Presets of one's own in the store: which there are, and adding and removing them, as it is with dimensions."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.store import data_versions
from backend.store.definition_text import DefinitionFile
from backend.store.preset_definition import PresetDefinition, preset_of
from backend.store.tables import Base, JsonObject
from quba.dimension import Dimension
from quba.errors import Refusal
from quba.preset import Preset
from quba.ranking.presets import BUILT_IN_PRESETS
from quba.vocabulary import Origin

logger = logging.getLogger(__name__)


class OwnPreset(Base):
    """A preset of one's own, and the file that brought it, if any."""

    __tablename__ = "own_preset"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    definition: Mapped[JsonObject] = mapped_column(JSON)
    folder: Mapped[str | None] = mapped_column(String(100))
    file: Mapped[str | None] = mapped_column(String(200))
    added_at: Mapped[datetime]


def own_presets(
    session: Session, known: Mapping[str, Dimension], removed: Mapping[str, Dimension]
) -> tuple[Preset, ...]:
    """The presets of one's own that a store has, by key.

    Args:
        session: of the store.
        known: the dimensions that count, by key.
        removed: those that were taken out, whose weight counts for nothing.
    """
    rows = sorted(session.scalars(select(OwnPreset)), key=lambda row: row.key)
    # A later version of the program may bring a preset of the same key, which then counts.
    found = (_preset(row, known, removed) for row in rows if row.key not in BUILT_IN_PRESETS)
    return tuple(preset for preset in found if preset is not None)


def _preset(row: OwnPreset, known: Mapping[str, Dimension], removed: Mapping[str, Dimension]) -> Preset | None:
    """What a row describes; None where another version of the program stored what breaks a rule of this one."""
    try:
        told = preset_of(row.definition)
    except Refusal as refusal:
        # Left out and said: one row must not stop every answer.
        logger.warning("the stored preset %s is left out: %s", row.key, refusal.message)
        return None
    gone = [key for key, weight in told.weights.items() if weight and key not in known]
    return Preset(
        key=told.key,
        label=told.label,
        description=told.description,
        weights=MappingProxyType({key: told.weights.get(key, 0.0) for key in known}),
        origin=Origin.OWN,
        removed=tuple(removed[key].label if key in removed else key for key in gone),
    )


def from_files(session: Session, folder: str) -> dict[str, OwnPreset]:
    """The presets that came from a folder, by the name of their file."""
    rows = session.scalars(select(OwnPreset).where(OwnPreset.folder == folder))
    return {str(row.file): row for row in rows}


def register(
    session: Session,
    told: PresetDefinition,
    known: Mapping[str, Dimension],
    *,
    file: DefinitionFile | None = None,
    now: datetime | None = None,
) -> bool:
    """Add a preset, or change the one that the same file brought, in a session from `writing`.

    Args:
        session: from `writing`.
        told: what it is.
        known: the dimensions that there are.
        file: that it came from; None where it was added by REST or by command.
        now: time to record; the current one when absent.

    Returns:
        Whether anything changed: the same again changes nothing.

    Raises:
        Refusal: `preset_exists`, where somebody else's preset has the key; `bad_preset`, where it weighs what is no
            dimension.
    """
    moment = now or datetime.now(UTC)
    definition = told.model_dump(mode="json")
    origin = (None, None) if file is None else (file.folder, file.name)
    row = session.get(OwnPreset, told.key)
    if row is not None:
        # A file that says the same as what is there wants nothing, whoever added it.
        if row.definition == definition:
            return False
        if file is None or (row.folder, row.file) != origin:
            raise _exists(row)
    unknown = [key for key in told.weights if key not in known]
    if unknown:
        raise Refusal(
            "bad_preset",
            f"The preset {told.key} weighs {unknown[0][:80]!r}, which is no dimension.",
            f"Use {', '.join(known)}, or add the dimension first.",
        )
    row = row or OwnPreset(key=told.key)
    row.definition, row.added_at = definition, moment
    row.folder, row.file = origin
    session.add(row)
    session.flush()
    _note(session, told.key, definition, moment)
    return True


def remove(session: Session, key: str, *, watched: str | None = None, now: datetime | None = None) -> bool:
    """Take a preset out, in a session from `writing`.

    Args:
        session: from `writing`.
        key: of the preset.
        watched: identifier of the folder that is looked at here; what came from another one can be taken out.
        now: time to record; the current one when absent.

    Returns:
        False where there is none of this key.

    Raises:
        Refusal: `built_in_preset`, or `preset_of_a_file`, for it would come back with the next look at the file.
    """
    if key in BUILT_IN_PRESETS:
        raise Refusal(
            "built_in_preset",
            f"The preset {key} comes with the program and stays.",
            "Only presets of one's own can be removed; GET /v1/presets says the origin of each.",
        )
    row = session.get(OwnPreset, key)
    if row is None:
        return False
    if row.folder is not None and row.folder == watched:
        raise Refusal(
            "preset_of_a_file",
            f"The preset {key} comes from {row.file} in the folder of presets.",
            "Delete the file; the service then removes the preset.",
        )
    take_out(session, row, now=now)
    return True


def take_out(session: Session, row: OwnPreset, *, now: datetime | None = None) -> None:
    """Take a preset out whose file is gone; in a session from `writing`."""
    key = row.key
    session.delete(row)
    session.flush()
    _note(session, key, None, now or datetime.now(UTC))


def _note(session: Session, key: str, definition: object, moment: datetime) -> None:
    what = "removal of preset" if definition is None else "preset"
    data_versions.record(
        session, reason=f"{what} {key}"[:200], changes=[["own_preset", key, definition]], created_at=moment
    )


def _exists(found: OwnPreset) -> Refusal:
    origin = "was added by REST or by command" if found.file is None else f"comes from the file {found.file}"
    return Refusal(
        "preset_exists",
        f"There is a preset {found.key!r} already, which {origin} and says something else.",
        "Choose another key, or remove that one first.",
    )
