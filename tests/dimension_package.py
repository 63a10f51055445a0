"""Packages that bring a dimension, installed for a test: a module, and the few files by which Python finds it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from backend.store.definition_text import DefinitionFile
from backend.store.dimension_definition import definition_from
from backend.store.engine import writing
from backend.store.own_dimensions import register
from quba.dimension import Dimension, Pass, PlugIn
from quba.dimensions import BUILT_IN
from quba.vocabulary import DIMENSION_PACKAGES, Origin

Install = Callable[..., Path]

DOUBT = """
from dataclasses import replace
from quba.dimension import Missing, UndefinedResult
from quba.dimensions import BUILT_IN
from quba.measuring.observations import Measured

DIMENSION = replace(
    BUILT_IN["brier_score"], key="doubt", label="Doubt", short_label="Doubt", upper_bound=1.0, plausible=(0.0, 1.0),
    description="How far the first choice is from certain.", procedure="One minus the mean top probability.",
)

def measure(observations):
    probabilities, labels = observations.clean_probabilities()
    doubt = 1 - float(probabilities.max(axis=1).mean())
    return Measured(value=doubt, parts={"images": len(labels)}, sample_count=len(labels), standard_error=None)
"""
"""A module that measures; its standard error is not known."""


def doubt_with(body: str) -> str:
    """The same module with another `measure`, which is given `observations`."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{DOUBT.partition('def measure')[0]}def measure(observations):\n{lines}"


def doubt_of(module: str, version: str = "1.5") -> Dimension:
    """The dimension as the store has it once a service took that module in."""
    return replace(
        BUILT_IN["brier_score"],
        key="doubt",
        label="Doubt",
        upper_bound=1.0,
        origin=Origin.OWN,
        passes=(Pass.CLEAN,),
        plug_in=PlugIn(package=module, version=version, entry_point=module),
    )


def take_in(engine: Engine, module: str, version: str = "1.5") -> None:
    """Have a store know the dimension of such a module, as a service with the package has it at its start."""
    known = doubt_of(module, version)
    file = DefinitionFile(folder="f00-packages", name=module)
    with writing(engine) as session:
        register(session, definition_from(known, known.plug_in), file=file)


def install(site: Path, module: str, source: str, target: str = "", *, version: str = "1.5") -> Path:
    """Install a distribution of one module whose entry point names that, or with a target what is in it.

    Args:
        site: a folder on the path.
        module: its name, and that of the distribution and of the entry point; one name for each test, for Python
            keeps modules.
        source: of the module.
        target: a name in it.
        version: of the distribution.

    Returns:
        The folder of what is known of the distribution.
    """
    information = site / f"{module}-{version}.dist-info"
    information.mkdir(parents=True)
    (site / f"{module}.py").write_text(source, encoding="utf-8")
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: {version}\n")
    entry = f"{module}:{target}" if target else module
    (information / "entry_points.txt").write_text(f"[{DIMENSION_PACKAGES}]\n{module} = {entry}\n")
    return information
