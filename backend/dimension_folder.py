"""The folder of dimensions: what lies there as TOML is taken in while the service runs, and goes with its file."""

from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from backend.definition_folder import DefinitionFolder, Kind
from backend.store import own_dimensions
from backend.store.dimension_definition import DimensionDefinition, read_definition
from backend.store.tables import OwnDimension

FOLDER: Final = "dimensions"
"""The name of the folder, in the data folder."""
KIND: Final[Kind[DimensionDefinition, OwnDimension]] = Kind(
    read=read_definition,
    key=lambda told: told.key,
    held=own_dimensions.from_files,
    register=lambda session, told, file: own_dimensions.register(session, told, file=file),
    take_out=own_dimensions.take_out,
)
"""Dimensions of one's own, as files and packages define them."""


class DimensionFolder(DefinitionFolder[DimensionDefinition, OwnDimension]):
    """Keeps the store's dimensions as the files of a folder say.

    Args:
        folder: that may hold files ending in .toml; it need not be there.
        engine: from `create_store_engine`.
    """

    def __init__(self, folder: Path, engine: Engine) -> None:
        super().__init__(folder, engine, KIND)
