"""Adding a folder of one's own beside `sha256sum` of the same files, and looking again at an unchanged one.

Run: `python -m benchmarks.own_data [FILES]`; 50,000 files by default, 2.5 GB in a temporary folder.
"""

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from evaluation.own_data.contents import changes_since
from evaluation.own_data.registration import inspect

CLASSES = 100
SIDE = 200
AT_ONCE = 2000


def write(folder: Path, files: int) -> None:
    """JPEG files of some 50 KB, as photographs for classifiers are, with pixels of some and an end of their own."""
    rng = np.random.default_rng(0)
    pictures = []
    for _ in range(20):
        image = Image.fromarray(rng.integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8))
        place = folder / "one.jpg"
        image.save(place, quality=95)
        pictures.append(place.read_bytes())
        place.unlink()
    for number in range(files):
        place = folder / f"val/class{number % CLASSES:03d}/{number:06d}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(pictures[number % len(pictures)] + f"{number:08d}".encode())
        os.utime(place, (1_000_000_000, 1_000_000_000))


def parts(folder: Path) -> Iterator[list[str]]:
    """The paths, so many at once as a command line takes."""
    paths = sorted(map(str, folder.glob("val/*/*.jpg")))
    return (paths[start : start + AT_ONCE] for start in range(0, len(paths), AT_ONCE))


def sha256sum(folder: Path, processes: int) -> None:
    """The system's own program on all cores."""
    for_all = "\0".join(path for part in parts(folder) for path in part).encode()
    command = ["xargs", "-0", "-n", str(AT_ONCE), "-P", str(processes), "sha256sum"]
    subprocess.run(command, input=for_all, check=True, stdout=subprocess.DEVNULL)


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """How long some work takes, and how much of the processors: on a busy machine only that compares."""
    start, busy = time.perf_counter(), processor_seconds()
    work()
    return time.perf_counter() - start, processor_seconds() - busy


def processor_seconds() -> float:
    """What this process has used so far, and the programs that it started and that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> None:
    """Print both ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=int, nargs="?", default=50_000)
    files = parser.parse_args().files
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as place:
        folder, cache = Path(place) / "flowers", Path(place) / "cache"
        folder.mkdir()
        write(folder, files)
        size = sum(each.stat().st_size for each in folder.glob("val/*/*.jpg")) / 1e6
        print(f"{files} files, {size:.0f} MB, {cores} cores")
        # Once before: both then read from the page cache.
        sha256sum(folder, cores)
        theirs, theirs_busy = min(seconds(lambda: sha256sum(folder, cores)) for _ in range(2))
        added, added_busy = seconds(lambda: inspect(folder, cache=cache))
        known = inspect(folder, cache=cache)
        looks = [seconds(lambda: changes_since(folder, known.definition, known.digest, cache)) for _ in range(5)]
        checked, checked_busy = min(looks)
        print(f"sha256sum {theirs:.2f} s, {files / theirs:.0f} files/s")
        print(
            f"add       {added:.2f} s, {files / added:.0f} files/s: {theirs / added:.2f} of its rate (>= 0.5), "
            f"{theirs_busy / added_busy:.2f} by processor time"
        )
        print(
            f"check     {checked:.3f} s: {added / checked:.0f} times faster than adding (>= 20), "
            f"{added_busy / checked_busy:.0f} times by processor time"
        )


if __name__ == "__main__":
    main()
