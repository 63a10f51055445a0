"""The command `wellbehaved cost`: latency and memory of models on the device at hand, printed and kept if asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from evaluation.running_cost.cost_document import (
    CostDocument,
    ModelFigures,
    cost_document,
    figures_of_fault,
    figures_of_model,
)
from quba.benchmarks import STUDY
from wellbehaved.cost_bar import cost_bar
from wellbehaved.evaluate_command import require_evaluation
from wellbehaved.evaluation_options import BenchmarkOption, DeviceOption, WeightsKeyOption
from wellbehaved.evaluation_request import asked_benchmark
from wellbehaved.model_loading import named_model
from wellbehaved.program_inputs import InputSizeOption, MeanOption, ProgramInputs, StdOption, program_inputs
from wellbehaved.terminal import (
    FAILED,
    WRONG_USAGE,
    ApiOption,
    asking,
    fail,
    note,
    print_json,
    print_table,
    usable_settings,
)

if TYPE_CHECKING:
    from evaluation.benchmark import Benchmark
    from evaluation.models.loaded_model import LoadedModel
    from evaluation.running_cost.measured_cost import Bench
    from wellbehaved.client import Client

# torch and timm take seconds to import, so that everything of the evaluation is imported inside the functions.

app = typer.Typer()
_FILE = "cost.json"
_Origin: TypeAlias = tuple[str | None, str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Named:
    """How models are named on the command line."""

    suite: "Benchmark"
    weights: Path | None
    weights_key: str | None
    inputs: ProgramInputs


@app.command()
def cost(  # noqa: PLR0913 - a command's options are its parameters
    models: Annotated[
        list[str],
        typer.Argument(metavar="MODEL...", help="Models, named as for `evaluate`."),
    ],
    weights: Annotated[
        Path | None, typer.Option(help="Checkpoint file of the one MODEL, an architecture of timm.")
    ] = None,
    weights_key: WeightsKeyOption = None,
    benchmark: BenchmarkOption = STUDY.key,
    device: DeviceOption = None,
    device_name: Annotated[
        str | None, typer.Option(help="Name of the device; what it says of itself unless given.")
    ] = None,
    batch_sizes: Annotated[str, typer.Option(help="Batch sizes, separated by commas.")] = "1,64",
    precision: Annotated[str, typer.Option(help="Precision: fp32, tf32 (rounded, for GPUs) or bf16.")] = "fp32",
    input_size: InputSizeOption = None,
    mean: MeanOption = None,
    std: StdOption = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help="Keep the figures in the store, as dimensions of this device that weigh 0 unless asked for.",
        ),
    ] = False,
    api: ApiOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON, which `import` reads.")] = False,
) -> None:
    """Measure latency and peak memory of models on this device: for each batch size the median of 50 passes."""
    inputs = program_inputs(input_size, mean, std)
    _refuse_misuse(models, weights=weights, benchmark=benchmark, record=record, api=api)
    settings = usable_settings()
    require_evaluation()
    on = _bench(device, device_name, batch_sizes, precision)
    named = _Named(
        suite=asked_benchmark(benchmark, settings, store=False), weights=weights, weights_key=weights_key, inputs=inputs
    )
    if record:
        with asking(api, writes=True) as client:
            document = cost_document(on, list(_figures_of(models, named, on, _origins(client))), datetime.now(UTC))
            # Before anything is kept: what took minutes to measure is not lost if it cannot be.
            _print(document, as_json=json)
            _keep(document, client)
    else:
        document = cost_document(on, list(_figures_of(models, named, on, None)), datetime.now(UTC))
        _print(document, as_json=json)
    if any(_is_faulty(model) for model in document["models"]):
        raise typer.Exit(FAILED)


def _refuse_misuse(
    models: Sequence[str], *, weights: Path | None, benchmark: str, record: bool, api: str | None
) -> None:
    if weights is not None and len(models) != 1:
        fail("--weights belongs to one architecture. Name exactly one MODEL with it.", WRONG_USAGE)
    if repeated := {name for name in models if models.count(name) > 1}:
        fail(f"{', '.join(sorted(repeated))} is named twice. Name each model once.", WRONG_USAGE)
    if api is not None and not record:
        fail("--api is where --record keeps the figures. Leave it out, or add --record.", WRONG_USAGE)
    if record and benchmark != STUDY.key:
        fail(
            f"Dimensions of one's own are kept on {STUDY.key} alone, and --benchmark is {benchmark}. Leave --record "
            "out.",
            WRONG_USAGE,
        )


def _bench(device: str | None, name: str | None, batch_sizes: str, precision: str) -> "Bench":
    from evaluation.engine.devices import DeviceMissing, usable_device
    from evaluation.engine.stages import Precision
    from evaluation.running_cost.device_name import DeviceRefused
    from evaluation.running_cost.measured_cost import bench

    if precision not in list(Precision):
        fail(f"--precision is {precision[:80]!r}. Use one of: {', '.join(Precision)}.", WRONG_USAGE)
    try:
        sizes = tuple(int(each) for each in batch_sizes.split(","))
    except ValueError:
        fail(f"--batch-sizes is {batch_sizes[:80]!r}. Write it as 1,64.", WRONG_USAGE)
    try:
        return bench(usable_device(device), name=name, precision=Precision(precision), batch_sizes=sizes)
    except DeviceMissing as missing:
        fail(f"--device {device}: {missing}", WRONG_USAGE)
    except DeviceRefused as refused:
        fail(f"{refused.message} {refused.hint}", WRONG_USAGE)
    except ValueError as error:
        fail(f"--batch-sizes: {error}", WRONG_USAGE)


def _figures_of(
    names: Sequence[str], named: _Named, on: "Bench", keepable: set[_Origin] | None
) -> Iterator[ModelFigures]:
    """Measure one model after the other; of each that fails the reason is said, and the next one follows.

    Where figures are to be kept, only models of `keepable` are measured: they would have nowhere to go.
    """
    from evaluation.errors import ModelFault
    from evaluation.models.untrained import with_weights_or_untrained
    from evaluation.running_cost.model_cost import cost_of_model

    for name in names:
        load = partial(
            named_model,
            name,
            named.suite,
            weights=named.weights,
            weights_key=named.weights_key,
            inputs=named.inputs,
            device=on.device,
        )
        try:
            model = with_weights_or_untrained(name, load, class_count=named.suite.class_count, device=on.device)
        except ModelFault as fault:
            note(f"{name}: {fault}")
            yield figures_of_fault(name, str(fault))
            continue
        for each in model.notes:
            note(f"{model.name}: {each}")
        # Before it is measured, which takes minutes.
        if keepable is not None and not _is_among(keepable, model):
            file = "" if named.weights is None else f" --weights {named.weights}"
            lacking = f"no model of the store has these weights. Run `wellbehaved evaluate {name}{file} --store` first."
            note(f"{name}: {lacking}")
            yield figures_of_fault(name, lacking)
            continue
        note(f"{model.name}: measuring on {on.name}")
        with cost_bar(model.name) as draw:
            measured = cost_of_model(model, on, before=draw)
        yield figures_of_model(measured)


def _origins(client: "Client") -> set[_Origin]:
    from backend.imports.timm_names import weights_origin

    held = client.models.list()
    if held.empty:
        return set()
    # Rows without identifier say of no weights that they are theirs; pandas has NaN there, which is no text.
    known = held.dropna(subset=["source_identifier"])
    return {weights_origin(*each) for each in zip(known["source_library"], known["source_identifier"], strict=True)}


def _is_among(origins: set[_Origin], model: "LoadedModel") -> bool:
    from backend.imports.timm_names import weights_origin

    identity = model.identity
    return weights_origin(identity.source_library, identity.source_identifier) in origins


def _keep(document: CostDocument, client: "Client") -> None:
    import orjson

    if not any(model["batches"] for model in document["models"]):
        return
    answer = client.results.add_table(orjson.dumps(document), "cost", _FILE)
    for key in answer["dimensions"]:
        note(f"`wellbehaved rank --w.{key} 1` weighs {key}")
    if answer["import_id"]:
        kept = "1 model" if answer["added"] == 1 else f"{answer['added']} models"
        note(f"kept for {kept}; `wellbehaved delete {answer['import_id']}` deletes it")


def _is_faulty(model: ModelFigures) -> bool:
    return model["fault"] is not None or any(each["latency_missing"] for each in model["batches"])


def _print(document: CostDocument, *, as_json: bool) -> None:
    from wellbehaved.cost_text import bench_line, cost_table, count_lines, missing_lines

    if as_json:
        print_json(document)
        return
    if any(model["batches"] for model in document["models"]):
        typer.echo(bench_line(document))
        print_table(cost_table(document))
        for line in count_lines(document):
            typer.echo(line)
    for line in missing_lines(document):
        note(line)
