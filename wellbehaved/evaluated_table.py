"""What `wellbehaved evaluate` has measured, as tables for a terminal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from quba.dimensions import DIMENSIONS

if TYPE_CHECKING:
    from evaluation.engine.stages import Request

Json = Mapping[str, Any]


def cell(dimension: str, result: Json) -> str:
    """A value with its standard error and flags, or why there is none.

    >>> cell("accuracy", {"value": 0.76134, "standard_error": 0.0019, "flags": []})
    '0.7613 ± 0.0019'
    """
    if result["value"] is None:
        return str(result["missing"])
    decimals = DIMENSIONS[dimension].decimals
    error = "" if result["standard_error"] is None else f" ± {result['standard_error']:.{decimals}f}"
    value = f"{result['value']:.{decimals}f}{error}"
    return f"[dim]{value}, {', '.join(result['flags'])}[/dim]" if result["flags"] else value


def models_beside_each_other(reports: Sequence[Json], request: "Request") -> Table:
    """A row for each dimension and a column for each model."""
    table = Table("Dimension", title=_title(request))
    for report in reports:
        table.add_column(escape(str(report["name"])), justify="right")
    for key in request.dimensions:
        table.add_row(DIMENSIONS[key].label, *(cell(key, report["results"][key]) for report in reports))
    return table


def models_below_each_other(reports: Sequence[Json], request: "Request") -> Table:
    """A row for each dimension of each model, where a column for each has no room, as for the whole study."""
    table = Table("Model", "Dimension", "Value", title=_title(request))
    for report in reports:
        for place, key in enumerate(request.dimensions):
            name = "" if place else escape(str(report["name"]))
            table.add_row(name, DIMENSIONS[key].label, cell(key, report["results"][key]))
        table.add_section()
    return table


def _title(request: "Request") -> str:
    return f"{escape(request.benchmark.label)}, {request.protocol.value}; value ± standard error"
