"""The commands around evaluations: submit, status, cancel, retry and publish."""

import errno
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wellbehaved.architecture_choice import confirm_architecture
from wellbehaved.evaluation_options import (
    SEED_HELP,
    CostOption,
    DimensionsOption,
    OrderCheckedOption,
    ProtocolOption,
    SamplesOption,
    WeightsKeyOption,
)
from wellbehaved.terminal import FAILED, ApiOption, JsonOption, asking, fail, print_json, print_table

if TYPE_CHECKING:
    from wellbehaved.client import Client
    from wellbehaved.client.answers.evaluations import EvaluationAnswer

app = typer.Typer()
# Short against a step of an evaluation, long against a question to the service.
_POLL_SECONDS = 1.0
# What ends like a file and is not there is a slip of the pen and no name of a library.
_FILE_ENDINGS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".tar", ".pkl", ".h5", ".onnx")
_PERCENT = 100

FollowOption = Annotated[bool, typer.Option("--follow", help="Print every change until the evaluation is over.")]
FileOrModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE_OR_MODEL",
        help="A checkpoint file, or a name of timm such as resnet50.a1_in1k, of torchvision such as "
        "torchvision:resnet50, or of the study such as study:hiera-t.",
    ),
]
ArchitectureOption = Annotated[
    str | None,
    typer.Option(help="timm architecture of the checkpoint; guessed from its tensors, to confirm, unless given."),
]
EvaluationArgument = Annotated[str, typer.Argument(help="Identifier of the evaluation, such as ev-0123456789ab.")]


