"""How long the command line takes to say what it can do, beside Python alone and the library that it is made with.

Usage: python benchmarks/command_line.py [rounds]
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from typing import Final

GOAL_SECONDS: Final = 0.3
CALLS: Final = {
    "python -c pass": ("-c", "pass"),
    "python -c 'import typer'": ("-c", "import typer"),
    "help of an empty Typer program": (
        "-c",
        "import sys, typer; app = typer.Typer(); app.command()(lambda: None); sys.argv = ['empty', '--help']; app()",
    ),
    "wellbehaved --help": ("-P", "-m", "wellbehaved.cli", "--help"),
    "wellbehaved rank --help": ("-P", "-m", "wellbehaved.cli", "rank", "--help"),
}


def seconds(arguments: tuple[str, ...]) -> tuple[float, float]:
    """Of one call: by the clock, and of the processor."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    took, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Call each in turn, and print the least and the median."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print(f"{rounds} rounds, load {os.getloadavg()[0]:.1f}; seconds by the clock, and of the processor: least, median")
    for name, arguments in CALLS.items():
        clock, processor = zip(*(seconds(arguments) for _ in range(rounds)), strict=True)
        print(
            f"{name:32} {min(clock):.3f} {statistics.median(clock):.3f}   "
            f"{min(processor):.3f} {statistics.median(processor):.3f}; "
            f"ratio to the goal of {GOAL_SECONDS} s {min(clock) / GOAL_SECONDS:.2f}"
        )


if __name__ == "__main__":
    main()
