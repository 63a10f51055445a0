from collections.abc import Mapping
from typing import Annotated, Literal

import httpx
import pytest
from pydantic import Field

from backend.evaluations.evaluation_request import EvaluationRequest
from backend.problems import ProblemError
from backend.ranking.parameter_errors import limits, nearest, shown_value
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


def faults_of(groups: Mapping[str, Parameter], given: Mapping[str, object]) -> list[tuple[str, ...]]:
    with pytest.raises(ProblemError) as caught:
        fields_of(groups).read(given)
    return [
        tuple(str(fault[name]) for name in ("parameter", "value", "rule", "next_step")) for fault in caught.value.errors
    ]


NUMBER = {"jitter": Parameter(Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)], "Jitter.", 0.5)}
WORDS = {"among": Parameter(Literal["filtered", "all"], "Whom.", "all"), "paired": Parameter(bool, "Paired.", False)}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"jitter": 0}, ("jitter", "0", "must be above 0", "Send more than jitter=0.")),
        ({"jitter": 1}, ("jitter", "1", "must be below 1", "Send less than jitter=1.")),
        ({"jitter": "x"}, ("jitter", "'x'", "must be a plain decimal number", "Send for example jitter=0.7.")),
        ({"jitter": float("nan")}, ("jitter", "nan", "must be a finite number", "Send for example jitter=0.7.")),
    ],
)
def test_each_broken_bound_says_which_and_what_would_do(given: dict[str, object], fault: tuple[str, ...]) -> None:
    assert faults_of(NUMBER, given) == [fault]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"among": "filter"}, ("among", "'filter'", "must be one of filtered, all", "Did you mean 'filtered'?")),
        ({"among": "x"}, ("among", "'x'", "must be one of filtered, all", "Send for example among=filtered.")),
        ({"among": 7}, ("among", "7", "must be one of filtered, all", "Send for example among=filtered.")),
    ],
)
def test_a_word_that_is_none_of_a_list_has_the_nearest_or_the_first(
    given: dict[str, object], fault: tuple[str, ...]
) -> None:
    assert faults_of(WORDS, given) == [fault]


def test_a_name_that_is_no_parameter_has_the_nearest_or_all_there_are() -> None:
    assert faults_of(WORDS, {"amon": "all"}) == [
        ("amon", "'all'", "there is no such parameter here", "Did you mean `among`?")
    ]
    assert faults_of(WORDS, {"zzz": 1}) == [("zzz", "1", "there is no such parameter here", "It takes: among, paired.")]
    assert faults_of({}, {"zzz": 1})[0][3] == "It takes: no parameters."


def test_weights_and_bounds_are_named_by_their_kind_and_not_one_by_one() -> None:
    many = {
        f"{start}{key}{end}": Parameter(float, "Number.", 0.0)
        for key in ("accuracy", "shape_bias") for start, end in (("w.", ""), ("", ".gte"), ("", ".lte"))
    }  # fmt: skip
    [(_, _, _, step)] = faults_of({**many, "q": Parameter(str, "Words.", "")}, {"zzz": 1})
    assert step == "It takes: q, w.DIMENSION, DIMENSION.gte and DIMENSION.lte."


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"w.x": 1}, "unknown_dimension"),
        ({"zzz": 1}, "unknown_parameter"),
        ({"zzz": 1, "w.x": 1}, "unknown_parameter"),
        ({"w.accuracy": "x"}, "invalid_weight"),
        ({"w.accuracy": "x", "w.x": 1}, "invalid_weight"),
        ({"w.accuracy": "x", "q": 1}, "invalid_parameter"),
        ({"q": 1, "zzz": 1}, "invalid_parameter"),
    ],
)
def test_mixed_faults_have_the_more_general_code(given: dict[str, object], code: str) -> None:
    made = fields_of({"w.accuracy": Parameter(float, "Weight.", 1.0), "q": Parameter(str, "Words.", "")})
    with pytest.raises(ProblemError) as caught:
        made.read(given)
    assert (caught.value.status, caught.value.code) == (422, code)


def test_all_faults_are_counted_and_twenty_are_listed() -> None:
    with pytest.raises(ProblemError) as caught:
        fields_of(WORDS).read({f"x{number}": 1 for number in range(23)})
    assert len(caught.value.errors) == 20
    assert caught.value.detail.endswith("(and 3 more).")
    with pytest.raises(ProblemError) as caught:
        fields_of(WORDS).read({f"x{number}": 1 for number in range(20)})
    assert "more" not in caught.value.detail


def test_a_long_name_and_a_long_value_are_cut() -> None:
    [(name, value, _, _)] = faults_of(WORDS, {"x" * 500: "y" * 500})
    assert name == "x" * 100
    assert len(value) <= 100


def test_bounds_are_read_from_the_schema_of_whole_numbers_and_lists_alone() -> None:
    group = {
        "limit": Parameter(Annotated[int, Field(ge=1, le=9)] | None, "Most."),
        "models": Parameter(Annotated[tuple[str, ...], Field(min_length=2, max_length=6)], "Some."),
        "share": Parameter(Annotated[float, Field(ge=0, le=1)], "Share.", 0.5),
        "open": Parameter(Annotated[int, Field(ge=1)], "Open.", 1),
    }
    assert limits(fields_of(group).model_json_schema()) == {"limit": (1, 9), "models": (2, 6)}
    assert limits({}) == {}
