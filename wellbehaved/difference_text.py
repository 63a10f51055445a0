"""How far two models lie apart, for a terminal: a table, and which images flipped."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from quba.dimension import Missing
from wellbehaved.difference_words import difference_words
from wellbehaved.flip_text import flips_text

Json = Mapping[str, Any]

_CLEAN = "clean"
_MOST_CLASSES = 5


def difference_table(answer: Json, dimensions: Sequence[Json], *, brief: bool = False) -> Table:
    """Two models dimension by dimension, with the difference, its interval and what that comes to.

    Args:
        answer: of /v1/differences.
        dimensions: items of /v1/dimensions.
        brief: whether to save room by short labels and without the values.
    """
    a, b = escape(answer["a"]["name"]), escape(answer["b"]["name"])
    how = "paired" if answer["paired"] else "not paired"
    table = Table(title=f"{b} against {a}, {how}", caption=f"data version {answer['data_version']}")
    share = f"{100 * answer['confidence']:g} %"
    headings = ("", "difference" if brief else f"{b} - {a}", f"{share} interval", "p (Holm)", "in words")
    for heading in (headings[0], *(() if brief else (a, b)), *headings[1:]):
        table.add_column(heading, justify="left" if heading in ("", "in words") else "right", overflow="fold")
    labels = {dimension["key"]: dimension for dimension in dimensions}
    for item in answer["items"]:
        # What neither was asked for is no finding about either.
        if item["missing_a"] == item["missing_b"] == Missing.NOT_MEASURED.value:
            continue
        dimension = labels[item["dimension"]]
        # One more than a value has: paired differences are known that much better.
        decimals = dimension["decimals"] + 1
        label = dimension["short_label"] if brief else f"{dimension['label']} ({dimension['direction']})"
        values = () if brief else (_number(item["value_a"], decimals), _number(item["value_b"], decimals))
        interval = "-" if item["low"] is None else f"{item['low']:+.{decimals}f} to {item['high']:+.{decimals}f}"
        difference = "-" if item["difference"] is None else f"{item['difference']:+.{decimals}f}"
        p = "-" if item["p_holm"] is None else f"{item['p_holm']:.2g}"
        table.add_row(
            label,
            *values,
            difference,
            interval,
            p,
            escape(difference_words(item, dimension["higher_is_better"], answer)),
        )
    return table


def flip_lines(answer: Json) -> Iterator[str]:
    """Which images flipped, or why nobody can tell."""
    if answer["unpaired"] is not None:
        yield f"Not paired: the models are compared as if they had seen other images. {answer['unpaired']}"
        return
    if any(not item["paired"] for item in answer["items"] if item["difference"] is not None):
        yield "Dimensions marked as not paired are compared as if the models had seen other images."
    for name, passes in _by_pass(answer["flips"]).items():
        wrong, right = (sum(each[way] for each in passes) for way in ("now_wrong", "now_right"))
        over = f" over {len(passes)} variants" if len(passes) > 1 else ""
        yield f"{name}{over}: of the decisions, {flips_text(wrong, right)}."
        # Of evidence without labels the flips are known and their classes are not.
        if name == _CLEAN and any(each["now_wrong"] for each in answer["flips_by_class"]):
            yield _classes(answer["flips_by_class"])


def _classes(found: Sequence[Json]) -> str:
    hit = sorted((each for each in found if each["now_wrong"]), key=lambda each: -int(each["now_wrong"]))
    listed = [f"{each['name'] or 'class ' + str(each['label'])} {each['now_wrong']}" for each in hit[:_MOST_CLASSES]]
    more = f" and {len(hit) - _MOST_CLASSES} more classes" if len(hit) > _MOST_CLASSES else ""
    return f"  now wrong by class: {', '.join(listed)}{more}."


def _by_pass(found: Sequence[Json]) -> dict[str, list[Json]]:
    """Variants, such as all corruptions, under their pass; the clean images first."""
    passes: dict[str, list[Json]] = {}
    # sorted is stable, so that the other passes keep the order of the answer.
    for each in sorted(found, key=lambda each: each["name"] != _CLEAN):
        passes.setdefault(each["name"].partition(":")[0], []).append(each)
    return passes


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"
