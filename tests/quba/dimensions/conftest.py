"""The conformance vectors: outputs made by formula, whose metrics the study's own metric classes gave."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import softmax


@dataclass(frozen=True)
class Outputs:
    """Probabilities in 32 bits and the right classes."""

    probabilities: np.ndarray
    labels: np.ndarray


@pytest.fixture
def wave() -> Outputs:
    """60 images, 4 classes, from a formula with little structure."""
    i, j = np.arange(60)[:, None], np.arange(4)[None, :]
    logits = (((7 * i + 5 * j + i**2 * (j + 1)) % 13) / 2).astype(np.float32)
    return Outputs(softmax(logits, axis=1), (((i**2 + i) // 2) % 4)[:, 0])


@pytest.fixture
def wave_softmaxed_twice(wave: Outputs) -> Outputs:
    """What comes of treating probabilities as logits, a mistake that is easy to make and hard to see."""
    return Outputs(softmax(wave.probabilities, axis=1), wave.labels)


@pytest.fixture
def ties() -> Outputs:
    """30 images, 2 classes, with ties, exact zeros and exact ones."""
    rows = np.array([[1, 0], [1, 0], [0.5, 0.5], [0.5, 0.5], [0.2, 0.8], [0, 1]], dtype=np.float32)
    return Outputs(np.tile(rows, (5, 1)), np.tile([0, 1, 0, 1, 1, 1], 5))
