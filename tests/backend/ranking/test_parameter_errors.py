from typing import Annotated

import httpx
import pytest
from pydantic import Field

from backend.evaluations.evaluation_request import EvaluationRequest
from backend.problems import ProblemError
from backend.ranking.parameter_errors import nearest, shown_value
from backend.ranking.parameters import Parameter, fields_of


def test_values_are_shown_short_and_finite() -> None:
    assert shown_value("cn") == "'cn'"
    assert len(shown_value("x" * 10_000)) <= 110
    assert len(shown_value(10**4000)) <= 110
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert len(shown_value(deep)) < 50
    assert shown_value({"a": list(range(1000))}) == "{'a': [0, 1, 2, 3, 4, 5, ...]}"


def test_the_nearest_name() -> None:
    assert nearest("acuracy", ("accuracy", "name")) == "accuracy"
    assert nearest("zzz", ("accuracy", "name")) is None
    assert nearest("x" * 1_000_000, ("accuracy",)) is None


@pytest.mark.parametrize(
    ("name", "value", "rule", "step"),
    [
        ("draws", "5", "must be 100 or more", "Send draws=100 or more."),
        ("draws", "1000000", "must be 20000 or less", "Send draws=20000 or less."),
        ("draws", "150.5", "must be a whole number", "Leave the fraction out."),
        ("jitter", "0", "must be above 0", "Send more than jitter=0."),
        ("jitter", "9", "must be 2 or less", "Send jitter=2 or less."),
        ("seed", "-1", "must be 0 or more", "Send seed=0 or more."),
        ("seed", "moon", "must be a plain decimal number", "Send for example seed=1."),
        ("top_k", "0", "must be 1 or more", "Send top_k=1 or more."),
    ],
)
def test_a_number_out_of_range_is_told_its_range(
    client: httpx.Client, name: str, value: str, rule: str, step: str
) -> None:
    (fault,) = client.get("/v1/stability", params={name: value}).json()["errors"]
    assert (fault["rule"], fault["next_step"]) == (rule, step)


def test_bounds_are_told_as_the_rule_has_them() -> None:
    for most in (7, 200):
        group = {"limit": Parameter(Annotated[int, Field(ge=3, le=most)], "Most."), "dimensions": Parameter(
            Annotated[tuple[str, ...], Field(min_length=2, max_length=most)], "Some."
        )}  # fmt: skip
        with pytest.raises(ProblemError) as caught:
            fields_of(group).read({"limit": 1000, "dimensions": ["a"]})
        assert [fault["rule"] for fault in caught.value.errors] == [
            f"must be a whole number from 3 to {most}", f"must name 2 to {most} dimensions, separated by commas",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rule", "step"),
    [
        (
            "=1+1",
            "must not start with =, +, -, @ or a tab, which a spreadsheet would run as a formula",
            "Put a letter first.",
        ),
        ("a\u202eb", "must not hold control or invisible characters", "Delete them."),
        ("n" * 201, "must have at most 200 characters, not 201", "Shorten it."),
        (" Mine", "must not start or end with a space", "Delete it."),
    ],
)
def test_names_of_evaluations_obey_the_rules_of_imported_ones(name: str, rule: str, step: str) -> None:
    with pytest.raises(ProblemError) as caught:
        EvaluationRequest.read({"name": name})
    (fault,) = caught.value.errors
    assert (fault["rule"], fault["next_step"]) == (rule, step)
    assert EvaluationRequest.read({"name": "Mode\u0300le"}).name == "Modèle"
