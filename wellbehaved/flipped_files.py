"""The files of a benchmark in the order of the evidence that was kept of them."""

from collections.abc import Sequence
from pathlib import Path

from quba.errors import Refusal
from quba.measuring.evidence import Conditions


def files_of(conditions: Conditions, name: str, data: str | Path | None) -> Sequence[Path]:
    """The images that one pass was run on, in the order in which evidence has them.

    Args:
        conditions: under which the models were measured.
        name: of the pass, with its variant where it has several, such as "corruptions:fog/3".
        data: folder of the data sets; `datasets` in the data folder where it is None.

    Raises:
        Refusal: the files are not on this machine, or not those that were measured on.
    """
    from backend.settings import Settings
    from evaluation.datasets.dataset import DataSetDamaged, DataSetMissing
    from evaluation.engine.pass_files import files_of_pass, stage_of_pass
    from wellbehaved.evaluation_request import find_benchmark

    settings = Settings()
    suite = find_benchmark(conditions.benchmark, settings, store=False)
    # Positions are those of the version that was measured on; in another they are other images.
    if suite.digest != conditions.digest:
        raise _refusal(f"{suite.key} is another version than the one that was measured on.")
    root = Path(data).expanduser() if data else settings.data_dir / "datasets"
    try:
        return files_of_pass(stage_of_pass(suite, conditions, name), conditions, root)
    except (DataSetMissing, DataSetDamaged) as error:
        raise _refusal(str(error)) from error


def _refusal(message: str) -> Refusal:
    return Refusal("files_not_here", message, "Look at the flips by their positions, or where the images lie.")
