"""What the data sets of the toy benchmark have in common."""

import numpy as np

from evaluation.toy.shapes import CLASSES

LICENCE = "drawn by this program; free of rights"
HOW_TO_GET = "Run `wellbehaved datasets make-toy`; it takes about a minute."
NUMBERED = tuple(f"{label:02d}_{name}" for label, name in enumerate(CLASSES))
# Every class is a category of its own, so that the decisions of the real sets can be used as they are.
SINGLES = tuple(np.array([label]) for label in range(len(CLASSES)))
