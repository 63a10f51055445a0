"""What a run has finished, on disk: one file per step, whole or not there, so that a killed run continues."""

import logging
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.array_files import Arrays, save_arrays
from quba.zip_damage import damage_as_bad_zip_file

logger = logging.getLogger(__name__)

_IMAGES = "images"
_BROKEN = (OSError, KeyError, zipfile.BadZipFile)


class StepStore:
    """The finished steps of one model under one request.

    Arrays are kept in NumPy's own format without pickle; the same results give the same bytes.

    Args:
        folder: where they lie; made when the first step is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, stage: str, start: int, images: str) -> bool:
        """Whether a step is finished, on exactly these images.

        Args:
            stage: key of the stage.
            start: number of the step's first image.
            images: fingerprint of the images.
        """
        path = self._path(stage, start)
        if not path.exists():
            return False
        try:
            # Opened here, because NumPy leaves a file open that turns out not to be an archive.
            with damage_as_bad_zip_file(), path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return str(arrays[_IMAGES]) == images
        except _BROKEN as error:
            logger.warning("step %s cannot be read and will be repeated: %s", path, error)
            return False

    def load(self, stage: str, start: int) -> dict[str, NDArray[Any]]:
        """The arrays of a finished step.

        Raises:
            FileNotFoundError: it is not finished.
        """
        with self._path(stage, start).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files if name != _IMAGES}

    def save(self, stage: str, start: int, images: str, arrays: Arrays) -> None:
        """Keep a step; whoever looks meanwhile, or after a crash, sees all of it or nothing."""
        path = self._path(stage, start)
        # Each on its own: Path.mkdir would give its mode to the last one only.
        for folder in reversed(path.parents):
            folder.mkdir(mode=0o700, exist_ok=True)
        save_arrays(path, {_IMAGES: np.array(images), **arrays})

    def _path(self, stage: str, start: int) -> Path:
        return self.folder / stage / f"{start:08d}.npz"
