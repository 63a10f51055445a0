"""The 75 corruptions of one image of 224 x 224: seconds of the processor, beside a public implementation of each.

The peer is the package `imagecorruptions` (Michaelis et al. 2019, Apache-2.0), which is none of this project's: install
it in an environment of its own and name that environment's Python, and both are measured in the same run. Without it,
ours alone are printed. Best of some draws each, with one thread.
Usage: python benchmarks/corruptions.py [python of the peer]
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evaluation.corruptions import CORRUPTIONS
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES

SIDE = 224
DRAWS = 5
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
# The peer wants a NumPy and a scikit-image of its time; what these have renamed since is given its old name.
PEER = """
import inspect, json, sys, time
import cv2, numpy as np, skimage.filters
cv2.setNumThreads(1)
np.float_ = np.float64
if "multichannel" not in inspect.signature(skimage.filters.gaussian).parameters:
    blur = skimage.filters.gaussian
    def gaussian(image, *rest, multichannel=False, **options):
        return blur(image, *rest, channel_axis=-1 if multichannel else None, **options)
    skimage.filters.gaussian = gaussian
import imagecorruptions.corruptions
imagecorruptions.corruptions.gaussian = skimage.filters.gaussian
from imagecorruptions import corrupt
side, draws, keys, severities = json.loads(sys.argv[1])
image = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
def best(key, severity):
    taken = []
    for _ in range(draws + 1):
        start = time.process_time()
        corrupt(image, corruption_name=key, severity=severity)
        taken.append(time.process_time() - start)
    return min(taken[1:])
print(json.dumps({key: sum(best(key, severity) for severity in severities) for key in keys}))
"""


def best(work: Callable[[int], object]) -> float:
    """Seconds of the fastest of some draws, the first left out."""
    taken = []
    for number in range(DRAWS + 1):
        start = time.process_time()
        work(number)
        taken.append(time.process_time() - start)
    return min(taken[1:])


def ours(image: NDArray[np.uint8], key: str) -> float:
    corruption = CORRUPTIONS[key]
    return sum(
        best(lambda number, severity=severity: corruption.corrupt(image, severity, seed=0, number=number))  # type: ignore[misc]
        for severity in SEVERITIES
    )


def theirs(python: str) -> dict[str, float]:
    asked = json.dumps([SIDE, DRAWS, PUBLISHED_CORRUPTIONS, SEVERITIES])
    answer = subprocess.run(
        [python, "-c", PEER, asked], check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD}
    )
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def main(peer: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    mine = {key: ours(image, key) for key in PUBLISHED_CORRUPTIONS}
    other = theirs(peer) if peer else {}
    print(f"best of {DRAWS}, five severities each, load {os.getloadavg()[0]:.1f}")
    rows = [*((key, mine[key], other.get(key)) for key in mine)]
    for key, seconds, peers in [*rows, ("all 75", sum(mine.values()), sum(other.values()) or None)]:
        beside = "" if peers is None else f"  {1000 * peers:7.1f} ms  {seconds / peers:5.2f} x"
        print(f"{key:20} {1000 * seconds:7.1f} ms{beside}")


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        # Read once, when NumPy is loaded: another start is the only way to set it.
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ONE_THREAD})
    main(sys.argv[1] if len(sys.argv) > 1 else "")
