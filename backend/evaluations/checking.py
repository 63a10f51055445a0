"""What the service asks of whoever checks checkpoints: the service itself starts without torch and opens none.

The service owns these two protocols and imports no checker; `evaluation.checkpoints` fulfils them by shape and imports
no service. They meet where the parts are put together, in `wellbehaved.checker`: there mypy holds one to the other.
What is not accepted comes as a `quba.errors.Refusal`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class Checked(Protocol):
    """A checkpoint that passed, as whoever checked it says."""

    @property
    def weights_key(self) -> str | None:
        """The set of weights that was taken; None where the file holds one alone, under no name."""
        ...

    @property
    def other_keys(self) -> tuple[str, ...]:
        """The further sets of the file."""
        ...

    @property
    def confinement(self) -> str:
        """What confined the check, such as `network namespace, memory limit`, or `none`."""
        ...

    @property
    def choice(self) -> str | None:
        """The set that was taken where there was a choice, and else None."""
        ...


class Guessed(Protocol):
    """An architecture that a checkpoint may be of."""

    @property
    def architecture(self) -> str:
        """A name of the timm library."""
        ...

    @property
    def exact(self) -> bool:
        """Whether all names and shapes fit, but for the number of classes, and nothing else is there."""
        ...

    @property
    def fitting(self) -> int:
        """Tensors that both have, in the same shape."""
        ...

    @property
    def tensors(self) -> int:
        """Tensors that either has."""
        ...

    @property
    def same_tensors(self) -> tuple[str, ...]:
        """Other architectures that the file fits as well."""
        ...


class CheckpointCheck(Protocol):
    """Checks files that strangers uploaded; safe to share among threads."""

    def prepare(self) -> None:
        """Begin to start what a check will need, and return at once; done already, it does nothing."""
        ...

    def scan(self, path: Path) -> str:
        """Look at a file without opening what is inside.

        Returns:
            Its format, `safetensors` or `torch`.

        Raises:
            Refusal: it is none of these, or damaged, or could do more than hold weights.
        """
        ...

    def check(
        self,
        path: Path,
        written: Path,
        *,
        architecture: str,
        class_count: int,
        classes: tuple[str, ...] = (),
        weights_key: str | None = None,
    ) -> Checked:
        """Open a file in a confined process, hold it against an architecture and rewrite it as safetensors.

        Args:
            path: the file.
            written: where the safetensors file goes; nothing is left there where the file is refused.
            architecture: a name of the timm library.
            class_count: classes that it must decide among.
            classes: their names in the order of the labels, where outputs can be found by name; else empty.
            weights_key: which of several sets of weights is meant; without it, the one that timm would load.

        Raises:
            Refusal: it does not fit.
        """
        ...

    def guess(self, path: Path, filename: str) -> Sequence[Guessed]:
        """Name the architectures that a file's tensors fit best, the best first; as confined as a check.

        Args:
            path: the file.
            filename: that its owner gave it.

        Raises:
            Refusal: it is no checkpoint.
        """
        ...

    def close(self) -> None:
        """End what runs for it."""
        ...
