"""From what `wellbehaved evaluate` or `measure()` is asked to a request: the benchmark, found, and the options."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbehaved.terminal import FAILED, WRONG_USAGE, fail

if TYPE_CHECKING:
    from backend.settings import Settings
    from evaluation.benchmark import Benchmark
    from evaluation.engine.means import Means
    from evaluation.engine.stages import Request
    from evaluation.worker.own_benchmarks import OwnBenchmarks

# torch and timm take seconds to import, so that everything of the evaluation is imported inside the functions.

UNKNOWN_BENCHMARK, NOT_ADDED = "unknown_benchmark", "benchmark_not_added"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The options that a value depends on, as they were typed."""

    protocol: str | None
    dimensions: str | None
    samples_per_class: int | None
    seed: int
    precision: str
    extra: str | None
    class_order_checked: bool
    # Whether values may be asked for that no ranking takes.
    also_released: bool = False


def asked_benchmark(named: str, settings: "Settings", *, store: bool) -> "Benchmark":
    """The benchmark of a key, or of a folder of images; ends the command where there is none.

    Args:
        named: key, or path of a folder.
        settings: of this installation.
        store: whether results are to be stored, which needs a registration.
    """
    from quba.errors import Refusal

    try:
        return find_benchmark(named, settings, store=store)
    except Refusal as refusal:
        misused = refusal.code in (UNKNOWN_BENCHMARK, NOT_ADDED)
        fail(f"{refusal.message} {refusal.hint}", WRONG_USAGE if misused else FAILED)


def find_benchmark(named: str, settings: "Settings", *, store: bool) -> "Benchmark":
    """The benchmark of a key, or of a folder of images.

    Args:
        named: key, or path of a folder.
        settings: of this installation.
        store: whether results are to be stored, which needs a registration.

    Raises:
        Refusal: there is none, or its files are not what was registered.
    """
    from backend.store.errors import StoreUnavailable
    from evaluation.benchmark import BENCHMARKS
    from quba.errors import Refusal

    # Before folders: one that happens to have that name must not take the place of what comes with the program.
    if named in BENCHMARKS:
        return BENCHMARKS[named]
    known, lost = list(BENCHMARKS), ""
    try:
        with _own(settings) as own:
            found = own.open_current(named)
            known += own.keys()
    except StoreUnavailable as error:
        # A folder can be measured without a store, and who has none yet has added nothing.
        found, lost = None, f" Benchmarks of your own could not be looked up: {error}"
    # Any other word is more likely a misspelt key, of which the refusal below lists the known ones.
    if found is None and (os.sep in named or Path(named).is_dir()):
        found = _of_folder(Path(named), settings, store=store)
    if found is None:
        raise Refusal(
            UNKNOWN_BENCHMARK,
            f"--benchmark is {named[:80]!r}.",
            f"Use one of: {', '.join(known)}; or add your own with `wellbehaved benchmark add FOLDER`.{lost}",
        )
    return found


def lacking_libraries() -> tuple[str, str] | None:
    """What of the extra `evaluation` is not installed and how to get it; None where everything is."""
    from importlib.util import find_spec

    lacking = [name for name in ("torch", "timm", "torchvision", "safetensors") if find_spec(name) is None]
    if not lacking:
        return None
    from evaluation.extras import way_to_install

    return f"{', '.join(lacking)} is not installed.", f"{way_to_install('evaluation')}."


def require_unchanged(benchmark: "Benchmark", settings: "Settings") -> None:
    """See that a benchmark of one's own is what it was when the run began; ends the command where it is not."""
    from backend.store.errors import StoreUnavailable
    from quba.errors import Refusal

    if benchmark.digest is None:
        return
    try:
        with _own(settings) as own:
            current = own.open_current(benchmark.key)
    except StoreUnavailable as error:
        fail(f"{error} Finished steps are kept; the same command stores them without measuring again.".lstrip())
    except Refusal as refusal:
        fail(f"Nothing was stored. {refusal.message} {refusal.hint}")
    if current is None or current.digest != benchmark.digest:
        fail(
            f"Nothing was stored: while it was measured, another version of {benchmark.key} was registered, or it was "
            "removed. Run the same command again."
        )


