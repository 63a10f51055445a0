"""A decision record as Markdown."""

import re
from collections.abc import Iterable, Sequence

from backend.record.shape import DecisionRecord, RecordItem
from quba.dimensions import DIMENSIONS

_TOP_HEADINGS = ("Rank", "Overall", "Model", "Score", "First in", "Ranks, weights", "Ranks, values")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def escaped(text: str) -> str:
    """Text that Markdown leaves as it is, and that no reader runs as HTML."""
    return _SPECIAL.sub(r"\\\1", text)


def to_markdown(record: DecisionRecord) -> str:
    """Write a record as Markdown; the same parts in the same order as the HTML form."""
    parts = [
        "# Decision record",
        f"**{escaped(record.headline)}**",
        *([f"Doubt: {escaped(record.doubt)}"] if record.doubt else []),
        f"Data version `{record.data_version}`. {_counts(record)}",
        "## The question",
        *_question(record),
        "## The top models",
        _table(_TOP_HEADINGS, map(_row, record.top)),
        "## Why",
        _list(record.why) or "There is no second model to compare with.",
        "## How sure",
        *_how_sure(record),
        "## What was left out",
        *_excluded(record),
        "## Doubts about the values above",
        _list(doubts_by_model(record)) or "None of these values is flagged.",
        "## The same again",
        f"```sh\n{record.reproduce.curl}\n```",
        f"```python\n{record.reproduce.python}```",
        "## Citation",
        escaped(record.citation),
    ]
    return "\n\n".join(parts) + "\n"


def _counts(record: DecisionRecord) -> str:
    models = record.models
    return f"{models.pool} models, {models.passing} pass the filters, {models.scored} of these have a score."


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(line)}" for line in lines)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(item: RecordItem) -> list[str]:
    return [
        str(item.rank), str(item.overall_rank), escaped(item.name), f"{item.score:.4f}", f"{item.p_first:.0%}",
        interval(item.rank_low, item.rank_high), interval(item.measured_rank_low, item.measured_rank_high),
    ]  # fmt: skip


def interval(low: int | None, high: int | None) -> str:
    """A rank interval in words."""
    if low is None or high is None:
        return "not known"
    return str(low) if low == high else f"{low} to {high}"


def _question(record: DecisionRecord) -> list[str]:
    view = record.view
    weights = [
        (DIMENSIONS[key].label, DIMENSIONS[key].direction, f"{one.weight:.4g}", f"{one.share:.1%}")
        for key, one in view.weights.items()
    ]
    return [
        f"Benchmark {escaped(view.benchmark)}, protocol {view.protocol}, values: {view.quality}. "
        f"Norms: {view.normalisation}. {escaped(view.normalisation_meaning)}",
        "Filters: " + (escaped("; ".join(view.filters)) or "none") + ".",
        _table(("Dimension", "Direction", "Weight", "Share"), weights),
    ]


def _how_sure(record: DecisionRecord) -> list[str]:
    sure = record.how_sure
    text = (
        f"{sure.draws:,} weightings near these were drawn (each weight times a log-normal factor of spread "
        f"{sure.jitter:g}, seed {sure.seed}); rank intervals hold {sure.confidence:.0%} of them."
    )
    rows = [
        (DIMENSIONS[one.dimension].label, f"{one.weight:.4g}", f"{one.from_weight:.4f}", reach(one.to_weight))
        for one in sure.leader_keeps
    ]
    kept = ["The leader stays first while one weight moves alone:", _table(("Weight of", "Now", "From", "To"), rows)]
    words = [escaped(one) for one in (sure.sentence, compared_with(record)) if one]
    return [*words, text, *(kept if rows else []), *([escaped(sure.measurement_note)] if sure.measurement_note else [])]


def compared_with(record: DecisionRecord) -> str:
    """Which models are compared, where it is not all of them anyhow; empty else."""
    models = record.models
    if models.passing == models.pool:
        return ""
    if record.how_sure.among == "all":
        return f"All {models.pool} models are compared, whatever the filters."
    return f"Only the {models.passing} models that pass the filters are compared."


def doubts_by_model(record: DecisionRecord) -> list[str]:
    """One line a model: its flagged values, those with the same flags together."""
    told: dict[str, dict[str, list[str]]] = {}
    for one in record.doubts:
        told.setdefault(one.name, {}).setdefault(", ".join(one.flags), []).append(DIMENSIONS[one.dimension].label)
    return [
        f"{name}: " + "; ".join(f"{', '.join(labels)} ({flags})" for flags, labels in by_flags.items())
        for name, by_flags in told.items()
    ]


def reach(weight: float | None) -> str:
    """The end of a stretch of weights in words."""
    return "any weight" if weight is None else f"{weight:.4f}"


def _excluded(record: DecisionRecord) -> list[str]:
    left = record.excluded
    text = f"{left.by_filters} models by the filters; {left.without_score} for want of a value."
    reasons = _list(f"{DIMENSIONS[one.dimension].label}: {one.models} models. {one.meaning}" for one in left.reasons)
    names = _list(left.without_score_names)
    named = f"Without a score, the first ones:\n\n{names}" if names else ""
    return [part for part in (text, reasons, named) if part]
