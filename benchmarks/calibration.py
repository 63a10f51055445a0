"""Calibration errors of a whole ImageNet validation run: seconds and extra memory, against one bare sort.

Probabilities of 50,000 images over 1,000 classes take 200 MB in 32 bits. The bare limit is one sort of each column, as
equal filling needs it in some form. All rounds run in this process, the best of each is taken, and peaks of memory are
counted by tracemalloc in a round of their own, since counting slows. Usage: python benchmarks/calibration.py [rounds]
"""

import os
import sys
import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from quba.dimensions.calibration_error import adaptive_calibration_error, expected_calibration_error
from quba.measuring.calibration_replicates import adaptive_calibration_replicates, expected_calibration_replicates
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error

IMAGES, CLASSES, BLOCK = 50_000, 1_000, 32


def outputs() -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of a made-up model that is right on most images."""
    rng = np.random.default_rng(0)
    labels = np.arange(IMAGES) % CLASSES
    values = 2 * rng.standard_normal((IMAGES, CLASSES), dtype=np.float32)
    values[np.arange(IMAGES), labels] += 7
    np.exp(values, out=values)
    values /= values.sum(axis=1, keepdims=True)
    return values, labels


def sorted_columns(probabilities: np.ndarray) -> None:
    for start in range(0, CLASSES, BLOCK):
        np.ascontiguousarray(probabilities[:, start : start + BLOCK].T).sort(axis=1)


def seconds(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def peak_megabytes(work: Callable[[], object]) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def main(rounds: int) -> None:
    probabilities, labels = outputs()

    def both_errors() -> tuple[float, float]:
        return (
            expected_calibration_error(probabilities, labels),
            adaptive_calibration_error(probabilities, labels),
        )

    def both_standard_errors() -> list[float | None]:
        groups = balanced_groups(labels)
        return [
            jackknife_standard_error(replicates(probabilities, labels, groups))
            for replicates in (expected_calibration_replicates, adaptive_calibration_replicates)
        ]

    def bare_sort() -> None:
        sorted_columns(probabilities)

    print(f"{IMAGES} images x {CLASSES} classes, best of {rounds}, load {os.getloadavg()[0]:.1f}")
    print(f"ECE {both_errors()[0]:.4f}, ACE {both_errors()[1]:.6f}")
    limit = seconds(bare_sort, rounds)
    for label, work in (
        ("one sort of every column", bare_sort),
        ("ECE + ACE", both_errors),
        ("their standard errors (20 groups left out)", both_standard_errors),
    ):
        taken = seconds(work, rounds)
        print(f"{label:45} {taken:6.2f} s  {taken / limit:5.2f} x the sort  {peak_megabytes(work):6.1f} MB extra")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
