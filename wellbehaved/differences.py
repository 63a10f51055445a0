"""How one profile differs from another: paired values, and the images that flipped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from quba.deciding.paired_differences import Flips, PairedDifference, flips, paired_differences
from quba.errors import Refusal
from quba.measuring.evidence import Conditions
from wellbehaved.flip_text import flips_text
from wellbehaved.installed_dimensions import adopt_installed, dimension_of
from wellbehaved.profile_text import conditions_text, table_html
from wellbehaved.python_text import saying_next_steps

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from wellbehaved.profile_content import Content

_CLEAN = "clean"
_MOST_CLASSES = 5
_COLUMNS = (
    "label", "value_a", "value_b", "difference", "standard_error", "low", "high", "p", "p_holm", "paired",
    "missing_a", "missing_b",
)  # fmt: skip
_NUMBERS = _COLUMNS[1:9]


@dataclass(frozen=True, kw_only=True)
class FlippedImages:
    """The files of the images of one pass that flipped.

    Attributes:
        now_wrong: right for the first model, wrong for the second.
        now_right: the reverse.
    """

    now_wrong: tuple[Path, ...]
    now_right: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Difference:
    """How the second of two models differs from the first, on the same images.

    Attributes:
        name_a: the first model.
        name_b: the second.
        conditions: under which both were measured.
        conditions_text: the same in words.
        confidence: of the intervals.
        items: one per dimension, the second minus the first.
        flips: by pass which images one decides right and the other wrong, by their positions.
        class_names: of the clean images' classes by number; empty where nobody knows them.
    """

    name_a: str
    name_b: str
    conditions: Conditions
    conditions_text: str
    confidence: float
    items: tuple[PairedDifference, ...]
    flips: Mapping[str, Flips]
    class_names: Mapping[int, str] = field(default_factory=dict)

    def __getitem__(self, dimension: str) -> PairedDifference:
        """The difference on one dimension.

        Raises:
            KeyError: neither was measured on it.
        """
        for each in self.items:
            if each.dimension == dimension:
                return each
        raise KeyError(f"{dimension!r} was not measured; there are {', '.join(each.dimension for each in self.items)}.")

    @property
    def frame(self) -> "pd.DataFrame":
        """One row per dimension."""
        import pandas as pd

        rows = [{"label": dimension_of(each.dimension).label, **asdict(each)} for each in self.items]
        index = pd.Index([each.dimension for each in self.items], name="dimension")
        return pd.DataFrame(rows, index=index, columns=list(_COLUMNS)).astype(dict.fromkeys(_NUMBERS, "float64"))

    @property
    def flips_frame(self) -> "pd.DataFrame":
        """One row per pass: how many images are now wrong, and how many now right."""
        import pandas as pd

        counts = {
            name: {"now_wrong": each.now_wrong.size, "now_right": each.now_right.size}
            for name, each in self.flips.items()
        }
        frame = pd.DataFrame.from_dict(counts, orient="index", columns=["now_wrong", "now_right"])
        return frame.rename_axis("pass")

    def paths(self, name: str = _CLEAN, *, data: str | Path | None = None) -> FlippedImages:
        """The files of the images that flipped.

        Args:
            name: of the pass, a key of `flips`.
            data: folder of the data sets; `datasets` in the data folder unless given.

        Raises:
            KeyError: neither or only one was measured on it.
            Refusal: the files are not on this machine, or not those that were measured on.
        """
        from wellbehaved.flipped_files import files_of

        if name not in self.flips:
            raise KeyError(f"{name!r} was not measured on both; there are {', '.join(self.flips)}.")
        found = self.flips[name]
        with saying_next_steps():
            files = files_of(self.conditions, name, data)
            # Positions mean nothing once images were added or removed; one beyond the end proves that.
            last = max([-1, *found.now_wrong.tolist(), *found.now_right.tolist()])
            if last >= len(files):
                raise Refusal("files_changed", f"{name} has {len(files)} images now.", "Measure both models again.")
        return FlippedImages(
            now_wrong=tuple(files[position] for position in found.now_wrong.tolist()),
            now_right=tuple(files[position] for position in found.now_right.tolist()),
        )

    def chart(self) -> "go.Figure":
        """A forest plot of the differences with their intervals, each turned so that to the right is better.

        In standard deviations of the published models, as on the page Compare; no tolerance is drawn.

        Raises:
            Refusal: plotly is not installed.
        """
        from wellbehaved.difference_chart import difference_chart

        return difference_chart(self.name_a, self.name_b, self.items, confidence=self.confidence)

    def __repr__(self) -> str:
        """Every difference in a line of its own, and how many clean images flipped."""
        return "\n".join([f"{self.name_b} minus {self.name_a}: {self.conditions_text}", *self._lines(), *self._notes()])

    def _repr_html_(self) -> str:
        title = f"<b>{escape(self.name_b)}</b> minus <b>{escape(self.name_a)}</b>: {escape(self.conditions_text)}"
        heads = ("Dimension", "Before", "Now", "Difference", f"{100 * self.confidence:g} % interval",
                 "p (Holm)", "")  # fmt: skip
        return table_html(title, heads, [_cells(each) for each in self.items], list(self._notes()))

    def _lines(self) -> Iterator[str]:
        for each in self.items:
            label, *cells = _cells(each)
            before, now, difference, interval, p, remark = cells
            told = [f"{difference} ({interval})" if interval else difference, f"p {p}" if p else "", remark]
            yield f"  {label}: {before or 'none'} -> {now or 'none'}, {', '.join(filter(None, told))}"

    def _notes(self) -> Iterator[str]:
        clean = self.flips.get(_CLEAN)
        if clean is None:
            return
        wrong, right = clean.now_wrong.size, clean.now_right.size
        yield f"Of the clean images, {flips_text(wrong, right)}."
        # Of equally hit classes the first, so that the line repeats itself.
        most = sorted(clean.wrong_by_class.items(), key=lambda each: (-each[1], each[0]))[:_MOST_CLASSES]
        if most:
            named = ", ".join(f"{self.class_names.get(label, str(label))}: {count}" for label, count in most)
            yield f"Most of the images that are now wrong are of these classes: {named}."


def difference_of(a: "Content", b: "Content", *, confidence: float = 0.95) -> Difference:
    """How the second of two profiles differs from the first.

    Raises:
        Refusal: they are of different benchmarks, contents, protocols, seeds or subsets; the message names which.
        ValueError: for a confidence out of range.
    """
    # What was measured in another thread or task is in force there alone, and would be left out without a word.
    adopt_installed([*a.dimensions, *b.dimensions])
    with saying_next_steps():
        items = paired_differences(a.evidence, b.evidence, confidence=confidence)
        flipped = flips(a.evidence, b.evidence)
    # Both saw the same classes, so that the names of either serve.
    report = a.class_report or b.class_report or {"classes": []}
    return Difference(
        name_a=a.name,
        name_b=b.name,
        conditions=a.conditions,
        conditions_text=conditions_text(a),
        confidence=confidence,
        items=items,
        flips=flipped,
        class_names={label: str(each["name"]) for label, each in enumerate(report["classes"])},
    )


def _cells(item: PairedDifference) -> Sequence[str]:
    dimension = dimension_of(item.dimension)
    decimals = dimension.decimals

    def number(value: float | None, sign: str = "") -> str:
        return "" if value is None else f"{value:{sign}.{decimals}f}"

    interval = "" if item.low is None else f"{number(item.low, '+')} to {number(item.high, '+')}"
    absent = [
        f"no value {when} ({reason.value})"
        for when, reason in (("before", item.missing_a), ("now", item.missing_b))
        if reason is not None
    ]
    unpaired = [] if item.paired or item.difference is None else ["not paired"]
    p = "" if item.p_holm is None else f"{item.p_holm:.2g}"
    return (
        f"{dimension.label} ({dimension.direction})", number(item.value_a), number(item.value_b),
        number(item.difference, "+"), interval, p, "; ".join([*absent, *unpaired]),
    )  # fmt: skip
