"""Saves a profile in the local store, as `wellbehaved evaluate --store` saves what it measured."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from wellbehaved.installed_dimensions import adopt_installed
from wellbehaved.plain_results import result_of
from wellbehaved.python_text import saying_next_steps
from wellbehaved.stored_dimensions import require_as_stored

if TYPE_CHECKING:
    from backend.settings import Settings
    from evaluation.engine.stages import Request
    from evaluation.models.identity import Identity
    from wellbehaved.profile_content import Content


def store_profile(profile: "Content", name: str | None) -> Mapping[str, Any]:
    """Save the values of a profile.

    Args:
        profile: that was measured here or loaded from a file.
        name: of the model on screen; its own where it is None.

    Returns:
        `model_id`, `stored`, `kept` and `data_version`.

    Raises:
        Refusal: the benchmark is not the one that was measured on, or the store has another dimension under a key.
        StoreUnavailable: the database does not answer.
    """
    from backend.settings import Settings
    from backend.store.engine import create_store_engine
    from backend.store.evidence_files import EvidenceFiles
    from backend.store.opened_files import evidence_store
    from evaluation.worker.recording import Circumstances, record
    from wellbehaved.processes import migrate_store

    settings = Settings()
    with saying_next_steps():
        request, identity = _request(profile, settings), _identity(profile, name)
    # After the checks above: a profile that is refused leaves no store behind.
    migrate_store(settings)
    engine = create_store_engine(settings.resolved_database_url)
    circumstances = Circumstances(
        device=profile.setting.device,
        unreadable=profile.setting.unreadable,
        class_report=profile.class_report,
        evidence=profile.evidence,
        evidence_files=EvidenceFiles(evidence_store(settings)),
        library_versions=profile.setting.versions,
    )
    try:
        with saying_next_steps():
            require_as_stored(engine, profile.dimensions)
        done = record(
            engine,
            identity,
            {key: result_of(each) for key, each in profile.results.items()},
            request=request,
            circumstances=circumstances,
            now=datetime.fromisoformat(profile.setting.measured_at),
        )
    finally:
        engine.dispose()
    return asdict(done)


def _identity(profile: "Content", name: str | None) -> "Identity":
    from evaluation.models.identity import Identity, slug

    own = Identity(**profile.identity)
    if name is None:
        return own
    if not slug(name):
        raise Refusal("name_unusable", f"name is {name!r}.", "Use letters or digits.")
    return replace(own, name=name, model_id=slug(name))


def _request(profile: "Content", settings: "Settings") -> "Request":
    from evaluation.engine.ingredients import dimension_digest
    from evaluation.engine.stages import Precision, Protocol, Request
    from wellbehaved.evaluation_request import find_benchmark

    told = profile.conditions
    suite = find_benchmark(told.benchmark, settings, store=True)
    # Rankings never mix versions of a benchmark, and the store knows the current one alone.
    if suite.digest != told.digest:
        raise Refusal(
            "benchmark_changed",
            f"The profile is of another version of {told.benchmark} than the one that is registered now.",
            "Measure the model again.",
        )
    # A newer program may make a dimension of other corruptions or sets; its values would not compare.
    versions = _package_versions(profile)
    made = {key: dimension_digest(suite, key, versions.get(key)) for key in profile.dimensions}
    other = [key for key, digest in made.items() if digest != profile.setting.ingredients.get(key)]
    if other:
        raise Refusal(
            "ingredients_changed",
            f"What {', '.join(other)} is made of has changed since the profile was measured.",
            "Measure the model again.",
        )
    return Request(
        benchmark=suite,
        dimensions=profile.dimensions,
        protocol=Protocol(told.protocol),
        samples_per_class=told.samples_per_class,
        seed=told.seed,
        precision=Precision(profile.setting.precision),
        package_versions=versions,
    )


def _package_versions(profile: "Content") -> dict[str, str]:
    """By dimension that a package measured, the version that it had then, whatever is installed now."""
    adopt_installed(profile.dimensions)
    told = {key: DIMENSIONS[key].plug_in for key in profile.dimensions}
    versions = profile.setting.versions
    return {key: versions[its.package] for key, its in told.items() if its is not None and its.package in versions}
