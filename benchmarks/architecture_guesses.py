"""How often the architecture of a checkpoint is guessed right, and how long that takes beside opening the file.

Networks of all families with random weights are saved as safetensors and as torch writes them, then guessed from the
file alone. Run `python -m benchmarks.architecture_guesses [HOW_MANY]`.
"""

import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file
from timm.models import list_modules

from evaluation.checkpoints.guess import Guess
from evaluation.checkpoints.guessing import guess_architectures
from evaluation.checkpoints.verify import Claim, read

_HOW_MANY = 40
_MOST_WEIGHTS = 60_000_000
_CLASSES = 10


@dataclass
class _Tally:
    first: int = 0
    among_three: int = 0
    exact: int = 0
    with_twins: int = 0
    first_with_twins: int = 0
    seconds: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)

    def count(self, name: str, found: tuple[Guess, ...]) -> None:
        names = [each.architecture for each in found]
        twins = next((each.same_tensors for each in found if each.architecture == name), ())
        self.first += names[:1] == [name]
        self.among_three += name in names
        self.exact += bool(found) and found[0].exact
        self.with_twins += bool(twins)
        self.first_with_twins += bool(twins) and names[:1] == [name]


def chosen(how_many: int) -> list[str]:
    """One architecture after the other of each family in turn, of a size that a laptop builds at once."""
    order = random.Random(0)
    families = [timm.list_models(module=module) for module in sorted(list_modules())]
    for names in families:
        order.shuffle(names)
    found: list[str] = []
    order.shuffle(families)
    for names in families:
        for name in names:
            with torch.device("meta"):
                net = timm.create_model(name, num_classes=_CLASSES)
            if sum(each.numel() for each in net.parameters()) <= _MOST_WEIGHTS:
                found.append(name)
                break
        if len(found) == how_many:
            return found
    return found


def main(how_many: int) -> None:
    """Print the shares and the times."""
    tally, names = _Tally(), chosen(how_many)
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(names):
            state = timm.create_model(name, num_classes=_CLASSES).state_dict()
            path = Path(folder) / ("weights.safetensors" if number % 2 else "weights.pt")
            if number % 2:
                save_file({key: each.clone() for key, each in state.items()}, path)
            else:
                torch.save({"state_dict": {f"module.{key}": each for key, each in state.items()}}, path)
            begun = time.perf_counter()
            found = guess_architectures(path)
            guessed = time.perf_counter()
            read(path, Claim(architecture=name, class_count=_CLASSES))
            tally.seconds.append(guessed - begun)
            tally.ratios.append((guessed - begun) / (time.perf_counter() - guessed))
            tally.count(name, found)
            if not found or found[0].architecture != name:
                sys.stdout.write(f"{name}: {[(each.architecture, each.exact, each.fitting) for each in found]}\n")
    middle = len(names) // 2
    sys.stdout.write(
        f"{len(names)} architectures of as many families: {tally.first} first, {tally.among_three} among three, "
        f"{tally.exact} with an exact fit; {tally.with_twins} share their tensors with another architecture, of which "
        f"{tally.first_with_twins} came first. Median {sorted(tally.seconds)[middle]:.2f} s a file, "
        f"{sorted(tally.ratios)[middle]:.1f} x opening and judging it.\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _HOW_MANY)
