"""A profile as lines for a terminal and as a small table for a notebook."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from quba.dimension import Missing

if TYPE_CHECKING:
    from wellbehaved.profile_content import Content, Value

# No colours: the notebook's own are readable on its own background, light or dark.
TABLE = '<table style="border-collapse: collapse; font-variant-numeric: tabular-nums">'
_LEFT, _RIGHT = "text-align: left", "text-align: right"


def conditions_text(profile: "Content") -> str:
    """Under what it was measured, in words: "Toy shapes, corrected, 5 images of each class, seed 0"."""
    told = profile.conditions
    count = told.samples_per_class
    subset = [] if count is None else [f"{count} {'image' if count == 1 else 'images'} of each class"]
    # "sha256:" and twelve digits: enough to tell two versions apart at a glance.
    digest = [told.digest[:19]] if told.digest else []
    return ", ".join([profile.setting.benchmark_label, told.protocol, *subset, f"seed {told.seed}", *digest])


def value_text(value: "Value") -> str:
    """The value with its standard error, or why there is none."""
    if value.value is None:
        return f"none ({value.missing})"
    decimals = value.about.decimals
    error = "" if value.standard_error is None else f" ± {value.standard_error:.{decimals}f}"
    return f"{value.value:.{decimals}f}{error}"


def interval_text(value: "Value") -> str:
    """The 95 % interval; "" where there is none."""
    found = value.interval()
    decimals = value.about.decimals
    return "" if found is None else f"{found[0]:.{decimals}f} to {found[1]:.{decimals}f}"


def remark_text(value: "Value") -> str:
    """Why it is missing or in doubt, in a word; "" where there is nothing to say."""
    return value.missing or ", ".join(value.flags)


def remark_lines(profile: "Content") -> Iterator[str]:
    """The remarks in sentences; what several dimensions share is said once."""
    shared: dict[str, list[str]] = {}
    for each in profile.values:
        if said := each.detail or (Missing(each.missing).meaning if each.missing else ""):
            # By sentence: a model that guesses has the same remark on five dimensions.
            shared.setdefault(said, []).append(each.about.label)
    yield from (f"{', '.join(labels)}: {said}" for said, labels in shared.items())
    yield from profile.notes


def profile_lines(profile: "Content") -> Iterator[str]:
    """The profile for a terminal."""
    yield f"{profile.name}: {conditions_text(profile)}; value ± standard error"
    width = max((len(each.about.label) for each in profile.values), default=0)
    for each in profile.values:
        flags = f" [{', '.join(each.flags)}]" if each.flags else ""
        yield f"  {each.about.label:<{width}}  {value_text(each)}{flags}"
    yield from remark_lines(profile)


def profile_html(profile: "Content") -> str:
    """The profile for a notebook; everything that somebody may have written is escaped."""
    rows = [
        (
            f"{each.about.label} ({each.about.direction})", value_text(each), interval_text(each), remark_text(each),
        )
        for each in profile.values
    ]  # fmt: skip
    title = f"<b>{escape(profile.name)}</b>: {escape(conditions_text(profile))}"
    heads = ("Dimension", "Value ± standard error", "95 % interval", "")
    return table_html(title, heads, rows, list(remark_lines(profile)))


def table_html(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]) -> str:
    """A small table: words to the left in the first and last column, numbers to the right between them.

    Args:
        title: above it, as HTML.
        heads: of the columns.
        rows: their cells, as text.
        notes: below it, as text.
    """
    last = len(heads) - 1
    styles = [_LEFT if place in (0, last) else _RIGHT for place in range(len(heads))]
    head = "".join(f'<th style="{style}">{escape(each)}</th>' for style, each in zip(styles, heads, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{style}">{escape(cell)}</td>' for style, cell in zip(styles, row, strict=True))
        + "</tr>"
        for row in rows
    )
    below = "".join(f"<div>{escape(note)}</div>" for note in notes)
    return f"<div>{title}</div>{TABLE}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"
