"""Measures a model that one holds in Python, with the run and the benchmarks of `wellbehaved evaluate`."""

import json
import multiprocessing
import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from quba.errors import Refusal
from wellbehaved.evaluation_request import Asked, build_request, find_benchmark, lacking_libraries
from wellbehaved.given_model import Given, hold_module, load_named
from wellbehaved.profile import Profile
from wellbehaved.profile_content import Setting
from wellbehaved.python_text import saying_next_steps

if TYPE_CHECKING:
    from torch import nn

    from backend.settings import Settings
    from evaluation.engine.run import Run
    from evaluation.engine.stages import Request
    from evaluation.models.modules import Held, InputSize
    from evaluation.models.own_transform import PerChannel

# torch and timm take seconds to import, so that everything of the evaluation is imported inside the functions.


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What was asked for, checked."""

    model: Any
    request: "Request"
    settings: "Settings"
    said: dict[str, Any]
    device: str | None
    batch_size: int
    progress: bool
    data: Path


def measure(  # noqa: PLR0913 - the options of the command, as arguments
    model: "nn.Module | str | Path",
    benchmark: str | Path,
    *,
    transform: Callable[[Any], Any] | None = None,
    input_size: "InputSize | None" = None,
    mean: "PerChannel | None" = None,
    std: "PerChannel | None" = None,
    classes: Sequence[str] | None = None,
    dimensions: str | Sequence[str] | None = None,
    samples_per_class: int | None = None,
    device: str | None = None,
    precision: str = "fp32",
    batch_size: int = 64,
    seed: int = 0,
    progress: bool = True,
    protocol: str | None = None,
    data: str | Path | None = None,
    name: str | None = None,
    architecture: str | None = None,
    weights_key: str | None = None,
) -> Profile:
    """Measure a model on the quality dimensions of a benchmark; a module comes back as it was.

    Args:
        model: a module that returns logits; or a name of timm, `torchvision:MODEL`, `open_clip:ARCHITECTURE/TAG`, the
            path of a checkpoint with its `architecture`, or that of a program of your own (.onnx, .pt2, TorchScript),
            whose code is run.
        benchmark: key of a benchmark, or the path of a folder of images.
        transform: of a module or program, from a PIL picture to its input; found by itself for modules of timm. Attacks
            act on the pixels before the Normalize that a torchvision Compose ends in.
        input_size: of a module's images, such as 224, in the place of what its timm configuration says; of a
            program's, in the place of what its file says.
        mean: of a module's normalisation, in the place of the configuration's; of a transform that cannot be looked
            into, what it subtracts: without it, adversarial robustness is not measured.
        std: likewise, what is divided by.
        classes: names of a module's outputs, where they are not in the order of the benchmark's classes.
        dimensions: keys, as a list or separated by commas; all that the benchmark measures unless given.
        samples_per_class: clean images of each class in a quick subset; all unless given.
        device: where a module is; for a name a GPU where there is one, unless given.
        precision: "fp32", "tf32", which is faster on a GPU and rounds, or "bf16".
        batch_size: largest batch.
        seed: of the subset, the attacks and the corruptions.
        progress: whether a bar is shown in a terminal or notebook.
        protocol: "corrected" or "as-published"; the benchmark's own unless given.
        data: folder of the data sets; `datasets` in the data folder unless given.
        name: of a module, or of a program; its class and a digest of its weights, or its path, unless given.
        architecture: timm name of the net that a checkpoint belongs to.
        weights_key: which of several sets of weights in a checkpoint.

    Returns:
        The values with their errors, parts and reasons.

    Raises:
        Refusal: it cannot be measured; the message says why and what to do next.
    """
    said = {
        "transform": transform, "input_size": input_size, "mean": mean, "std": std, "classes": classes, "name": name,
        "architecture": architecture, "weights_key": weights_key,
    }  # fmt: skip
    with saying_next_steps():
        settings = _settings()
        asked = Asked(
            protocol=protocol,
            dimensions=dimensions if dimensions is None or isinstance(dimensions, str) else ",".join(dimensions),
            samples_per_class=samples_per_class,
            seed=seed,
            precision=precision,
            extra=None,
            class_order_checked=False,
        )
        found = find_benchmark(_place(benchmark), settings, store=False)
        job = _Job(
            model=model,
            request=build_request(found, asked),
            settings=settings,
            said={key: value for key, value in said.items() if value is not None},
            device=device,
            batch_size=batch_size,
            progress=progress,
            data=Path(data).expanduser() if data else settings.data_dir / "datasets",
        )
        return _measure(job)


def _settings() -> "Settings":
    lacking = lacking_libraries()
    if lacking:
        raise Refusal("evaluation_not_installed", *lacking)
    from backend.settings import Settings

    return Settings()


def _place(benchmark: str | Path) -> str:
    # A shell knows what the tilde stands for, and Python does not.
    return str(Path(benchmark).expanduser()) if str(benchmark).startswith("~") else str(benchmark)


def _measure(job: _Job) -> Profile:
    from torch import nn

    from evaluation.models.untouched import leaving_untouched

    if not isinstance(job.model, nn.Module):
        held = load_named(_model_of(job))
        # As under the command: what an earlier run of the same weights finished is not repeated. Two transforms that
        # somebody wrote may look alike, and are not told apart.
        if "transform" not in job.said:
            return _profile(held, job, job.settings.data_dir / "evaluations")
        with TemporaryDirectory(prefix="wellbehaved-") as steps:
            return _profile(held, job, Path(steps))
    # Beside no other run: equal weights in another forward method would be taken for the same model.
    with leaving_untouched(job.model), TemporaryDirectory(prefix="wellbehaved-") as steps:
        return _profile(hold_module(job.model, _model_of(job)), job, Path(steps))


def _model_of(job: _Job) -> Given:
    return Given(model=job.model, said=job.said, device=job.device, suite=job.request.benchmark)


def _profile(held: "Held", job: _Job, steps: Path) -> Profile:
    from evaluation.attacks import ATTACKS
    from evaluation.engine.means import Means
    from evaluation.engine.run import Run
    from evaluation.errors import ModelRefused
    from wellbehaved.run_progress import watching

    request, lack = job.request, held.model.no_attacks
    # Nothing but the reason would come of it.
    if lack and all(ATTACKS.keys() & request.passes_of(key) for key in request.dimensions):
        raise ModelRefused(lack.detail)
    means = Means(device=held.device, batch_size=job.batch_size, workers=_reading_processes(job))
    started = time.perf_counter()
    with watching(wanted=job.progress) as watcher:
        run = Run([held.model], request, root=job.data, folder=steps, means=means, watcher=watcher)
        run.execute()
    # Of one model, whose fault is all that there is to say.
    for fault in run.faults.values():
        raise fault
    return _of_run(run, held, job, seconds=time.perf_counter() - started)


def _of_run(run: "Run", held: "Held", job: _Job, *, seconds: float) -> Profile:
    from backend.imports.flags import FLAGS
    from evaluation.engine.determinants import library_versions
    from evaluation.engine.ingredients import dimension_digest
    from evaluation.engine.packages import packages_of
    from evaluation.worker.recording import class_report_of
    from quba.vocabulary import CHANCE_LEVEL
    from wellbehaved.at_chance import with_chance_flags
    from wellbehaved.plain_results import plain_result

    name, request = held.model.name, job.request
    measured = {key: plain_result(each) for key, each in run.results[name].items()}
    results = {key: measured[key] for key in request.dimensions}
    flagged = with_chance_flags(results, request.benchmark.class_count)
    return Profile(
        name=name,
        identity=asdict(held.model.identity),
        setting=Setting(
            benchmark_label=request.benchmark.label,
            class_count=request.benchmark.class_count,
            precision=request.precision.value,
            device=held.device,
            versions={**library_versions(), **held.model.versions, **packages_of(request.package_versions)},
            ingredients={
                key: dimension_digest(request.benchmark, key, request.package_versions.get(key)) for key in results
            },
            measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(seconds, 1),
            unreadable=run.unreadable(name),
        ),
        # As a file gives them back: lists for tuples, names for numbers.
        results=_as_json(results),
        guesses={key: FLAGS[CHANCE_LEVEL].meaning for key, each in flagged.items() if CHANCE_LEVEL in each["flags"]},
        notes=held.model.notes,
        class_report=_as_json(class_report_of(run, name)),
        evidence=run.evidence(name),
    )


def _as_json(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads(json.dumps(value))


def _reading_processes(job: _Job) -> int | None:
    """None for as many as the device wants; 0 where a process could not be sent the transform, one of a notebook."""
    transform = job.said.get("transform")
    if transform is None or multiprocessing.get_start_method() == "fork":
        return None
    try:
        sent = pickle.dumps(transform)
    except (pickle.PicklingError, AttributeError, TypeError):
        return 0
    return 0 if b"__main__" in sent else None
