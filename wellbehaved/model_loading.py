"""The models that `wellbehaved evaluate` is named: of a library, of a checkpoint, or a program's file."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wellbehaved.program_inputs import ProgramInputs

if TYPE_CHECKING:
    from evaluation.benchmark import Benchmark
    from evaluation.models.loaded_model import LoadedModel


def named_model(
    name: str,
    suite: "Benchmark",
    *,
    weights: Path | None,
    weights_key: str | None,
    inputs: ProgramInputs,
    device: str,
) -> "LoadedModel":
    """Load what a name on the command line stands for.

    Args:
        name: of a library's model, or the path of a program's file.
        suite: the benchmark.
        weights: a checkpoint of the architecture that the name is.
        weights_key: which of several sets of weights in it.
        inputs: how an image becomes the input of a program.
        device: to compute on.

    Raises:
        ModelFault: it cannot be had or does not fit; the message says why and what to do.
    """
    from evaluation.errors import ModelRefused
    from evaluation.models.loading import load
    from evaluation.models.modules import Holding
    from evaluation.models.names import current_name, is_known
    from evaluation.models.program_files import load_program, named_program

    program = named_program(name)
    if program is not None:
        if weights is not None or weights_key is not None:
            raise ModelRefused(f"{name} is a program and holds its own weights. Leave --weights and --weights-key out.")
        holding = Holding(input_size=inputs.size, mean=inputs.mean, deviation=inputs.std, device=device)
        return load_program(program, holding, class_count=suite.class_count, classes=suite.classes)
    if inputs.is_said:
        raise ModelRefused(
            f"--input-size, --mean and --std are of program files, and {name} brings its own. Leave them out."
        )
    # A file that happens to be called like a model of timm does not hide the model.
    if Path(name).is_file() and not is_known(current_name(name)):
        raise ModelRefused(
            f"{name} is no program (ONNX, TorchScript, torch.export), or is damaged. If it holds weights, name the "
            f"architecture that they belong to: wellbehaved evaluate ARCHITECTURE --weights {name}"
        )
    model = load(
        name,
        class_count=suite.class_count,
        classes=suite.classes,
        weights=weights,
        weights_key=weights_key,
        device=device,
    )
    keys = ", ".join(model.other_weights_keys)
    note = (
        f"of the sets of weights in the file, {model.weights_key!r} is measured; --weights-key chooses another: {keys}."
    )
    return replace(model, notes=(*model.notes, note)) if keys else model
