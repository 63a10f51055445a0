"""Saturate."""

import numpy as np

from evaluation.corruptions import CORRUPTIONS


def test_what_is_grey_stays() -> None:
    grey = np.full((8, 8, 3), 100, dtype=np.uint8)
    for severity in range(1, 6):
        changed = CORRUPTIONS["saturate"].corrupt(grey, severity, seed=0, number=0).astype(int)
        assert abs(changed - 100).max() <= 1
