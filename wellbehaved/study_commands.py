"""The commands around the whole study: `wellbehaved study status`, `plan` and `submit`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quba.vocabulary import QUEUED
from wellbehaved.count_bar import count_bar
from wellbehaved.evaluate_command import require_evaluation
from wellbehaved.evaluation_options import (
    BatchSizeOption,
    DeviceOption,
    DimensionsOption,
    ProtocolOption,
    SamplesOption,
)
from wellbehaved.evaluation_request import means_of
from wellbehaved.service_address import named_service
from wellbehaved.study_choice import ChosenOption, study_names
from wellbehaved.study_plan import forward_passes, shares
from wellbehaved.study_standing import standing_items
from wellbehaved.study_submission import (
    Submission,
    in_order_of_the_plan,
    measured_models,
    submission_lines,
    submit_models,
)
from wellbehaved.terminal import FAILED, ApiOption, JsonOption, asking, fail, note, print_json, print_table

if TYPE_CHECKING:
    from evaluation.models.study.table import StudyModel
    from wellbehaved.client import Client

# torch and timm take seconds to import, so that everything of the evaluation is imported inside the functions.

app = typer.Typer(
    help="Measure the models of the study anew: which can be, which are, and how long it takes.", no_args_is_help=True
)
_SECONDS_PER_HOUR = 3600
_PASSES_TIMED = 5


@app.command()
def status(api: ApiOption = None, json: JsonOption = False) -> None:
    """Show of each model of the study what loads it, under which licence, and what was measured."""
    require_evaluation()
    with asking(api, resources={"reproductions", "study"}) as client:
        items = _items(client, here=named_service(api) is None)
    if json:
        print_json({"items": items})
        return
    _print_status(items)


@app.command()
def plan(
    devices: Annotated[int, typer.Option(min=1, help="Number of devices like this machine's that share the work.")] = 1,
    device: DeviceOption = None,
    batch_size: BatchSizeOption = 64,
    json: JsonOption = False,
) -> None:
    """Estimate the hours that measuring the whole study takes, from a rate that is measured here and now."""
    from backend.imports.model_facts import shipped_facts
    from evaluation.models.study.table import study_models
    from evaluation.study_facts.rate import measured_rate

    require_evaluation()
    means = means_of(device, batch_size, None)
    rate = measured_rate(means.device, batch_size=batch_size, passes=_PASSES_TIMED)
    passes = forward_passes()
    hours: dict[str, float] = {}
    unknown = []
    for model in study_models().values():
        if model.loader is None:
            continue
        facts = shipped_facts().get(_origin(model))
        if facts is None or facts["macs_billions"] is None:
            unknown.append(model.model_id)
            continue
        hours[model.model_id] = facts["macs_billions"] * 1e9 * passes / rate.macs_per_second / _SECONDS_PER_HOUR
    shared = shares(hours, devices)
    answer = {
        "macs_per_second": rate.macs_per_second,
        "measured_by": rate.how,
        "forward_passes": passes,
        "hours": max(share.hours for share in shared),
        "devices": [{"hours": share.hours, "models": share.models} for share in shared],
        "not_estimated": unknown,
    }
    if json:
        print_json(answer)
        return
    _print_plan(answer)


@app.command()
def submit(  # noqa: PLR0913 -- one option per parameter of the interface
    chosen: ChosenOption = None,
    protocol: ProtocolOption = None,
    dimensions: DimensionsOption = None,
    samples_per_class: SamplesOption = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Queue again those whose evaluation failed or was cancelled.")
    ] = False,
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Submit what is not measured yet to the workers, the longest first and behind what users submit."""
    from dataclasses import asdict

    from backend.imports.study_names import PREFIX

    chosen_ids = {name.removeprefix(PREFIX) for name in study_names(chosen)}
    keys = [key.strip() for key in dimensions.split(",")] if dimensions else None
    with asking(api, writes=True) as client:
        study = client.evaluations.study()
        protocol = protocol or study["protocol"]
        models = [each for each in study["items"] if each["model_id"] in chosen_ids]
        wanted, subsets = keys or study["dimensions"], samples_per_class is not None
        measured = measured_models(models, wanted, protocol=protocol, subsets=subsets)
        request = {"protocol": protocol, "dimensions": keys, "samples_per_class": samples_per_class}
        names = in_order_of_the_plan(models)
        submissions, stopped = _outcomes(submit_models(client, names, request, measured=measured, again=retry), names)
        latest = next((each.evaluation_id for each in reversed(submissions) if each.submitted), None)
        notice = None if latest is None or stopped else _notice(client, latest)
    if json:
        print_json({"items": [asdict(each) for each in submissions]})
    else:
        typer.echo("\n".join(submission_lines(submissions)))
    if notice:
        note(notice)
    if stopped:
        left = len(names) - len(submissions)
        fail(f"Stopped before {left} of {len(names)} models. Run the same command again to continue.")
    if any(each.state is None and not each.measured for each in submissions):
        raise typer.Exit(FAILED)


