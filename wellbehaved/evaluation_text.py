"""Evaluations as lines and tables for a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from quba.vocabulary import FINAL_STATES, FULL
from wellbehaved.cost_words import cost_lines
from wellbehaved.duration_text import duration

Json = Mapping[str, Any]


def evaluations_table(items: Sequence[Json]) -> Table:
    """Evaluations, one a row.

    Args:
        items: of /v1/evaluations.
    """
    table = Table()
    for heading in ("evaluation_id", "state", "name", "benchmark", "submitted"):
        table.add_column(heading, overflow="fold")
    for item in items:
        cells = (item["evaluation_id"], item["state"], item["name"], item["benchmark"], item["submitted_at"][:19])
        table.add_row(*(escape(str(cell)) for cell in cells))
    return table


def evaluation_lines(answer: Json) -> list[str]:
    """An evaluation in a few lines, each of which stays the same until what it says has changed.

    Args:
        answer: of /v1/evaluations/{evaluation_id}.
    """
    # What the quick subset was too small for is no trouble any more where the full one has a result.
    ordered = sorted(answer["results"], key=lambda result: bool(result["phase"] == FULL))
    # The later entry wins, and the full phase was sorted behind the quick one.
    best = {result["dimension"]: result.get("detail") for result in ordered}
    measured = (*_results(answer), *details(best.items()), *cost_lines(answer.get("cost_report")))
    return [*_state(answer), *measured, *_standing(answer), *_troubles(answer)]


def _state(answer: Json) -> Iterator[str]:
    words = [str(answer["state"])]
    if answer["place_in_queue"] is not None:
        words.append(f"position {answer['place_in_queue']} in the queue")
    if answer["state"] == "running":
        words += _progress(answer["progress"] or {})
    if answer["eta_seconds"] is not None:
        words.append(f"about {duration(answer['eta_seconds'])} left")
    yield ", ".join(words)
    if answer.get("weights_key"):
        yield f"{answer['weights_key']!r} of several sets of weights in the file is measured"
    if confinement := answer.get("confinement"):
        unconfined = "not confined, as WELLBEHAVED_UNCONFINED_CHECKS allows"
        how = unconfined if confinement == "none" else f"confined by: {confinement}"
        yield f"the check of the file was {how}; it ran as the service's own user"


def _progress(progress: Json) -> Iterator[str]:
    for name in ("phase", "stage"):
        if progress.get(name):
            yield str(progress[name])
    for name in ("step", "image"):
        if progress.get(f"{name}s_total"):
            yield f"{name} {progress[f'{name}s_done']} of {progress[f'{name}s_total']}"


def _results(answer: Json) -> Iterator[str]:
    for result in answer["results"]:
        error = result["standard_error"]
        value = f"none ({result['missing_reason']})" if result["value"] is None else f"{result['value']:.4f}"
        flags = f" [{', '.join(result['flags'])}]" if result.get("flags") else ""
        certainty = "" if error is None else f" ± {error:.4f} (standard error)"
        yield f"  {result['dimension']}, {result['phase']}: {value}{certainty}{flags}"


def details(results: Iterable[tuple[str, str | None]]) -> list[str]:
    """Why values are missing or in doubt and how images were read; what several dimensions share is said once.

    Args:
        results: dimension and detail of each.
    """
    dimensions: dict[str, dict[str, None]] = {}
    for key, detail in results:
        if detail:
            dimensions.setdefault(detail, {})[key] = None
    return [f"{', '.join(keys)}: {detail}" for detail, keys in dimensions.items()]


def coverage_text(standing: Json) -> str:
    """Which part of the dimensions a provisional rank rests on, as the end of a sentence; empty where it is all.

    At the start of an evaluation that is the number of parameters alone, of which a rank says little.

    Args:
        standing: of /v1/evaluations/{evaluation_id}, of an evaluation that is not over.

    >>> coverage_text({"dimensions": ["parameters_millions"], "missing": ["accuracy", "shape_bias"]})
    ' on 1 of 3 dimensions so far'
    """
    compared, missing = len(standing["dimensions"]), len(standing["missing"])
    return f" on {compared} of {compared + missing} dimensions so far" if missing else ""


def _standing(answer: Json) -> Iterator[str]:
    found = answer["standing"]
    if found and found["of"] == 1:
        yield "the first model on this benchmark: a rank needs others"
    elif found:
        between = f" (between {found['rank_low']} and {found['rank_high']})"
        if found["rank_low"] is None:
            between = " (no interval, because the standard error of a value is not known)"
        elif found["rank_low"] == found["rank_high"]:
            between = ""
        # Of one that is over, the label says so.
        compared = "" if answer["state"] in FINAL_STATES else coverage_text(found)
        yield f"rank {found['rank']}{between} of {found['of']}{compared}: {found['label']}"
    if answer["model_id"]:
        yield f"ranked as {answer['model_id']}; `wellbehaved publish {answer['model_id']}` makes it visible to everyone"


def _troubles(answer: Json) -> Iterator[str]:
    if answer["notice"]:
        yield answer["notice"]
    if answer["error"]:
        yield f"{answer['error']['code']}: {answer['error']['message']} {answer['error']['hint']}"