def require_storable(request: "Request", settings: "Settings") -> None:
    """See that the store has no other dimension under the key of one of a package; ends the command where it has."""
    from backend.store.engine import create_store_engine
    from backend.store.errors import StoreUnavailable
    from quba.errors import Refusal
    from wellbehaved.stored_dimensions import require_as_stored

    engine = create_store_engine(settings.resolved_database_url)
    try:
        require_as_stored(engine, request.dimensions)
    except StoreUnavailable:
        # The first `--store` makes the store, which has no dimensions then; one that is away is met by what writes.
        return
    except Refusal as refusal:
        fail(f"Nothing was stored. {refusal.message} {refusal.hint}")
    finally:
        engine.dispose()


def means_of(device: str | None, batch_size: int, workers: int | None) -> "Means":
    """What the options say a run is carried out with; ends the command where the device is not there."""
    from evaluation.engine.devices import usable_device
    from evaluation.engine.means import Means

    try:
        return Means(device=usable_device(device), batch_size=batch_size, workers=workers)
    except ValueError as error:
        fail(f"--device {device or 'unset'}, --batch-size {batch_size}: {error}", WRONG_USAGE)


def request_of(benchmark: "Benchmark", asked: Asked) -> "Request":
    """The request; ends the command at the first option that cannot be met."""
    try:
        return build_request(benchmark, asked)
    except ValueError as error:
        fail(str(error), WRONG_USAGE)


def build_request(benchmark: "Benchmark", asked: Asked) -> "Request":
    """The request.

    Raises:
        ValueError: an option cannot be met; the message names it.
    """
    from evaluation.engine.packages import package_versions
    from evaluation.engine.stages import Precision, Protocol, Request
    from quba.dimensions import DIMENSIONS, MEASURES
    from quba.study_ingredients import AFTER_AN_ATTACK
    from quba.vocabulary import RANKED_PROTOCOLS
    from wellbehaved.installed_dimensions import adopt_installed

    known = list(Protocol) if asked.also_released else list(RANKED_PROTOCOLS)
    protocol = Protocol(_one_of("--protocol", asked.protocol or benchmark.default_protocol, known))
    released = protocol is Protocol.AS_RELEASED
    measured = list(AFTER_AN_ATTACK if released else benchmark.measured or MEASURES)
    wanted = [key.strip() for key in asked.dimensions.split(",")] if asked.dimensions is not None else measured
    refused = adopt_installed(wanted)
    measurable = [key for key, each in DIMENSIONS.items() if each.measurable]
    for key in wanted:
        _one_of("--dimensions", key, measurable, also=refused)
    # In the customary order and each once, so that equal requests share the steps that are kept.
    dimensions = tuple(key for key in DIMENSIONS if key in wanted)
    return Request(
        benchmark=benchmark,
        dimensions=dimensions,
        package_versions=package_versions(dimensions),
        protocol=protocol,
        samples_per_class=asked.samples_per_class,
        seed=asked.seed,
        precision=Precision(_one_of("--precision", asked.precision, list(Precision))),
        extras=tuple(key.strip() for key in asked.extra.split(",")) if asked.extra else (),
        checks_order=benchmark.digest is not None and not asked.class_order_checked,
    )


def _one_of(option: str, value: str, known: "Sequence[str] | Mapping[str, Any]", *, also: str = "") -> str:
    if value not in known:
        raise ValueError(f"{option} is {value[:80]!r}. Use one of: {', '.join(known)}.{also}")
    return value


def _of_folder(folder: Path, settings: "Settings", *, store: bool) -> "Benchmark":
    from evaluation.own_data.registration import benchmark_of, inspect
    from quba.errors import Refusal

    if store:
        raise Refusal(
            NOT_ADDED,
            "--store needs a benchmark that was added.",
            f"Run `wellbehaved benchmark add {folder}` first, then name its key.",
        )
    found = inspect(folder, cache=settings.contents_cache)
    return benchmark_of(Path(found.folder), found.definition, found.classes, found.digest)


@contextmanager
def _own(settings: "Settings") -> "Iterator[OwnBenchmarks]":
    from backend.store.engine import create_store_engine
    from evaluation.worker.own_benchmarks import own_benchmarks_of

    engine = create_store_engine(settings.resolved_database_url)
    try:
        yield own_benchmarks_of(settings, engine)
    finally:
        engine.dispose()
