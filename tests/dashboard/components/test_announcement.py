"""The sentence for screen readers."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from dashboard.components.announcement import text


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("A", 0.5), ("B", 1.25), ("C", None)], "B leads 3 models with a score of 1.25."),
        ([("A", None)], "No model is ranked in this view."),
        ([], "No model is ranked in this view."),
    ],
)
def test_who_leads(rows: list[tuple[str, float | None]], said: str) -> None:
    frame = pd.DataFrame(rows, columns=["name", "score"])
    ranking: Any = SimpleNamespace(frame=frame, total=len(rows))
    assert text(ranking) == said
