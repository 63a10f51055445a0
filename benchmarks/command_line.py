"""How long the command line takes to say what it can do and to rank, beside what it is made with.

The calls of a round follow each other, so that all meet the same machine. Usage: python benchmarks/command_line.py
[rounds]
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from backend.settings import Settings
from wellbehaved.processes import migrate_store

GOAL_SECONDS: Final = 0.3
RATIO_GOAL: Final = 1.5
IMPORTS: Final = "imports of what `rank` is made with"
RANK: Final = "wellbehaved rank"
CALLS: Final = {
    "python -c pass": ("-c", "pass"),
    "python -c 'import typer'": ("-c", "import typer"),
    "help of an empty Typer program": (
        "-c",
        "import sys, typer; app = typer.Typer(); app.command()(lambda: None); sys.argv = ['empty', '--help']; app()",
    ),
    "wellbehaved --help": ("-P", "-m", "wellbehaved.cli", "--help"),
    "wellbehaved rank --help": ("-P", "-m", "wellbehaved.cli", "rank", "--help"),
    IMPORTS: ("-c", "import numpy, fastapi, sqlalchemy, httpx, typer, rich"),
    RANK: ("-P", "-m", "wellbehaved.cli", "rank"),
}


def seconds(arguments: tuple[str, ...], data_dir: Path) -> tuple[float, float]:
    """Of one call: by the clock, and of the processor."""
    environment = {**os.environ, "WELLBEHAVED_DATA_DIR": str(data_dir)}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True, env=environment)
    took, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Call each in turn, and print the least and the median."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print(f"{rounds} rounds, load {os.getloadavg()[0]:.1f}; seconds by the clock, and of the processor: least, median")
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in CALLS}
    with tempfile.TemporaryDirectory() as folder:
        migrate_store(Settings(data_dir=Path(folder)))
        for _ in range(rounds):
            for name, arguments in CALLS.items():
                found[name].append(seconds(arguments, Path(folder)))
    for name, times in found.items():
        clock, processor = zip(*times, strict=True)
        print(
            f"{name:36} {min(clock):.3f} {statistics.median(clock):.3f}   "
            f"{min(processor):.3f} {statistics.median(processor):.3f}; "
            f"ratio to the goal of {GOAL_SECONDS} s {min(clock) / GOAL_SECONDS:.2f}"
        )
    ratios = [ours / bare for (_, ours), (_, bare) in zip(found[RANK], found[IMPORTS], strict=True)]
    print(
        f"{RANK} takes {statistics.median(ratios):.2f} times the processor of the {IMPORTS} "
        f"({min(ratios):.2f} to {max(ratios):.2f}; goal: {RATIO_GOAL})"
    )


if __name__ == "__main__":
    main()
