import pandas as pd
import pytest

from dashboard.catalogue import Catalogue
from dashboard.components.doubt import GREY
from dashboard.components.evaluation_card import headline, rank_interval, results_table

STANDING = {
    "rank": 120, "rank_low": 101, "rank_high": 139, "of": 327, "confidence": 0.9, "label": "interim, quick subset",
    "dimensions": ["accuracy"], "missing": [],
}  # fmt: skip
ANSWER = {"name": "Mine", "state": "running", "place_in_queue": None, "standing": STANDING}


@pytest.mark.parametrize(
    ("known", "first_line", "fact"),
    [
        (
            {},
            "Mine: provisional rank 101 to 139 of 327.",
            "rank 101 to 139 (90 % interval from measurement error)",
        ),
        (
            {"rank_low": 120, "rank_high": 120},
            "Mine: provisional rank 120 of 327.",
            "rank 120 (90 % interval from measurement error)",
        ),
        (
            {"rank_low": None, "rank_high": None},
            "Mine: provisional rank 120 of 327.",
            "no rank interval, because the standard error of a value is not known",
        ),
    ],
)
def test_an_interim_rank_is_an_interval_unless_an_error_is_not_known(
    known: dict[str, int | None], first_line: str, fact: str
) -> None:
    standing = {**STANDING, **known}
    assert headline({**ANSWER, "standing": standing}) == first_line
    assert rank_interval(standing) == fact


@pytest.mark.parametrize(
    ("answer", "first_line"),
    [
        ({"state": "succeeded"}, "Mine ranks 120 of 327."),
        (
            {"state": "succeeded", "standing": {**STANDING, "missing": ["shape_bias"]}},
            "Mine ranks 120 of 327 on the one dimension measured.",
        ),
        ({"state": "queued", "standing": None, "place_in_queue": 3}, "Mine is queued, position 3."),
        ({"state": "failed", "standing": None}, "Mine could not be measured."),
    ],
)
def test_the_first_line_says_where_the_model_stands(answer: dict[str, object], first_line: str) -> None:
    assert headline({**ANSWER, **answer}) == first_line


def test_what_says_nothing_is_grey_in_its_own_phase(catalogue: Catalogue) -> None:
    value = {"value": 0.82, "standard_error": None, "missing_reason": None}
    results = [
        {**value, "phase": "quick", "dimension": "shape_bias", "flags": ["chance-level"]},
        {**value, "phase": "full", "dimension": "shape_bias", "flags": []},
    ]
    styler = results_table({"dimensions": ["accuracy", "shape_bias"], "results": results}, catalogue)
    html = styler.to_html()
    assert GREY.partition(";")[0] in html
    marked = html.partition("{")[0]
    assert "row1_col1" in marked
    assert "col2" not in marked
    table = pd.DataFrame(vars(styler)["data"])
    assert table["Quick subset"].tolist() == ["…", "0.8200"]
