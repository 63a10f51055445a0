"""Decision support: seconds and extra memory of stability, break-points and what-if, on the study and on 10,000 models.

The bare limit of stability is one sort of as many scores, since every draw ranks all models. Best of some rounds in
this process; peaks of memory are counted by tracemalloc in a round of their own.
Usage: python benchmarks/decisions.py [rounds]
"""

import csv
import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from quba.deciding.break_points import reigns
from quba.deciding.stability import acceptability, jittered_weights
from quba.deciding.what_if import nearest_weights
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation, standardise
from quba.ranking.presets import PRESETS

STUDY = Path(__file__).parents[1] / "backend" / "imports" / "published_scores.csv"
PAPER = PRESETS["paper"].weights
DRAWS, MANY = 10_000, 10_000


def study() -> dict[str, np.ndarray]:
    with STUDY.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows]) for key in DIMENSIONS}


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


def bare_sort(models: int) -> Callable[[], None]:
    scores = np.random.default_rng(0).standard_normal((100, models))

    def sort() -> None:
        for _ in range(DRAWS // 100):
            np.sort(scores, axis=1)

    return sort


def report(label: str, work: Callable[[], object], rounds: int, limit: float | None = None) -> float:
    taken = seconds(work, rounds)
    ratio = "" if limit is None else f"  {taken / limit:5.2f} x the sort"
    print(f"{label:48} {1000 * taken:9.1f} ms  {peak_megabytes(work):7.1f} MB extra{ratio}")
    return taken


def all_break_points(pool: dict[str, np.ndarray]) -> None:
    for key in DIMENSIONS:
        reigns(pool, PAPER, key)


def main(rounds: int) -> None:
    rng = np.random.default_rng(0)
    draws = jittered_weights(PAPER, rng=rng, draws=DRAWS)
    published = standardise(study(), Normalisation.PUBLISHED)
    many = {key: rng.standard_normal(MANY) for key in DIMENSIONS}
    print(f"best of {rounds}, load {os.getloadavg()[0]:.1f}")
    for pool in (published, many):
        count = pool["accuracy"].size
        limit = report(f"{count} models: {DRAWS} bare sorts", bare_sort(count), rounds)
        report(f"{count} models: stability, {DRAWS} draws", partial(acceptability, pool, draws), rounds, limit)
        report(f"{count} models: break-points of nine sliders", partial(all_break_points, pool), rounds)
    for k in (1, 10):
        taken = [1000 * seconds(partial(nearest_weights, published, PAPER, row, k=k), 1) for row in range(0, 326, 3)]
        print(f"what-if for rank {k}, over models: median {np.median(taken):.1f} ms, worst {max(taken):.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
