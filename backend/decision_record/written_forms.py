"""A decision record as HTML and as Markdown: a template each, with the same parts in the same order."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from backend.decision_record.schema import DecisionRecord, RecordItem
from quba.dimensions import DIMENSIONS
from quba.wording import markdown_escaped

# Shown even where the file is opened from disk, without the service's headers.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def to_html(record: DecisionRecord) -> str:
    """A record as one HTML file that needs nothing else: no script, no other host, light and dark, printable.

    Everything that people can name is escaped.
    """
    return _TEMPLATES.get_template("record.html.jinja").render(record=record, policy=POLICY)


def to_markdown(record: DecisionRecord) -> str:
    """A record as Markdown; names are shown as they are, and no reader runs them as HTML."""
    return _TEMPLATES.get_template("record.md.jinja").render(record=record)


def interval(low: int | None, high: int | None) -> str:
    """A rank interval in words."""
    if low is None or high is None:
        return "not known"
    return str(low) if low == high else f"{low} to {high}"


def macs_text(macs_billions: float | None) -> str:
    """The multiply-accumulates of an image, in billions."""
    return "not counted" if macs_billions is None else f"{macs_billions:.2f}"


def reach(weight: float | None) -> str:
    """The end of a stretch of weights in words."""
    return "any weight" if weight is None else f"{weight:.4f}"


def compared_with(record: DecisionRecord) -> str:
    """Which models are compared, where it is not all of them anyhow; empty else."""
    models = record.models
    # Without a filter both answers are the same, and the sentence would only raise a question.
    if models.passing == models.pool:
        return ""
    if record.how_sure.among == "all":
        return f"All {models.pool:,} models are compared, whatever the filters."
    return f"Only the {models.passing:,} models that pass the filters are compared."


def doubts_by_model(record: DecisionRecord) -> list[str]:
    """One line a model: its flagged values, those with the same flags together."""
    by_model: dict[str, dict[str, list[str]]] = {}
    for one in record.doubts:
        by_model.setdefault(one.name, {}).setdefault(", ".join(one.flags), []).append(DIMENSIONS[one.dimension].label)
    return [
        f"{name}: " + "; ".join(f"{', '.join(labels)} ({flags})" for flags, labels in by_flags.items())
        for name, by_flags in by_model.items()
    ]


def _for_and_against(item: RecordItem) -> tuple[float, float]:
    """What speaks for a model and what against it, both as sums of contributions from 0 up."""
    parts = item.contributions.values()
    return sum(part for part in parts if part > 0), -sum(part for part in parts if part < 0)


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(("html.jinja",), default=False),
    # A name that a template misspells is an error, never an empty place.
    undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
)  # fmt: skip
_TEMPLATES.filters["markdown"] = markdown_escaped
_TEMPLATES.globals.update(
    dimensions=DIMENSIONS, interval=interval, macs_text=macs_text, reach=reach, compared_with=compared_with,
    doubts_by_model=doubts_by_model, for_and_against=_for_and_against,
)  # fmt: skip
