"""The two models of a gate: read where somebody kept what they did, measured where nobody did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.checkpoints.program_kinds import program_kind
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from wellbehaved.architecture_choice import sure_architecture
from wellbehaved.installed_dimensions import adopt_installed
from wellbehaved.program_inputs import ProgramInputs

if TYPE_CHECKING:
    from quba.measuring.evidence import Evidence

_PROFILE = ".json"

Kept = tuple[str, "Evidence"]
"""The name of a model, and what is kept of its evaluation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class How:
    """How a model that was not kept is measured; what is None is as the baseline was, or as the benchmark says.

    Attributes:
        benchmark: key, or path of a folder.
        architecture: timm's name of the net of a checkpoint; what its tensors say where they leave no doubt.
        dimensions: keys, separated by commas.
        protocol: of attacks and few images.
        samples_per_class: of a quick subset.
        seed: of subset and attacks.
        data: folder of the data sets.
        device: to compute on.
        inputs: how an image becomes the input of a program.
    """

    benchmark: str | None = None
    architecture: str | None = None
    dimensions: str | None = None
    protocol: str | None = None
    samples_per_class: int | None = None
    seed: int | None = None
    data: Path | None = None
    device: str | None = None
    inputs: ProgramInputs = field(default_factory=ProgramInputs)

    def as_before(self, baseline: Evidence) -> How:
        """The same, as a baseline was measured wherever nothing else was asked for."""
        before = baseline.conditions
        adopt_installed([*baseline.values, *baseline.missing])
        # Also what the baseline could not be given: if the new model has it, the gate says that nothing was compared.
        measured = [key for key in DIMENSIONS if key in baseline.values or key in baseline.missing]
        return replace(
            self,
            dimensions=self.dimensions or ",".join(measured) or None,
            benchmark=self.benchmark or before.benchmark,
            protocol=self.protocol or before.protocol,
            samples_per_class=before.samples_per_class if self.samples_per_class is None else self.samples_per_class,
            # Not `or`: a seed of 0 was asked for as much as any other.
            seed=before.seed if self.seed is None else self.seed,
        )


def both_models(new: str, baseline: str, how: How, *, save: Path | None = None) -> tuple[Kept, Kept]:
    """What is kept of a new model and of its baseline, the baseline first looked for.

    Args:
        new: path of a checkpoint, of a program or of a saved profile, name of a model, or key of a stored one.
        baseline: in the same ways.
        how: a model that was not kept is measured.
        save: where to save the profile of the new model; None for nowhere.

    Returns:
        The new model, then the baseline.

    Raises:
        Refusal: one of them cannot be had.
        OSError: a place cannot be read or written.
    """
    # Both first: nobody waits for a baseline to hear that the new model cannot be told.
    of_baseline, of_new = (replace(how, architecture=_architecture_of(each, how)) for each in (baseline, new))
    before = _kept_or_measured(baseline, of_baseline, save=None)
    # The baseline comes first, because it says under which conditions the new model is measured.
    after = _kept_or_measured(new, of_new.as_before(before[1]), save=save)
    return after, before


def _architecture_of(named: str, how: How) -> str | None:
    """Of a checkpoint, as asked for or as its tensors say; None of anything else, which has a name of its own."""
    path = Path(named)
    # None of these is a file of weights alone, whose net would have to be named.
    if path.suffix == _PROFILE or not path.is_file() or _is_program(named):
        return None
    return how.architecture or sure_architecture(path)


def _is_program(named: str) -> bool:
    path = Path(named)
    return path.is_file() and program_kind(path) is not None


def _kept_or_measured(named: str, how: How, *, save: Path | None) -> Kept:
    path = Path(named)
    if path.suffix == _PROFILE:
        from wellbehaved.profile import Profile

        profile = Profile.load(path)
        if save is not None:
            profile.save(save)
        return profile.name, profile.evidence
    if how.benchmark is None:
        raise Refusal("no_benchmark", f"{named} is no saved profile.", "Name a benchmark with --benchmark KEY.")
    if not path.is_file():
        from wellbehaved.stored_profile import stored_profile

        # What is in the store counts before a library's model of that name, which would have to be measured.
        stored = stored_profile(named, how.benchmark, how.protocol)
        if stored is not None:
            if save is not None:
                stored.save(save)
            return named, stored.evidence
    return _measure(named, how.benchmark, how, save)


def _measure(named: str, benchmark: str, how: How, save: Path | None) -> Kept:
    from wellbehaved.measuring import measure

    # What a net is made for is known; of a program it has to be said, or its file says it.
    inputs = how.inputs if _is_program(named) else ProgramInputs()
    with _in_commands():
        profile = measure(
            named,
            benchmark,
            architecture=how.architecture,
            input_size=inputs.size,
            mean=inputs.mean,
            std=inputs.std,
            dimensions=how.dimensions,
            protocol=how.protocol,
            samples_per_class=how.samples_per_class,
            seed=how.seed or 0,
            data=how.data,
            device=how.device,
        )
    if save is not None:
        profile.save(save)
    return profile.name, profile.evidence


@contextmanager
def _in_commands() -> Iterator[None]:
    """Misuse of `measure` in the words of a refusal."""
    try:
        yield
    except ValueError as error:
        raise Refusal("bad_option", str(error), "") from error
