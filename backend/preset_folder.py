"""The folder of presets: what lies there as TOML is taken in while the service runs, and goes with its file."""

from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from backend.definition_folder import DefinitionFolder, Kind
from backend.store import own_presets
from backend.store.own_dimensions import dimension_set
from backend.store.own_presets import OwnPreset
from backend.store.preset_definition import PresetDefinition, read_preset

PRESET_FOLDER: Final = "presets"
"""The name of the folder, in the data folder."""
_KIND: Final[Kind[PresetDefinition, OwnPreset]] = Kind(
    read=read_preset,
    key=lambda told: told.key,
    held=own_presets.from_files,
    register=lambda session, told, file: own_presets.register(session, told, dimension_set(session).known, file=file),
    take_out=own_presets.take_out,
)


class PresetFolder(DefinitionFolder[PresetDefinition, OwnPreset]):
    """Keeps the store's presets as the files of a folder say; look at it after the folder of dimensions.

    Args:
        folder: that may hold files ending in .toml; it need not be there.
        engine: from `create_store_engine`.
    """

    def __init__(self, folder: Path, engine: Engine) -> None:
        super().__init__(folder, engine, _KIND)
