"""DataFrames from the API's items, built column by column: a few milliseconds for some hundred models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# Both are imported where a frame is made: they take longer than all else of the client, and many questions make none.

RANKS = ("rank", "overall_rank", "default_rank")
IDENTITY = (
    "model_id",
    "name",
    "architecture",
    "training",
    "recipe",
    "head",
    "pretraining_data",
    "backbone",
    "lineage",
    "licence",
    "commercial_use",
)

COSTS = ("macs_billions", "activations_millions", "input_size")

INTERVALS = (
    "model_id", "name", "rank", "rank_low", "rank_high", "score", "standard_error", "p_first", "tier", "behind",
    "behind_low", "behind_high", "estimated", "unknown",
)  # fmt: skip
"""The columns of a frame of rank intervals without any model."""

Item = dict[str, Any]


def _numbers(items: Sequence[Item], field: str, key: str) -> np.ndarray:
    """One number per item, NaN where the answer says null or leaves the key out."""
    import numpy as np

    # With the type named, None becomes NaN; without it, the column would be of objects.
    return np.array([(item.get(field) or {}).get(key) for item in items], dtype=np.float64)


def ranking_frame(items: Sequence[Item], dimensions: Sequence[str]) -> pd.DataFrame:
    """The items of a ranking as one row per model; the columns are those of `wellbehaved.Ranking`."""
    import numpy as np
    import pandas as pd

    # Int64 keeps a rank that is missing apart from 0, and the others whole.
    columns: dict[str, Any] = {rank: pd.array([item.get(rank) for item in items], dtype="Int64") for rank in RANKS}
    columns |= {field: pd.array([item.get(field) for item in items], dtype=object) for field in IDENTITY}
    columns |= {cost: np.array([item.get(cost) for item in items], dtype=np.float64) for cost in COSTS}
    columns["score"] = np.array([item["score"] for item in items], dtype=np.float64)
    for prefix, field in (("", "scores"), ("contribution.", "contributions"), ("percentile.", "percentiles")):
        columns |= {f"{prefix}{key}": _numbers(items, field, key) for key in dimensions}
    for field in ("standings", "flags", "flagged", "missing"):
        columns[field] = pd.array([item.get(field) for item in items], dtype=object)
    return pd.DataFrame(columns)


def model_frame(items: Sequence[Item]) -> pd.DataFrame:
    """Models as the API lists them: identity first, then whatever else an item holds."""
    import pandas as pd

    frame = pd.DataFrame.from_records(list(items))
    # No model at all leaves a frame without columns.
    leading = [field for field in IDENTITY if field in frame]
    return frame[leading + [column for column in frame if column not in leading]]


def pareto_frame(items: Sequence[Item]) -> pd.DataFrame:
    """One row per model with its layer, its witness and one column per dimension asked for."""
    import pandas as pd

    rows = [{key: value for key, value in item.items() if key != "scores"} | item["scores"] for item in items]
    return pd.DataFrame.from_records(rows)


def correlation_frame(pairs: Sequence[Item]) -> pd.DataFrame:
    """One row per pair; rho and p are missing where a variable is constant."""
    import pandas as pd

    return pd.DataFrame.from_records(list(pairs), columns=["a", "b", "rho", "p", "n", "significant"])


def decision_frame(items: Sequence[Item], columns: Sequence[str] = ()) -> pd.DataFrame:
    """One row per item; what an item holds by dimension becomes a column ``part.dimension`` each.

    Args:
        items: of an answer.
        columns: those that a frame without any row has all the same.
    """
    import pandas as pd

    return pd.json_normalize(list(items)) if items else pd.DataFrame(columns=list(columns))
