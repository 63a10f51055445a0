"""The command that writes what was measured of a model for its card: `wellbehaved card`."""

from pathlib import Path
from typing import Annotated

import typer

from quba.benchmarks import STUDY
from wellbehaved.evaluation_options import ProtocolOption
from wellbehaved.terminal import FAILED, WRONG_USAGE, fail, fail_with_os_error

app = typer.Typer()
_PROFILE = ".json"
_BENCHMARK_HELP = "Benchmark of a stored model; imagenet-1k unless given."


@app.command()
def card(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A saved profile (.json), or a stored model that was measured here.")
    ],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="Form: md for a section of a model card, yaml for the model-index metadata that the Hugging Face Hub "
            "reads, html for a small table.",
        ),
    ] = "md",
    benchmark: Annotated[str, typer.Option(help=_BENCHMARK_HELP)] = STUDY.key,
    protocol: ProtocolOption = None,
) -> None:
    """Print a model's values for its card: with errors, benchmark, protocol, versions and the citation."""
    from quba.errors import Refusal
    from wellbehaved.further_values import further_values
    from wellbehaved.model_card import FORMS
    from wellbehaved.model_card import card as written
    from wellbehaved.profile import Profile
    from wellbehaved.stored_profile import stored_profile

    if form not in FORMS:
        fail(f"--format is {form[:80]!r}. Use one of: {', '.join(FORMS)}.", WRONG_USAGE)
    try:
        found = Profile.load(model) if Path(model).suffix == _PROFILE else stored_profile(model, benchmark, protocol)
    except Refusal as refusal:
        fail(f"{refusal.message} {refusal.hint}", FAILED)
    except OSError as error:
        fail_with_os_error(error)
    if found is None:
        fail(
            f"The store has no values of {model[:80]!r} on {benchmark[:80]}. Name another benchmark with --benchmark "
            "KEY, or measure it with `wellbehaved evaluate MODEL --store`.",
            WRONG_USAGE,
        )
    told = found.conditions
    # A saved profile is of a model that this store need not have.
    stored = Path(model).suffix != _PROFILE
    further = further_values(model, benchmark, told.protocol, known=found.dimensions) if stored else ()
    # The section ends its last line itself, so that a redirect holds exactly that.
    typer.echo(written(found, form, further), nl=False)
