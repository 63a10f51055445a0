"""The command that stops a model that behaves worse than the one of before: `wellbehaved gate`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wellbehaved.evaluation_options import DataOption, DeviceOption, DimensionsOption, ProtocolOption, SamplesOption
from wellbehaved.program_inputs import InputSizeOption, MeanOption, StdOption, program_inputs
from wellbehaved.terminal import FAILED, WRONG_USAGE, JsonOption, fail, fail_with_os_error, print_json, print_table

if TYPE_CHECKING:
    from rich.table import Table

    from wellbehaved.gate import Gate
    from wellbehaved.gate_models import How

# torch and timm take seconds to import, and saved profiles need neither: whatever measures is imported when it does.

app = typer.Typer()
_PASS, _FAIL = "pass", "fail"


NewArgument = Annotated[
    str,
    typer.Argument(
        metavar="NEW", help="New model: a checkpoint, a program, a name, a saved profile (.json) or a stored model."
    ),
]
AgainstOption = Annotated[str, typer.Option(metavar="BASELINE", help="Model of before, given in the same ways.")]
MeasuredOnOption = Annotated[
    str | None,
    typer.Option(
        metavar="KEY", help="Benchmark to measure on, or a folder of images; that of a saved baseline unless given."
    ),
]
ArchitectureOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Name that timm has for the architecture of the checkpoints; found by their tensors unless given, "
        "where these leave no doubt.",
    ),
]
ToleranceOption = Annotated[
    str | None,
    typer.Option(
        metavar="KEY=X,...",
        help="How much worse is taken for no worse, such as accuracy=0.005,calibration_error=0.002; unless given, "
        "the smallest difference that matters, which each dimension declares.",
    ),
]
ConfidenceOption = Annotated[float, typer.Option(help="Confidence of each verdict, from 0.5 to below 1.")]
UndecidedOption = Annotated[
    str, typer.Option(help="What a dimension that the images cannot decide does: pass or fail.")
]
ReportOption = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE", help="Report to write: .md, .html, .xml (JUnit) or .json; may be given several times."
    ),
]
ProfileOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Where to save the profile of NEW (.json), to be a baseline later."),
]
SeedOption = Annotated[int | None, typer.Option(help="Seed of subsets and attacks; the baseline's unless given.")]


@app.command()
def gate(  # noqa: PLR0913 - a command's options are its parameters
    new: NewArgument,
    against: AgainstOption,
    benchmark: MeasuredOnOption = None,
    architecture: ArchitectureOption = None,
    dimensions: DimensionsOption = None,
    tolerance: ToleranceOption = None,
    confidence: ConfidenceOption = 0.95,
    undecided: UndecidedOption = _FAIL,
    report: ReportOption = None,
    profile: ProfileOption = None,
    protocol: ProtocolOption = None,
    samples_per_class: SamplesOption = None,
    seed: SeedOption = None,
    data: DataOption = None,
    device: DeviceOption = None,
    input_size: InputSizeOption = None,
    mean: MeanOption = None,
    std: StdOption = None,
    json: JsonOption = False,
) -> None:
    """Tell whether a new model behaves worse than the one of before, and end with a code that a build can go by.

    Exit code 0: no dimension is worse by more than its tolerance. 3: at least one is worse. 4: the images cannot tell,
    or a value is missing: no comparison that cannot be made passes. 1 and 2: nothing was compared.

    Both models see the same images, so that their differences are far surer than their values. A baseline that is a
    saved profile or a stored model is not measured again, and NEW is measured as it was.
    """
    from wellbehaved.gate_models import How
    from wellbehaved.gate_reports import as_json

    how = How(
        benchmark=benchmark,
        architecture=architecture,
        dimensions=dimensions,
        protocol=protocol,
        samples_per_class=samples_per_class,
        seed=seed,
        data=data,
        device=device,
        inputs=program_inputs(input_size, mean, std),
    )
    rule = _Rule(tolerances=_tolerances(tolerance), confidence=confidence, undecided_passes=_passes(undecided))
    with _refusals():
        found = _judgement_of(new, against, how, rule, save=profile, reports=report or ())
    if json:
        print_json(as_json(found))
    else:
        _show(found)
    # After the output, so that a build shows why it stopped.
    if found.outcome:
        raise typer.Exit(int(found.outcome))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rule:
    """What passes, as it was typed."""

    tolerances: Mapping[str, float]
    confidence: float
    undecided_passes: bool


@contextmanager
def _refusals() -> Iterator[None]:
    """End the command with what was refused, and its next step."""
    from evaluation.errors import ModelFault
    from quba.errors import Refusal

    try:
        yield
    except ModelFault as fault:
        fail(fault.message, FAILED)  # it holds its next step
    except Refusal as refusal:
        fail(f"{refusal.message} {refusal.hint}".strip(), FAILED)
    except OSError as error:
        fail_with_os_error(error)


def _judgement_of(
    new: str, against: str, how: "How", rule: _Rule, *, save: Path | None, reports: Sequence[Path]
) -> "Gate":
    from wellbehaved.gate import gate as judged
    from wellbehaved.gate_models import both_models
    from wellbehaved.gate_reports import require_suffix, write_report

    # Before anything is measured: an hour of measuring must not end at a misspelt ending.
    for path in reports:
        require_suffix(path)
    of_new, of_baseline = both_models(new, against, how, save=save)
    found = judged(
        of_new,
        of_baseline,
        dimensions=[key.strip() for key in how.dimensions.split(",")] if how.dimensions else None,
        tolerances=rule.tolerances,
        confidence=rule.confidence,
        undecided_passes=rule.undecided_passes,
    )
    for path in reports:
        write_report(found, path)
    return found


def _tolerances(typed: str | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in filter(None, (each.strip() for each in (typed or "").split(","))):
        key, sign, number = (each.strip() for each in part.partition("="))
        try:
            value = float(number) if sign else None
        except ValueError:
            value = None
        if value is None:
            fail(f"--tolerance has {part[:80]!r}. Write it as accuracy=0.005.", WRONG_USAGE)
        # The second would silently win, and a gate must not be looser than it reads.
        if key in found:
            fail(f"--tolerance names {key[:80]!r} twice. Give one number for each dimension.", WRONG_USAGE)
        found[key] = value
    return found


def _passes(undecided: str) -> bool:
    if undecided not in (_PASS, _FAIL):
        fail(f"--undecided is {undecided[:80]!r}. Use {_PASS} or {_FAIL}.", WRONG_USAGE)
    return undecided == _PASS


def _show(gate: "Gate") -> None:
    from wellbehaved.gate_reports import flips_sentence

    print_table(_table(gate))
    for each in gate.judgements:
        # What passes is in the table; sentences are kept for what stops the build.
        if not each.verdict.passes:
            typer.echo(each.sentence())
    for line in filter(None, (flips_sentence(gate), gate.outcome.sentence)):
        typer.echo(line)


def _table(gate: "Gate") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    from quba.dimensions import DIMENSIONS
    from wellbehaved.gate_reports import VERDICTS, change_text, value_text

    table = Table(title=escape(f"{gate.new} against {gate.baseline} on {gate.conditions.benchmark}"))
    numbers: Any = {"justify": "right"}
    table.add_column("dimension")
    for heading in ("baseline", "new", "difference", "tolerance"):
        table.add_column(heading, **numbers)
    table.add_column("verdict")
    for each in gate.judgements:
        found = each.difference
        verdict = VERDICTS[each.verdict]
        table.add_row(
            DIMENSIONS[found.dimension].label,
            value_text(each, found.value_a),
            value_text(each, found.value_b),
            change_text(each),
            f"{each.tolerance:g}",
            verdict if each.verdict.passes else f"[bold]{verdict}[/bold]",
        )
    return table