def _outcomes(submissions: Iterator[Submission], names: Sequence[str]) -> tuple[list[Submission], bool]:
    """What became of the models, and whether somebody stopped it before the end."""
    found: list[Submission] = []
    try:
        with count_bar("submitting") as progress:
            for each in submissions:
                found.append(each)
                progress(len(found), len(names))
    except KeyboardInterrupt:
        # What is in the queue stays there, and the one that was being sent is the same when it is sent again.
        return found, True
    return found, False


def _notice(client: "Client", evaluation_id: str) -> str | None:
    """What the last one has to wait for; nothing where the service has gone, which takes nothing from what is said."""
    from wellbehaved.api_errors import ApiError, ApiUnreachable

    try:
        return client.evaluations.get(evaluation_id)["notice"]
    except (ApiError, ApiUnreachable):
        return None


def _origin(model: "StudyModel") -> tuple[str, str]:
    return model.identity.source_library, model.identity.source_identifier or ""


def _items(client: "Client", *, here: bool) -> list[dict[str, Any]]:
    """The study's models; of a local store that was never made, what is known without it."""
    from wellbehaved.api_errors import ApiError

    try:
        models, reproductions = client.evaluations.study()["items"], client.models.reproductions()["items"]
    except ApiError as error:
        if not here or error.code != "store_unavailable":
            raise
        note(f"What was measured here is not known: {error.detail}")
        models, reproductions = [], []
    return standing_items(models, reproductions, here=here)


def _print_status(items: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    table = Table("Model", "Loader", "Licence", "MB", "Cached", "Evaluation", "Measured", "Largest difference")
    for each in items:
        table.add_row(
            each["model_id"],
            each["loader"] or "none",
            each["licence"],
            "" if each["megabytes"] is None else f"{each['megabytes']:,.0f}",
            {True: "yes", False: "", None: "not known"}[each["cached"]],
            each["evaluation"]["state"] if each["evaluation"] else "",
            ", ".join(f"{len(keys)} {protocol}" for protocol, keys in each["measured"].items()),
            _largest(each["differences"]),
        )
    table.columns[3].justify = "right"
    print_table(table)
    loaded = [each for each in items if each["loader"]]
    cached, measured = (sum(bool(each[name]) for each in items) for name in ("cached", "measured"))
    # A service elsewhere has workers of its own, whose caches nobody sees from here.
    said = "" if any(each["cached"] is None for each in items) else f"{cached} are cached, "
    typer.echo(f"{len(loaded)} of {len(items)} models can be measured; {said}{measured} measured here.")
    states = Counter(each["evaluation"]["state"] for each in items if each["evaluation"])
    if states:
        counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        typer.echo(f"Evaluations by workers: {counts}.")
    waiting = [each for each in items if each["evaluation"] and each["evaluation"]["state"] == QUEUED]
    for each in waiting:
        if reason := each["evaluation"]["reason"]:
            typer.echo(f"{each['model_id']} waits: {reason}")
    _print_tally(items)
    for reason in dict.fromkeys(each["reason"] for each in items if each["reason"]):
        named = [each["model_id"] for each in items if each["reason"] == reason]
        typer.echo(f"No loader: {', '.join(named)}. {reason}")


def _print_tally(items: Sequence[Mapping[str, Any]]) -> None:
    """Say how many values measured here are far from the published ones; nothing where none was measured."""
    from dataclasses import asdict

    from quba.deciding.reproduction import tally
    from quba.dimensions import DIMENSIONS
    from wellbehaved.reproduction_text import tally_sentence

    # Neither a count, which is exact, nor a subset says how often chance takes a value far.
    counting = [
        (key in item["flagged"], each["in_standard_errors"])
        for item in items
        for key, each in item["differences"].items()
        if not DIMENSIONS[key].counted and key not in item["subsets"]
    ]
    for flagged, kind in ((False, "without a quality flag"), (True, "with a quality flag")):
        found = tally([distance for doubted, distance in counting if doubted is flagged])
        if found.compared:
            typer.echo(tally_sentence(asdict(found), f"{kind} of the published one, measured on all images"))


def _largest(differences: Mapping[str, Mapping[str, float | None]]) -> str:
    """The dimension that is furthest from its published value, in standard errors."""
    known = {key: each["in_standard_errors"] for key, each in differences.items() if each["in_standard_errors"]}
    if not known:
        return ""
    key = max(known, key=lambda each: abs(known[each] or 0.0))
    return f"{key} {known[key]:+.1f} standard errors"


def _print_plan(answer: Mapping[str, Any]) -> None:
    typer.echo(
        f"{answer['macs_per_second'] / 1e9:,.0f} billion multiply-accumulates a second: {answer['measured_by']}."
    )
    typer.echo(f"{answer['forward_passes']:,.0f} forward passes a model, attacks among them.")
    for number, share in enumerate(answer["devices"], start=1):
        first = ", ".join(share["models"][:3])
        typer.echo(f"Device {number}: {share['hours']:,.1f} hours, {len(share['models'])} models, first {first}")
    if answer["not_estimated"]:
        named = ", ".join(answer["not_estimated"])
        typer.echo(f"Left out, for what an image costs them is not known: {named}.")
