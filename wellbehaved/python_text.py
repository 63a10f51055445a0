"""What the command line advises, for one who calls Python: its options become the arguments that do the same."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from quba.errors import Refusal

# Whole phrases, where an option alone would not say what to pass; any other option is turned by its name.
_ARGUMENTS = (
    ("pass your own with --weights FILE", "pass the path of your own with architecture="),
    ("pass weights trained on its classes with --weights FILE", "pass the path of weights trained on its classes"),
    ("fetch the file elsewhere and pass it with --weights FILE", "fetch the file elsewhere and pass its path"),
    ("say so with --class-order-checked", "say so with classes=, the names of the outputs in their order"),
    (
        "--input-size 224 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
        "input_size=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)",
    ),
    ("--device cpu", "device='cpu'"),
    ("--precision bf16", "precision='bf16'"),
    ("--precision fp32", "precision='fp32'"),
)
_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)")


def in_python(text: str) -> str:
    """A text of the command line with arguments in the place of options; commands stay what they are.

    >>> in_python("use a smaller --batch-size")
    'use a smaller batch_size'
    """
    for option, argument in _ARGUMENTS:
        text = text.replace(option, argument)
    # What stands between backticks is a command to type.
    parts = text.split("`")
    parts[::2] = [_OPTION.sub(lambda found: found[1].replace("-", "_"), part) for part in parts[::2]]
    return "`".join(parts)


@contextmanager
def saying_next_steps() -> Iterator[None]:
    """Whatever is refused in here says its next step too, and in Python's words: a traceback shows nothing else."""
    try:
        yield
    except Refusal as refusal:
        said = str(refusal)
        # Some sentences hold their next step, and the hint of a model's fault is for whoever submits a file.
        if refusal.hint not in said and not _speaks_of_a_model(refusal):
            said = f"{said} {refusal.hint}"
        refusal.args = (in_python(said),)
        raise
    except ValueError as error:
        error.args = (in_python(str(error)),)
        raise


def _speaks_of_a_model(refusal: Refusal) -> bool:
    # Imported here: a saved profile is read without the evaluation.
    from evaluation.errors import ModelFault

    return isinstance(refusal, ModelFault)