@app.command()
def submit(  # noqa: PLR0913 -- one option per parameter of the interface
    model: FileOrModelArgument,
    architecture: ArchitectureOption = None,
    weights_key: WeightsKeyOption = None,
    name: Annotated[str | None, typer.Option(help="Name of the model in the ranking.")] = None,
    benchmark: Annotated[str | None, typer.Option(help="Benchmark to measure on; imagenet-1k unless given.")] = None,
    protocol: ProtocolOption = None,
    dimensions: DimensionsOption = None,
    samples_per_class: SamplesOption = None,
    class_order_checked: OrderCheckedOption = False,
    cost: CostOption = False,
    seed: Annotated[int | None, typer.Option(help=SEED_HELP)] = None,
    priority: Annotated[int | None, typer.Option(help="Priority in the queue: lower numbers run first.")] = None,
    follow: FollowOption = False,
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Submit a checkpoint, or a model of timm, torchvision or the study, to be measured by a worker and ranked."""
    request: dict[str, Any] = {
        "architecture": architecture,
        "weights_key": weights_key,
        "name": name,
        "benchmark": benchmark,
        "protocol": protocol,
        "dimensions": [key.strip() for key in dimensions.split(",")] if dimensions else None,
        "samples_per_class": samples_per_class,
        "class_order_checked": class_order_checked or None,
        "cost": cost or None,
        "seed": seed,
        "priority": priority,
    }
    file = Path(model)
    _require_readable(file)
    with asking(api, writes=True) as client:
        if file.is_file():
            uploaded = client.checkpoints.upload(file, progress=None if json else _progress_printer())
            checkpoint_id = uploaded["checkpoint_id"]
            if architecture is None:
                guesses = client.checkpoints.architectures(checkpoint_id)
                request["architecture"] = confirm_architecture(guesses, "Name it with --architecture")
            found = client.evaluations.submit(checkpoint_id=checkpoint_id, **request)
        else:
            found = client.evaluations.submit(model=model, **request)
        if not json:
            typer.echo(f"{found['evaluation_id']}: {'submitted' if found['created'] else 'had been submitted before'}")
        _show(client, found, follow=follow, json=json)


@app.command()
def status(
    evaluation_id: Annotated[
        str | None, typer.Argument(help="Identifier of an evaluation; the latest ones are listed unless given.")
    ] = None,
    follow: FollowOption = False,
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Show the state and progress of evaluations."""
    from wellbehaved.evaluation_text import evaluations_table

    with asking(api, writes=True) as client:
        if evaluation_id is not None:
            _show(client, client.evaluations.get(evaluation_id), follow=follow, json=json)
            return
        found = client.evaluations.list(limit=20)
    if json:
        print_json(found)
    elif found:
        print_table(evaluations_table(found))
    else:
        typer.echo("No evaluations yet. `wellbehaved submit FILE` submits a checkpoint.")


@app.command()
def cancel(evaluation_id: EvaluationArgument, api: ApiOption = None, json: JsonOption = False) -> None:
    """Stop an evaluation; its model will not be ranked."""
    with asking(api, writes=True) as client:
        _show(client, client.evaluations.cancel(evaluation_id), follow=False, json=json)


@app.command()
def retry(
    evaluation_id: EvaluationArgument, follow: FollowOption = False, api: ApiOption = None, json: JsonOption = False
) -> None:
    """Retry a failed or cancelled evaluation; what it had finished is kept."""
    with asking(api, writes=True) as client:
        _show(client, client.evaluations.retry(evaluation_id), follow=follow, json=json)


ModelArgument = Annotated[str, typer.Argument(help="Identifier of a model that was measured here.")]


@app.command()
def publish(model_id: ModelArgument, api: ApiOption = None, json: JsonOption = False) -> None:
    """Make a model that was measured here visible to everyone."""
    with asking(api, writes=True) as client:
        _show_visibility(client.models.publish(model_id), json=json)


@app.command()
def unpublish(model_id: ModelArgument, api: ApiOption = None, json: JsonOption = False) -> None:
    """Make a model that was measured here visible only with the access token."""
    with asking(api, writes=True) as client:
        _show_visibility(client.models.unpublish(model_id), json=json)


def _show_visibility(answer: Mapping[str, Any], *, json: bool) -> None:
    if json:
        print_json(answer)
    else:
        typer.echo(f"{answer['model_id']} is {answer['visibility']}; data version {answer['data_version']}")


@app.command()
def delete(
    identifier: Annotated[
        str,
        typer.Argument(
            help="Identifier of a model, an evaluation (ev-...), an import (im-...) or a checkpoint (its sha256)."
        ),
    ],
    api: ApiOption = None,
    json: JsonOption = False,
) -> None:
    """Delete a model, an evaluation, an import or a checkpoint of your own; the study's models stay."""
    with asking(api, writes=True) as client:
        # The forms that the service gives out; any other word is a model's.
        if re.fullmatch(r"ev-[0-9a-f]{12}", identifier):
            answer = client.evaluations.delete(identifier)
        elif re.fullmatch(r"im-[0-9a-f]{12}", identifier):
            answer = client.results.delete_import(identifier)
        elif re.fullmatch(r"[0-9a-f]{64}", identifier):
            answer = client.checkpoints.delete(identifier)
        else:
            answer = client.models.delete(identifier)
    if json:
        print_json(answer)
    else:
        typer.echo(f"deleted {answer['deleted']}; data version {answer['data_version']}")


def _show(client: "Client", found: "EvaluationAnswer", *, follow: bool, json: bool) -> None:
    """Print an evaluation, and its changes until it is over; a failed one ends the command with code 1."""
    from quba.vocabulary import FINAL_STATES, SUCCEEDED
    from wellbehaved.evaluation_text import evaluation_lines

    printed: list[str] = []
    # Asked again and again rather than streamed: this also works on the local store, which no service stands before.
    while follow and found["state"] not in FINAL_STATES:
        printed = _print_news(printed, evaluation_lines(found), json=json)
        time.sleep(_POLL_SECONDS)
        found = client.evaluations.get(found["evaluation_id"])
    if json:
        print_json(found)
    else:
        _print_news(printed, evaluation_lines(found), json=json)
    if follow and found["state"] != SUCCEEDED:
        raise typer.Exit(FAILED)


def _print_news(printed: list[str], lines: list[str], *, json: bool) -> list[str]:
    for line in lines:
        if line not in printed and not json:
            typer.echo(line)
    return lines


def _require_readable(file: Path) -> None:
    """Refuse what is named like a file, or lies there, and cannot be read; in the words of `evaluate`."""
    from evaluation.checkpoints.refusal import Reason

    if file.is_file():
        fault = 0 if os.access(file, os.R_OK) else errno.EACCES
    elif file.exists():
        fault = errno.EISDIR
    else:
        fault = errno.ENOENT if file.suffix in _FILE_ENDINGS else 0
    if fault:
        fail(f"{str(file)[:200]} cannot be read: {os.strerror(fault)}. {Reason.NO_SUCH_FILE.hint}")


def _progress_printer() -> Any:  # noqa: ANN401 - a function with a memory
    last = -1

    def print_share(sent: int, size: int) -> None:
        nonlocal last
        tenth = sent * 10 // size
        # A smaller upload, below 100 MiB, is over before anybody looks.
        if tenth > last and size > _PERCENT * 1024 * 1024:
            last = tenth
            typer.echo(f"sent {sent * _PERCENT // size} % of {size / 1e6:,.0f} MB", err=True)

    return print_share
