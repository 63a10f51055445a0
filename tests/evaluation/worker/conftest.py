"""What the tests of workers share."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """Thirty images of three classes."""
    folder, rng = tmp_path / "shared" / "flowers", np.random.default_rng(0)
    for name in ("aster", "daisy", "rose"):
        (folder / "val" / name).mkdir(parents=True)
        for number in range(10):
            pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "val" / name / f"{number}.png")
    return folder
