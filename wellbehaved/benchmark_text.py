"""Benchmarks as tables and sentences for a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

Json = Mapping[str, Any]

# The names of a thousand classes would push the report off the screen.
_MOST_CLASSES = 12
# "sha256:" and twelve digits: enough to tell two versions apart at a glance.
_DIGEST = 19
# Of one file and of several.
_FILES = {
    "unreadable": ("cannot be read", "cannot be read"),
    "exif_rotated": ("is turned by its EXIF entry", "are turned by their EXIF entry"),
    "deep": ("has more than 8 bits", "have more than 8 bits"),
    "animated": ("is animated, and its first picture counts", "are animated, of which the first picture counts"),
    "not_rgb": ("is not RGB, and is converted", "are not RGB, and are converted"),
}
_DUPLICATES = {
    "within_class": "twice in one class",
    "between_classes": "in two classes",
    "clean_and_shifted": "among the clean and the shifted images",
    "clean_and_train": "among the clean images and in train/",
}


def benchmarks_table(items: Sequence[Json]) -> Table:
    """Benchmarks, one a row.

    Args:
        items: of /v1/benchmarks.
    """
    table = Table()
    for heading in ("key", "label", "origin", "classes", "images", "dimensions", "measured by a worker now"):
        table.add_column(heading, overflow="fold")
    for item in items:
        cells = (
            item["key"], item["label"], item["origin"], item["class_count"], item["image_count"] or "-",
            item["coverage"], "yes" if item["measurable"] else "no",
        )  # fmt: skip
        table.add_row(*(escape(str(cell)) for cell in cells))
    return table


def classes_table(answer: Json) -> Table:
    """The classes with their images; of many the first and the last.

    Args:
        answer: with `label`, `classes` and `class_counts`.
    """
    rows = list(zip(answer["classes"], answer["class_counts"], strict=True))
    table = Table(title=f"{escape(answer['label'])}: {len(rows)} classes, {sum(answer['class_counts'])} clean images")
    table.add_column("class", overflow="fold")
    table.add_column("clean images", justify="right")
    half = _MOST_CLASSES // 2
    # Both ends: a class list in the wrong order shows there.
    shown = rows if len(rows) <= _MOST_CLASSES else [*rows[:half], ("...", "..."), *rows[-half:]]
    for name, count in shown:
        table.add_row(escape(str(name)), str(count))
    return table


def dimensions_table(report: Json) -> Table:
    """The dimensions: whether each can be measured, why not, and what would bring it."""
    from quba.dimensions import DIMENSIONS

    table = Table()
    for heading in ("dimension", "measured", "why not", "what would bring it"):
        table.add_column(heading, overflow="fold")
    for item in report["dimensions"]:
        measured = "no" if not item["available"] else "yes, on generated images" if item["generated"] else "yes"
        # A service of another version may know others.
        label = DIMENSIONS[item["key"]].label if item["key"] in DIMENSIONS else item["key"]
        cells = (label, measured, item["reason"] or "", item["remedy"] or "")
        table.add_row(*(escape(cell) for cell in cells))
    return table


def findings_lines(report: Json) -> Iterable[str]:
    """What a person should know of the files, a sentence each; nothing where all is well."""
    yield _class_sizes(report["smallest"], report["largest"])
    for name, (of_one, of_several) in _FILES.items():
        if count := report[name]["count"]:
            told = f"1 file {of_one}" if count == 1 else f"{count} files {of_several}"
            yield f"{told}: {_name_list(report[name]['examples'], count)}."
    for name, words in _DUPLICATES.items():
        found = report["duplicates"][name]
        if count := found["count"]:
            pairs = [" = ".join(pair) for pair in found["examples"]]
            told = "1 image is" if count == 1 else f"{count} images are"
            yield f"{told} {words}: {_name_list(pairs, count)}."
    yield from report["notes"]


def _class_sizes(smallest: Json, largest: Json) -> str:
    if smallest["count"] == largest["count"]:
        return f"Every class has {_images(smallest['count'])}."
    return (
        f"The smallest class is {smallest['name']} with {_images(smallest['count'])}, the largest {largest['name']} "
        f"with {largest['count']}."
    )


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"


def added_lines(answer: Json, note: str | None) -> Iterable[str]:
    """What became of an addition, and the next step."""
    if note:
        yield note
    key = answer["key"]
    state = "registered" if answer["changed"] else "registered already, with the same files"
    yield f"{key} is {state}: {answer['image_count']} images, {answer['digest'][:_DIGEST]}"
    yield f"Next: wellbehaved evaluate MODEL --weights FILE --benchmark {key} --store"


def benchmark_lines(answer: Json) -> Iterable[str]:
    """A benchmark in a few lines."""
    named = f"{answer['label']} ({answer['key']}, {answer['origin']})"
    yield f"{named}: {answer['coverage']}, {answer['class_count']} classes"
    if answer["description"]:
        yield answer["description"]
    if answer["origin"] != "own":
        return
    registered = answer["registered_at"][:10]
    yield f"{answer['image_count']} images, digest {answer['digest'][:_DIGEST]}, registered {registered}"
    if answer["folder"]:
        yield f"folder {answer['folder']}"
    for kept in answer["frozen_norms"]:
        yield f"norms under {kept['protocol']} frozen on {kept['frozen_at'][:10]} from {kept['models']} models"


def versions_table(versions: Sequence[Json]) -> Table:
    """The versions of a benchmark, one a row."""
    table = Table(title="Versions")
    for heading in ("digest", "registered", "images", "classes", "models", ""):
        table.add_column(heading, overflow="fold")
    for item in versions:
        cells = (
            item["digest"][:_DIGEST], item["registered_at"][:19], item["image_count"], item["class_count"],
            len(item["models"]), "current" if item["current"] else "",
        )  # fmt: skip
        table.add_row(*(escape(str(cell)) for cell in cells))
    return table


def earlier_table(items: Sequence[Json], dimensions: Sequence[Json]) -> Table:
    """What was measured on earlier versions of a benchmark, one row for each model and version.

    Args:
        items: of /v1/benchmarks/{key}/earlier-measurements.
        dimensions: of /v1/dimensions.
    """
    table = Table(title="Measured on earlier versions: other images, so not compared with values of the current one")
    for heading in ("model", "version", "measured", "protocol", "values"):
        table.add_column(heading, overflow="fold")
    for item in items:
        values = [
            f"{dimension['label']} {_value_text(item['scores'][dimension['key']], dimension['decimals'])}"
            for dimension in dimensions
            if dimension["key"] in item["scores"]
        ]
        measured = (item["measured_at"] or "-")[:10]
        cells = (item["model_id"], item["digest"][:_DIGEST], measured, item["protocol"], "\n".join(values))
        table.add_row(*(escape(cell) for cell in cells))
    return table


def _value_text(score: Json, decimals: int) -> str:
    if score["value"] is None:
        return str(score["missing"])
    error = "" if score["standard_error"] is None else f" ± {score['standard_error']:.{decimals}f}"
    return f"{score['value']:.{decimals}f}{error}"


def _name_list(examples: Sequence[str], count: int) -> str:
    more = f" and {count - len(examples)} more" if count > len(examples) else ""
    return f"{', '.join(examples)}{more}"
