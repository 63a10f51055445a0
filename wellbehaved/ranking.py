"""One ranking as the client gives it back: a table, and what it was computed from."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from quba.wording import percent
from wellbehaved.api_errors import JsonObject

if TYPE_CHECKING:
    import pandas as pd

_SHOWN_ROWS = 20


@dataclass(frozen=True)
class Ranking:
    """One ranking: what it was computed from, and one row per model, best first.

    ``frame`` has the columns rank, overall_rank, default_rank (1 = best; missing when unscored), model_id, name,
    architecture, training, recipe, head, pretraining_data, backbone, lineage, licence, commercial_use ("yes", "no" or
    "unknown"), macs_billions, activations_millions, input_size (NaN where not counted), score, one column per
    dimension, and ``contribution.<dimension>`` (they sum to the score) and ``percentile.<dimension>`` (mid-rank, 0 to
    1, larger is better); standings (dimension -> better_than, level_with, others), flags (list), flagged (dimension ->
    flags) and missing (list of dimension and reason).

    ``notices`` has a sentence for each weighted dimension that mixes values made of different corruptions, attacks or
    data sets, and is empty where none is known to.
    """

    frame: pd.DataFrame
    data_version: str
    benchmark: str
    protocol: str
    dimensions: list[str]
    coverage: str
    quality: str
    normalisation: str
    frozen_norms: JsonObject | None
    preset: str | None
    weights: dict[str, float]
    shares: dict[str, float]
    total: int
    total_models: int
    notices: list[str]

    def _weighting(self) -> str:
        """Where the weights started, and what each counts: after a preset, some may have been given others."""
        counted = ", ".join(f"{key} {percent(share)}" for key, share in self.shares.items() if share)
        return f"weights {f'started from preset {self.preset}' if self.preset else 'of your own'} ({counted})"

    def _repr_html_(self) -> str:
        """The first rows, as a notebook shows them."""
        shown = self.frame[["rank", "name", "score", *self.dimensions]].head(_SHOWN_ROWS)
        # An unranked model has no rank, which a table would show as a sign of its own.
        shown = shown.assign(rank=shown["rank"].astype(object).where(shown["rank"].notna(), ""))
        rest = "" if len(self.frame) <= _SHOWN_ROWS else f" The first {_SHOWN_ROWS} of {len(self.frame):,} rows:"
        said = (
            f"{self.total:,} of {self.total_models:,} models on {self.benchmark} ({self.protocol}); "
            f"{self._weighting()}, normalisation {self.normalisation}, {self.coverage}; "
            f"data version {self.data_version}.{rest}"
        )
        notices = "".join(f"<p>{escape(each)}</p>" for each in self.notices)
        return f"<p>{escape(said)}</p>{notices}{shown.to_html(index=False, na_rep='', float_format='{:.3f}'.format)}"
