"""The command that measures models: `wellbehaved evaluate`."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from quba.benchmarks import STUDY
from wellbehaved import at_chance
from wellbehaved.architecture_choice import architecture_of_file
from wellbehaved.cost_bar import cost_bar
from wellbehaved.cost_words import cost_lines
from wellbehaved.evaluation_bar import evaluation_bar
from wellbehaved.evaluation_options import (
    SEED_HELP,
    AnyProtocolOption,
    BatchSizeOption,
    BenchmarkOption,
    ChannelsLastOption,
    CompileOption,
    CorruptOnDeviceOption,
    CostOption,
    DataOption,
    DecodeOnDeviceOption,
    DeviceOption,
    DimensionsOption,
    ExtraOption,
    OrderCheckedOption,
    SamplesOption,
    WeightsKeyOption,
    WorkersOption,
)
from wellbehaved.evaluation_request import (
    Asked,
    asked_benchmark,
    lacking_libraries,
    means_of,
    request_of,
    require_storable,
    require_unchanged,
)
from wellbehaved.model_loading import named_model
from wellbehaved.plain_results import plain_result
from wellbehaved.program_inputs import InputSizeOption, MeanOption, ProgramInputs, StdOption, program_inputs
from wellbehaved.study_choice import (
    ChosenOption,
    ContinueOption,
    StudyOption,
    names_left,
    require_images,
    require_study,
    study_names,
)
from wellbehaved.terminal import FAILED, WRONG_USAGE, fail, print_json, print_table, usable_settings

if TYPE_CHECKING:
    from backend.settings import Settings
    from evaluation.engine.means import Means
    from evaluation.engine.run import Run
    from evaluation.engine.stages import Request
    from evaluation.models.loaded_model import LoadedModel
    from evaluation.worker.running_cost import MeasuredCost

# torch and timm take seconds to import, so that everything of the evaluation is imported inside the functions.

app = typer.Typer()
# Four models share each reading of an image, which costs as much as a small net's forward run.
_MODELS_AT_ONCE = 4
_Stored: TypeAlias = tuple[dict[str, Any], dict[str, Any] | None]
_FULL = "{what} is full. Waiting for free space, then continuing; Ctrl-C stops and keeps what is finished."


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What was asked for on the command line, checked."""

    request: "Request"
    means: "Means"
    data: Path
    steps: Path
    weights: Path | None
    weights_key: str | None
    inputs: ProgramInputs
    cost: bool
    store: bool
    settings: "Settings"


ModelsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="MODEL...",
        help="Names of timm, such as resnet50.a1_in1k, or torchvision:resnet50; of the study, such as hiera-t; or "
        "files of your own programs (.onnx, .pt2, TorchScript), whose code is run.",
    ),
]
WeightsOption = Annotated[
    Path | None,
    typer.Option(
        help="Checkpoint file of the one MODEL: safetensors, or a state dict saved by torch. Without MODEL, the "
        "architecture is guessed from its tensors, to confirm."
    ),
]


@app.command()
def evaluate(  # noqa: PLR0913 - a command's options are its parameters
    models: ModelsArgument = None,
    weights: WeightsOption = None,
    weights_key: WeightsKeyOption = None,
    benchmark: BenchmarkOption = STUDY.key,
    protocol: AnyProtocolOption = None,
    dimensions: DimensionsOption = None,
    data: DataOption = None,
    samples_per_class: SamplesOption = None,
    seed: Annotated[int, typer.Option(help=SEED_HELP)] = 0,
    batch_size: BatchSizeOption = 64,
    precision: Annotated[str, typer.Option(help="Precision: fp32, tf32 (rounded, for GPUs) or bf16.")] = "fp32",
    device: DeviceOption = None,
    workers: WorkersOption = None,
    channels_last: ChannelsLastOption = False,
    compiled: CompileOption = False,
    corrupt_on_device: CorruptOnDeviceOption = False,
    decode_on_device: DecodeOnDeviceOption = False,
    store: Annotated[bool, typer.Option("--store", help="Save the results, so that rankings show them.")] = False,
    extra: ExtraOption = None,
    input_size: InputSizeOption = None,
    mean: MeanOption = None,
    std: StdOption = None,
    class_order_checked: OrderCheckedOption = False,
    cost: CostOption = False,
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON, with all parts.")] = False,
    study: StudyOption = False,
    chosen: ChosenOption = None,
    continued: ContinueOption = False,
) -> None:
    """Measure models on the quality dimensions. If interrupted, the same command continues where it stopped."""
    inputs = program_inputs(input_size, mean, std)
    require_study(study, chosen=chosen, continued=continued)
    names = _names(models or [], study=study, chosen=chosen, weights=weights)
    settings = usable_settings()
    require_evaluation()
    asked = Asked(
        protocol=protocol, dimensions=dimensions, samples_per_class=samples_per_class, seed=seed, precision=precision,
        extra=extra, class_order_checked=class_order_checked, also_released=True,
    )  # fmt: skip
    job = _Job(
        request=request_of(asked_benchmark(benchmark, settings, store=store), asked),
        means=replace(means_of(device, batch_size, workers), channels_last=channels_last, compiled=compiled,
                      corrupt_on_device=corrupt_on_device, decode_on_device=decode_on_device),
        data=data or settings.data_dir / "datasets", steps=settings.data_dir / "evaluations",
        weights=weights, weights_key=weights_key, inputs=inputs, cost=cost, store=store, settings=settings,
    )  # fmt: skip
    names = _names_to_measure(names, job, study=study, continued=continued)
    # Some at a time, so that a long list does not fill the memory; they share the reading of images.
    starts = range(0, len(names), _MODELS_AT_ONCE)
    reports = [report for start in starts for report in _reports(names[start : start + _MODELS_AT_ONCE], job)]
    _show(reports, job, as_json=json)


