"""Arrays on disk: whoever looks meanwhile, or after a crash, sees a whole file or the one from before."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


def save_arrays(path: Path, arrays: Arrays) -> None:
    """Save arrays by name in NumPy's own format, without pickle; the same arrays give the same bytes.

    Args:
        path: of the file; its folder must be there.
        arrays: of numbers.

    Raises:
        OSError: the file cannot be written; what was there before is still there.
        ValueError: an array holds objects.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
        partial = Path(file.name)
        try:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
