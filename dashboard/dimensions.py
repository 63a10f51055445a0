"""What the pages know of a dimension, and the score, the rank and facts of a model described in the same terms."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.view_state import RANK, SCORE
from quba.vocabulary import FACTS, Origin


@dataclass(frozen=True)
class Dimension:
    """A quality dimension, as the API describes it."""

    key: str
    label: str
    short_label: str
    theme: str
    unit: str
    higher_is_better: bool
    decimals: int
    default_weight: float
    description: str
    source: str
    procedure: str = ""
    logarithmic: bool = False
    origin: str = Origin.BUILT_IN.value
    package: str | None = None  # the installed package that measures it, with its version
    scale: float = 1.0  # the standard deviation of the published models, in which differences on dimensions compare

    @property
    def further(self) -> bool:
        """Whether it is beyond the study's: it counts for nothing until the reader weighs it."""
        return self.default_weight == 0

    @property
    def of_facts(self) -> bool:
        """Whether its values are facts of a model, which most have: beside the study's they stand where they weigh."""
        return self.origin == Origin.FACTS

    @property
    def measurable(self) -> bool:
        """Whether a worker can measure it: values of the others come by import, or are facts."""
        return self.origin == Origin.BUILT_IN or self.package is not None

    @property
    def direction(self) -> str:
        """The direction in words."""
        return "higher is better" if self.higher_is_better else "lower is better"

    @property
    def axis_title(self) -> str:
        """Name, unit and direction, for an axis."""
        return f"{self.label} ({self.unit}, {self.direction})"


def _computed_dimension(key: str, label: str, unit: str, description: str, *, decimals: int, higher: bool) -> Dimension:
    return Dimension(key, label, label, "score", unit, higher, decimals, 0.0, description, "")


_SCORE_MEANING = "Weighted mean of the standardised values, each turned so that larger is better."
COMPUTED = {
    SCORE: _computed_dimension(SCORE, "QUBA score", "weighted mean", _SCORE_MEANING, decimals=4, higher=True),
    RANK: _computed_dimension(
        RANK, "Rank", "position", "Rank among the models that match the filters.", decimals=0, higher=False
    ),
    **{
        key: replace(
            _computed_dimension(key, fact.label, fact.unit, fact.description, decimals=fact.decimals, higher=False),
            theme="cost",
        )
        for key, fact in FACTS.items()
    },
}
