"""The files of a pass in the order in which evidence of it is kept."""

from pathlib import Path

from evaluation.benchmark import Benchmark
from evaluation.engine.images import balanced_subset
from evaluation.engine.stages import Protocol, Request, Stage, plan
from quba.errors import Refusal
from quba.measuring.evidence import Conditions


def stage_of_pass(suite: Benchmark, conditions: Conditions, name: str) -> Stage:
    """The stage that ran a pass.

    Args:
        suite: the benchmark that was measured on.
        conditions: under which it was.
        name: of the pass, with its variant where it has several, such as "corruptions:fog/3".

    Raises:
        Refusal: `pass_without_files`, for one that is no part of any dimension of the benchmark.
    """
    request = Request(
        benchmark=suite,
        protocol=Protocol(conditions.protocol),
        samples_per_class=conditions.samples_per_class,
        seed=conditions.seed,
    )
    source, _, variant = name.partition(":")
    for each in plan(request).stages:
        if source in each.passes and each.outcome == variant:
            return each
    raise Refusal(
        "pass_without_files", f"{name} is no pass of {suite.key}.", "Look at a pass that makes up a dimension."
    )


def files_of_pass(stage: Stage, conditions: Conditions, root: Path) -> tuple[Path, ...]:
    """The images that a pass was run on, those that could not be read included.

    Args:
        stage: from `stage_of_pass`.
        conditions: under which it was run.
        root: folder of the data sets.

    Raises:
        DataSetMissing: they are not there.
        DataSetDamaged: they are not as they must be.
    """
    images = stage.data_set.read(root, stage.variant)
    each_label = stage.images_per_label(conditions.samples_per_class)
    if each_label is None:
        return images.paths
    # The very draw of the run: positions in the evidence are positions in this subset.
    chosen = balanced_subset(images.labels, each_label, seed=conditions.seed)
    return tuple(images.paths[position] for position in chosen.tolist())
