"""What a comparison of groups may be asked, and what it is where nothing is said."""

import pytest

from backend.problems import ProblemError
from backend.ranking.decision_parameters import GROUPS
from backend.ranking.parameters import ParameterSet

ASKED = ParameterSet("Asked", GROUPS)


def test_where_nothing_is_said() -> None:
    assert ASKED.from_mapping({}) == {
        "paired_by": None, "estimator": "mean_difference", "alpha": 0.05, "draws": 2_000, "seed": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("alpha", "0"), ("alpha", "1"), ("alpha", "nan"), ("draws", "99"), ("draws", "20001"), ("draws", "1.5"),
        ("seed", "-1"), ("seed", str(2**32)), ("estimator", "median"), ("paired_by", "name"),
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(ProblemError) as refused:
        ASKED.from_mapping({name: text})
    assert (refused.value.status, refused.value.code) == (422, "invalid_parameter")
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("alpha", "1e-9", 1e-9), ("draws", "100", 100), ("draws", "20000", 20_000), ("seed", str(2**32 - 1), 2**32 - 1)],
)
def test_the_bounds_themselves_are_taken(name: str, text: str, value: float) -> None:
    assert ASKED.from_mapping({name: text})[name] == value