def _refuse_released_cost(job: _Job) -> None:
    if job.cost and job.request.released:
        fail("--cost is of a model as it is, and as-released measures it with defects. Leave one out.", WRONG_USAGE)


def _show(reports: Sequence[Mapping[str, Any]], job: _Job, *, as_json: bool) -> None:
    from wellbehaved.evaluated_table import models_below_each_other, models_beside_each_other

    if as_json:
        suite = job.request.benchmark
        asked = {"benchmark": suite.key, "benchmark_digest": suite.digest, "protocol": job.request.protocol.value}
        print_json({**asked, "models": reports})
    else:
        if measured := [report for report in reports if not report["fault"]]:
            beside = models_beside_each_other(measured, job.request)
            print_table(beside, models_below_each_other(measured, job.request))
        _say_what_is_missing(reports)
    if any(report["fault"] for report in reports):
        raise typer.Exit(FAILED)


def _names(models: Sequence[str], *, study: bool, chosen: str | None, weights: Path | None) -> list[str]:
    if study:
        if models or weights:
            fail("--study names its models itself. Leave out MODEL and --weights.", WRONG_USAGE)
        require_evaluation()
        return study_names(chosen)
    if not models and weights is not None:
        require_evaluation()
        return [architecture_of_file(weights)]
    if not models:
        fail("evaluate needs the name of a model. See `wellbehaved evaluate --help`.", WRONG_USAGE)
    if weights is not None and len(models) != 1:
        fail("--weights belongs to one architecture. Name exactly one MODEL with it.", WRONG_USAGE)
    # Results are kept by name: the second would take the place of the first.
    repeated = {name for name in models if models.count(name) > 1}
    if repeated:
        fail(f"{', '.join(sorted(repeated))} is named twice. Name each model once.", WRONG_USAGE)
    return list(models)


def _names_to_measure(names: list[str], job: _Job, *, study: bool, continued: bool) -> list[str]:
    _refuse_released_cost(job)
    # Before hours of measuring, and again before it is written.
    if job.store:
        require_storable(job.request, job.settings)
    left = names_left(names, job.request, job.settings) if continued else names
    if study and left:
        require_images(job.request, job.data)
    return left


def require_evaluation() -> None:
    """End the command with a next step where the extra `evaluation` is not installed."""
    if lacking := lacking_libraries():
        fail(" ".join(lacking))


def _reports(names: Sequence[str], job: _Job) -> Iterator[dict[str, Any]]:
    from evaluation.errors import EvaluationStopped, ModelFault

    loaded: list[LoadedModel] = []
    for name in names:
        try:
            model = named_model(
                name,
                job.request.benchmark,
                weights=job.weights,
                weights_key=job.weights_key,
                inputs=job.inputs,
                device=job.means.device,
            )
            loaded.append(model)
            for note in model.notes:
                typer.echo(f"{model.name}: {note}", err=True)
        except ModelFault as fault:
            # One that cannot be loaded must not keep the others from being measured; the exit code says it in the end.
            typer.echo(f"{name}: {fault}", err=True)
            nothing = dict.fromkeys(("model_id", "weights_key", "stored", "class_report", "cost"))
            yield {"name": name, **nothing, "fault": str(fault), "results": {}}
    if not loaded:
        return
    with evaluation_bar() as watcher:
        try:
            run = _finished_run(loaded, job, watcher)
        except (KeyboardInterrupt, EvaluationStopped):
            fail("Stopped. Finished steps are kept; run the same command again to continue.")
    for model in loaded:
        yield _report(model, run, job)


def _finished_run(models: "Sequence[LoadedModel]", job: _Job, watcher: Any) -> "Run":  # noqa: ANN401 - see `evaluation_bar`
    """Measure; while the disk is full, wait as the worker does: nothing that was finished is repeated."""
    from backend.room import await_room, is_full
    from evaluation.engine.run import Run
    from evaluation.own_data.kept_sets import report_making

    while True:
        run = Run(models, job.request, root=job.data, folder=job.steps, means=job.means, watcher=watcher)
        try:
            with report_making(watcher.wait):
                run.execute()
        except OSError as error:
            if not is_full(error):
                raise
            typer.echo(_FULL.format(what=f"The disk of {job.steps}"), err=True)
            await_room(job.steps, wanted=lambda: True)
            typer.echo("There is free space again; continuing.", err=True)
        else:
            return run


