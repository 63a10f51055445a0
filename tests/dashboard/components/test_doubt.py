from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from dashboard.catalogue import Catalogue, Flag
from dashboard.components.doubt import GREY, grey_cells, reason, says_nothing

FLAG = Flag(key="chance-level", label="At chance level", meaning="It guesses.", dimensions=("shape_bias",), count=1)


def catalogue(**flags: Flag) -> Catalogue:
    return cast("Catalogue", SimpleNamespace(flags={flag.key: flag for flag in flags.values()}))


def test_only_a_guess_says_nothing() -> None:
    assert says_nothing(["outlier", "chance-level"])
    assert not says_nothing(["outlier"])


def test_the_reason_names_the_models_that_guess() -> None:
    items: list[dict[str, Any]] = [
        {"name": "Random*", "flags": ["chance-level"]}, {"name": "Sound", "flags": ["outlier"]},
    ]  # fmt: skip
    assert reason(items, catalogue(a=FLAG)) == "In grey: **at chance level** (Random\\*). It guesses."
    assert reason(items[1:], catalogue(a=FLAG)) == ""
    # A service of before knows no such flag.
    assert reason(items, catalogue()) == ""


def test_the_cells_are_grey_and_no_others() -> None:
    table = pd.DataFrame({"Dimension": ["a", "b"], "Value": ["1", "2"]})
    html = grey_cells(table, [False, True], ["Value"]).to_html()
    assert html.count(GREY.partition(";")[0]) == 1
    assert "row1_col1" in html.partition("</style>")[0]
