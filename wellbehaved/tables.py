"""Answers of the interface as tables for a terminal."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from quba.vocabulary import CHANCE_LEVEL
from quba.wording import percent
from wellbehaved.standing_text import standing_text

Json = Mapping[str, Any]

# A pool of which half lacks a value would fill the screen with them.
_MOST_LINES = 3
# The 97.5 % quantile of the normal distribution, without SciPy, which takes longer to load than a command to run.
_TWO_SIDED_95 = 1.96


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


def imports_table(items: Sequence[Json]) -> Table:
    """Imports, one a row.

    Args:
        items: of /v1/imports.
    """
    table = Table()
    for heading in ("import_id", "imported", "file", "rows", "models", "benchmarks", "values held"):
        table.add_column(heading, overflow="fold")
    for item in items:
        cells = (
            item["import_id"], item["imported_at"][:19], item["filename"] or "-", item["row_count"],
            item["model_count"], ", ".join(item["benchmarks"]), item["values_held"],
        )  # fmt: skip
        table.add_row(*(escape(str(cell)) for cell in cells))
    return table


def ranking_table(
    answer: Json, dimensions: Sequence[Json], *, values: bool = True, named: Collection[str] = ()
) -> Table:
    """A ranking, one row a model; `*` marks flagged values, and a missing value shows its reason.

    The dimensions beyond those of the default preset have a column where they are weighed or named.

    Args:
        answer: of /v1/rankings.
        dimensions: items of /v1/dimensions.
        values: whether the models' values are shown beside their score.
        named: keys of dimensions that the question sorts by or limits.
    """
    measured = f"{answer['benchmark']} {answer['protocol']}"
    # A benchmark of one's own may have fewer dimensions than there are.
    absent = [part for part in dimensions if part["key"] not in answer["shares"]]
    there = [part for part in dimensions if part not in absent]
    dimensions = [
        part for part in there if part["default_weight"] or answer["shares"][part["key"]] or part["key"] in named
    ]
    folded = len(there) - len(dimensions)
    shares = (f"{part['short_label']} {percent(answer['shares'][part['key']])}" for part in dimensions)
    measured += f", {answer['coverage']}" if any(part["default_weight"] for part in absent) else ""
    notes = [
        f"{len(answer['items'])} of {answer['total']} models; data version {answer['data_version']}",
        f"weights: {', '.join(shares)}",
        "* flagged value: `wellbehaved show MODEL_ID` names its flags"
        if values
        else "A wider terminal, or --json, shows the values.",
    ]
    if values and folded:
        notes.append(f"{folded} more without weight: `wellbehaved dimension list` names them, and --columns shows them")
    table = Table(title=f"QUBA, normalisation {answer['normalisation']}, {measured}", caption="\n".join(notes))
    # Folded where there is no room: a number or an identifier that is cut off cannot be used.
    for heading in ("rank", "overall"):
        table.add_column(heading, justify="right", overflow="fold")
    for heading in ("model_id", "name", *(["licence"] if values else [])):
        table.add_column(heading, no_wrap=values, overflow="fold")
    shown = dimensions if values else ()
    for heading in ("score", *(dimension["short_label"] for dimension in shown)):
        table.add_column(heading, justify="right", no_wrap=values, overflow="fold")
    for item in answer["items"]:
        ranks = [str(item["rank"] or "-"), str(item["overall_rank"] or "-")]
        cells = [_value(item, dimension) for dimension in shown]
        who = (item["model_id"], escape(item["name"]), *([escape(item["licence"])] if values else []))
        table.add_row(*ranks, *who, _number(item["score"], 4), *cells)
    return table


def _value(item: Json, dimension: Json) -> str:
    key = dimension["key"]
    missing = {part["dimension"]: part["reason"] for part in item["missing"]}
    if key in missing:
        return str(missing[key])
    value = _number(item["scores"][key], dimension["decimals"])
    return value if key not in item["flagged"] else _dim_at_chance(f"{value}*", item["flagged"][key])


def _dim_at_chance(value: str, flags: Sequence[str]) -> str:
    """A value that says nothing about a model that guesses does not stand out."""
    return f"[dim]{value}[/dim]" if CHANCE_LEVEL in flags else value


def unranked_lines(answer: Json) -> list[str]:
    """What the listed models without a rank lack, and the options that weigh only what they have.

    Args:
        answer: of /v1/rankings.
    """
    lines = []
    for item in answer["items"]:
        lacking = [part["dimension"] for part in item["missing"] if answer["shares"][part["dimension"]]]
        if not lacking:
            continue
        options = " ".join(f"--w.{key} 0" for key in lacking)
        measured = sum(share > 0 for share in answer["shares"].values()) - len(lacking)
        weigh = f"; to weigh only the {measured} measured: {options}" if measured else ""
        lines.append(f"{item['name']} has no rank under these weights: {', '.join(lacking)} missing{weigh}")
    return lines[:_MOST_LINES]


def model_table(answer: Json, dimensions: Sequence[Json]) -> Table:
    """One model, one row a dimension, with 95 % intervals where errors are known; ranks where there are others."""
    others = any(standing and standing["others"] for standing in answer["standings"].values())
    table = Table(
        title=f"{escape(answer['name'])} ({answer['model_id']}), {answer['benchmark']} {answer['protocol']}",
        caption="\n".join(_preset_line(part) for part in answer["ranks"] if others),
    )
    for heading in ("dimension", "direction"):
        table.add_column(heading)
    for heading in ("value", "95 % interval"):
        table.add_column(heading, justify="right")
    for heading in ("compared", "flags"):
        table.add_column(heading)
    for dimension in dimensions:
        key = dimension["key"]
        if key not in answer["scores"]:
            continue
        found, standing = answer["scores"][key], answer["standings"][key]
        value = found["missing"] or _number(found["value"], dimension["decimals"])
        interval = _interval(found["value"], found["standard_error"], dimension)
        table.add_row(
            dimension["label"],
            dimension["direction"],
            *(_dim_at_chance(text, found["flags"]) for text in (value, interval)),
            standing_text(standing) or "-",
            ", ".join(found["flags"]),
        )
    return table


def _preset_line(part: Json) -> str:
    if part["rank"] is None:
        return f"{part['preset']}: no rank, for a value that it weighs is missing"
    return f"{part['preset']}: rank {part['rank']}, score {_number(part['score'], 4)}"


def _interval(value: float | None, error: float | None, dimension: Json) -> str:
    """Within what is possible: beyond it there is nothing to be uncertain about."""
    if value is None or not error:
        return "-"
    low, high = value - _TWO_SIDED_95 * error, value + _TWO_SIDED_95 * error
    if dimension["lower_bound"] is not None:
        low = max(low, dimension["lower_bound"])
    if dimension["upper_bound"] is not None:
        high = min(high, dimension["upper_bound"])
    return f"{_number(low, dimension['decimals'])} to {_number(high, dimension['decimals'])}"


def comparison_table(answer: Json, dimensions: Sequence[Json], *, brief: bool = False) -> Table:
    """Models side by side, one column a model; `best` marks the best value, `*` a flagged one.

    Args:
        answer: of /v1/comparisons.
        dimensions: items of /v1/dimensions.
        brief: whether to save room by short labels, which leave the directions out.
    """
    table = Table(title="Comparison", caption=f"data version {answer['data_version']}")
    table.add_column("", overflow="fold")
    for item in answer["items"]:
        table.add_column(item["model_id"] if brief else escape(item["name"]), justify="right", overflow="fold")
    table.add_row("overall rank", *(str(item["overall_rank"] or "-") for item in answer["items"]))
    if any(item["rank"] != item["overall_rank"] for item in answer["items"]):
        table.add_row("rank, filtered", *(str(item["rank"] or "-") for item in answer["items"]))
    table.add_row("score", *(_number(item["score"], 4) for item in answer["items"]))
    best = {part["key"]: part["best"] for part in answer["dimensions"]}
    for dimension in dimensions:
        key = dimension["key"]
        # Of a dimension beyond those of the default preset that none of them has a value of, nobody expects one.
        bare = not dimension["default_weight"] and all(item["scores"].get(key) is None for item in answer["items"])
        if key not in best or bare:
            continue
        cells = [
            _value(item, dimension) + (" best" if item["model_id"] in best[key] else "") for item in answer["items"]
        ]
        label = dimension["short_label"] if brief else f"{dimension['label']} ({dimension['direction']})"
        table.add_row(label, *cells)
    return table
