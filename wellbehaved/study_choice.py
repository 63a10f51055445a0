"""Which models of the study a command takes, and which it may leave out because they are finished."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellbehaved.study_standing import dimensions_held
from wellbehaved.terminal import WRONG_USAGE, fail, note

if TYPE_CHECKING:
    from backend.settings import Settings
    from evaluation.engine.stages import Request

StudyOption = Annotated[bool, typer.Option("--study", help="Measure all models of the study that have a loader.")]
ChosenOption = Annotated[
    str | None, typer.Option("--models", metavar="ID,ID", help="Only these models of the study, by their `model_id`.")
]
ContinueOption = Annotated[
    bool, typer.Option("--continue", help="Leave out models of the study that the store has all values of.")
]


def require_study(study: bool, *, chosen: str | None, continued: bool) -> None:
    """End the command where an option of `--study` is given without it."""
    if not study and (chosen is not None or continued):
        fail("--models and --continue belong to --study. Add it, or leave them out.", WRONG_USAGE)


def study_names(chosen: str | None) -> list[str]:
    """The names of the study's models that have a loader, or of the chosen ones; ends the command at a wrong one.

    Args:
        chosen: `model_id`s with commas between them; None for all that have a loader.
    """
    from backend.imports.study_names import PREFIX, study_reasons

    reasons = study_reasons()
    if chosen is None:
        return [f"{PREFIX}{model_id}" for model_id, reason in reasons.items() if not reason]
    wanted = [each.strip().removeprefix(PREFIX) for each in chosen.split(",") if each.strip()]
    for model_id in wanted:
        if model_id not in reasons:
            fail(
                f"--models names {model_id[:100]!r}, which is no model of the study. "
                "`wellbehaved study status` lists them.",
                WRONG_USAGE,
            )
        if reasons[model_id]:
            fail(f"--models names {model_id}, which cannot be measured here: {reasons[model_id]}", WRONG_USAGE)
    if not wanted or len(set(wanted)) < len(wanted):
        fail(f"--models is {chosen[:100]!r}; name each model once, with commas between them.", WRONG_USAGE)
    return [f"{PREFIX}{model_id}" for model_id in wanted]


def require_images(request: "Request", data: Path) -> None:
    """End the command where no data set is there that the dimensions need: weights of hundreds of models come first.

    Args:
        request: the benchmark and the dimensions.
        data: folder of the data sets.
    """
    from evaluation.datasets.installation.status import State, status

    sources = {source for key in request.dimensions for source in request.passes_of(key)}
    needed = [each for source, each in request.benchmark.data_sets.items() if source in sources]
    # Any of them is enough: what lacks its images is reported with the reason, as of a single model.
    if needed and all(status(each, data).state is State.MISSING for each in needed):
        fail(
            f"{data} holds none of the {len(needed)} data sets that this needs, such as {needed[0].key}; no weights "
            "were fetched. `wellbehaved datasets status` says how to get them, --data names another folder."
        )


def names_left(names: Sequence[str], request: "Request", settings: "Settings") -> list[str]:
    """The names whose weights the store has not all that is asked for; all of them where there is no store.

    Args:
        names: of `study_names`.
        request: the benchmark, protocol and dimensions.
        settings: of this installation.
    """
    from backend.imports.study_names import PREFIX, study_weights
    from backend.store.engine import create_store_engine, reading
    from backend.store.errors import StoreUnavailable
    from backend.store.study_values import study_values

    engine = create_store_engine(settings.resolved_database_url)
    try:
        with reading(engine) as session:
            held = study_values(session, request.benchmark.key, private=True)
    except StoreUnavailable:
        # Nothing was ever stored here.
        return list(names)
    finally:
        engine.dispose()
    wanted, weights, protocol = set(request.dimensions), study_weights(), request.protocol.value
    kept = [
        name
        for name in names
        if not wanted <= dimensions_held(held.get(weights[name.removeprefix(PREFIX)], []), protocol, subsets=True)
    ]
    if not kept:
        note("The store has all of it already: nothing is left to measure.")
    return kept
