"""The toy benchmark on disk, drawn once for all tests and only read."""

from pathlib import Path

import pytest

from evaluation.toy import generator

FEW_TRAINING_IMAGES = 2


@pytest.fixture(scope="session")
def toy_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with `toy-shapes` in it: every set that is measured is whole, and few images to train on."""
    root = tmp_path_factory.mktemp("toy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generator, "TRAIN_PER_CLASS", FEW_TRAINING_IMAGES)
        generator.make_toy(root)
    return root