def _report(model: "LoadedModel", run: "Run", job: _Job) -> dict[str, Any]:
    from backend.store.file_store import FilesUnavailable
    from backend.store.opened_files import contact_sheets
    from evaluation.own_data.contact_sheet import share_contact_sheets
    from evaluation.worker.recording import class_report_of
    from evaluation.worker.retention import remove_unused_steps
    from evaluation.worker.running_cost import report_of

    results = {key: plain_result(result) for key, result in run.results[model.name].items()}
    fault = run.faults.get(model.name)
    # Of one's own classes; a thousand of ImageNet's are no table to print. Before the steps that it is made of go.
    by_class = class_report_of(run, model.name) if job.request.benchmark.digest and fault is None else None
    cost = _cost(model, job) if job.cost and fault is None else None
    stored, kept = None, cost and report_of(cost)
    if job.store and fault is None:
        require_unchanged(job.request.benchmark, job.settings)
        require_storable(job.request, job.settings)
        stored, kept = _store_patiently(model, run, job, cost)
        suite, sheets = job.request.benchmark, contact_sheets(job.settings)
        share_contact_sheets(suite.key, suite.digest, made=job.data, shown=sheets.folder)
        try:
            sheets.send(suite.key, suite.digest or "", job.data)
        except FilesUnavailable as error:
            # What was measured is stored; the next measurement sends them.
            typer.echo(f"The contact sheets were not sent: {error}", err=True)
        # What is in the store needs no steps any more, and they are large; a worker's evaluation may be using them.
        remove_unused_steps(run.step_store(model.name).folder)
    return {
        "name": model.name,
        "model_id": stored["model_id"] if stored else model.identity.model_id,
        "weights_key": model.weights_key,
        "fault": str(fault) if fault else None,
        "results": at_chance.with_chance_flags(results, job.request.benchmark.class_count),
        "stored": stored,
        "class_report": by_class,
        "cost": kept,
    }


def _cost(model: "LoadedModel", job: _Job) -> "MeasuredCost":
    from evaluation.worker.running_cost import cost_of

    typer.echo(f"{model.name}: measuring latency and memory", err=True)
    try:
        with cost_bar(model.name) as draw:
            return cost_of(model, job.means.device, precision=job.request.precision, before=draw)
    except KeyboardInterrupt:
        fail("Stopped. Finished steps are kept; run the same command again to continue.")


def _store_patiently(model: "LoadedModel", run: "Run", job: _Job, cost: "MeasuredCost | None") -> _Stored:
    from backend.room import is_full, pauses
    from backend.store.errors import StoreFull, StoreUnavailable

    for pause in pauses():
        try:
            return _record(model, run, job, cost)
        except StoreFull:
            typer.echo(_FULL.format(what="The database"), err=True)
            time.sleep(pause)
        except OSError as error:
            if not is_full(error):
                raise
            typer.echo(_FULL.format(what=f"The disk of {job.settings.data_dir}"), err=True)
            time.sleep(pause)
        except (StoreUnavailable, KeyboardInterrupt) as error:
            fail(f"{error} Finished steps are kept; the same command stores them without measuring again.".lstrip())
    raise AssertionError


def _record(model: "LoadedModel", run: "Run", job: _Job, cost: "MeasuredCost | None") -> _Stored:
    from dataclasses import asdict

    from backend.store.engine import create_store_engine, writing
    from backend.store.opened_files import evidence_files
    from evaluation.worker.recording import circumstances_of, record
    from evaluation.worker.running_cost import record_cost_in
    from wellbehaved.processes import migrate_store

    # A first `--store` makes the store: nobody should lose a measurement for want of a migration.
    migrate_store(job.settings)
    engine = create_store_engine(job.settings.resolved_database_url)
    try:
        files = evidence_files(job.settings)
        circumstances = circumstances_of(run, model.name, device=job.means.device, files=files)
        results = run.results[model.name]
        stored = record(engine, model.identity, results, request=job.request, circumstances=circumstances)
        if cost is None:
            return asdict(stored), None
        with writing(engine) as session:
            kept = record_cost_in(session, stored.model_id, cost, request=job.request, evaluation_id=None)
        return asdict(stored), kept
    finally:
        engine.dispose()


def _say_what_is_missing(reports: Sequence[Mapping[str, Any]]) -> None:
    from wellbehaved.evaluation_text import details

    measured = [report["results"] for report in reports if not report["fault"]]
    for line in details((key, each["detail"]) for results in measured for key, each in results.items()):
        typer.echo(line, err=True)
    for report in reports:
        for line in cost_lines(report["cost"]):
            typer.echo(f"{report['name']}: {line.strip()}", err=True)
    for stored in (report["stored"] for report in reports if report["stored"]):
        kept = f"; kept as stored: {', '.join(stored['kept'])}" if stored["kept"] else ""
        typer.echo(f"stored {len(stored['stored'])} values of {stored['model_id']}{kept}", err=True)
