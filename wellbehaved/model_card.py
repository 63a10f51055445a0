"""A profile as a section of a model card, and as the metadata that the Hugging Face Hub reads from its head."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from quba.wording import markdown_escaped
from wellbehaved.profile_text import (
    conditions_text,
    interval_text,
    profile_html,
    remark_lines,
    remark_text,
    table_html,
    value_text,
)

if TYPE_CHECKING:
    from wellbehaved.further_values import FurtherValue
    from wellbehaved.profile_content import Content

FORMS = ("md", "yaml", "html")
_FURTHER = "Values on further dimensions, which were imported, timed or counted:"
_HEADS = ("Dimension", "Better", "Value", "Comes from")


def card(profile: "Content", form: str, further: Sequence["FurtherValue"] = ()) -> str:
    """The section, or the metadata.

    Args:
        profile: of the model.
        form: "md", "yaml" or "html".
        further: values of the model that are no part of the profile.

    Raises:
        ValueError: for another form.
    """
    if form == "md":
        return "\n".join(_section(profile, further)) + "\n"
    if form == "yaml":
        # Here: the section, which most ask for, needs no YAML.
        import yaml

        return yaml.safe_dump({"model-index": model_index(profile, further)}, sort_keys=False, allow_unicode=True)
    if form == "html":
        return f"{profile_html(profile)}{_further_html(further)}\n"
    raise ValueError(f"form is {form!r}; use one of: {', '.join(FORMS)}.")


def model_index(profile: "Content", further: Sequence["FurtherValue"] = ()) -> list[dict[str, Any]]:
    """The `model-index` of one model; dimensions without a value are left out of it."""
    told = profile.conditions
    about = {"protocol": told.protocol, "seed": told.seed, "samples_per_class": told.samples_per_class}
    data_set: dict[str, Any] = {"type": told.benchmark, "name": profile.setting.benchmark_label, "args": about}
    if told.digest:
        data_set["revision"] = told.digest
    metrics = [
        {
            "type": each.dimension,
            "name": each.about.label,
            "value": each.value,
            "args": {"standard_error": each.standard_error, "images": each.sample_count, "flags": list(each.flags)},
        }
        for each in profile.values
        # A metric of a model-index is a number; there is no place for a reason.
        if each.value is not None
    ]
    metrics += [
        {
            "type": each.about.key,
            "name": each.about.label,
            "value": each.value,
            "args": {"unit": each.about.unit, "standard_error": each.standard_error, "source": each.note},
        }
        for each in further
    ]
    task = {"type": "image-classification", "name": "Image Classification"}
    return [{"name": profile.name, "results": [{"task": task, "dataset": data_set, "metrics": metrics}]}]


def _section(profile: "Content", further: Sequence["FurtherValue"]) -> Iterator[str]:
    from backend.imports.citation import CITATION

    yield "## Behaviour"
    yield ""
    yield f"{markdown_escaped(profile.name)} on {markdown_escaped(conditions_text(profile))}."
    yield ""
    yield "| Dimension | Better | Value ± standard error | 95 % interval | Images | Remark |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for each in profile.values:
        better = "higher" if each.about.higher_is_better else "lower"
        images = "" if each.sample_count is None else f"{each.sample_count:,}"
        cells = (each.about.label, better, value_text(each), interval_text(each), images, remark_text(each))
        yield f"| {' | '.join(map(markdown_escaped, cells))} |"
    yield ""
    told, setting = profile.conditions, profile.setting
    if told.digest:
        yield f"Benchmark `{told.benchmark}`, contents `{told.digest}`."
    else:
        yield f"Benchmark `{told.benchmark}`."
    # "cuda:1" says which of somebody's GPUs, which no reader of a card needs.
    yield f"Measured {setting.measured_at} in {setting.precision} on {setting.device.partition(':')[0]} with " + (
        ", ".join(f"{name} {number}" for name, number in setting.versions.items()) + "."
    )
    yield ""
    for line in remark_lines(profile):
        yield f"- {markdown_escaped(line)}"
    yield ""
    yield f"The dimensions are those of {CITATION}"
    if further:
        yield ""
        yield _FURTHER
        yield ""
        yield f"| {' | '.join(_HEADS)} |"
        yield f"|{' --- |' * len(_HEADS)}"
        for row in _further_rows(further):
            yield f"| {' | '.join(map(markdown_escaped, row))} |"


def _further_rows(further: Sequence["FurtherValue"]) -> list[tuple[str, ...]]:
    better = {True: "higher", False: "lower"}
    return [(each.about.label, better[each.about.higher_is_better], each.text, each.note) for each in further]


def _further_html(further: Sequence["FurtherValue"]) -> str:
    return table_html(_FURTHER, _HEADS, _further_rows(further), ()) if further else ""
