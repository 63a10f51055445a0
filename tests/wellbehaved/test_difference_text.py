"""What a terminal says of two models, down to each word that stands for a number."""

from typing import Any

import pytest
from rich.console import Console

from quba.dimensions import DIMENSIONS
from wellbehaved.difference_text import difference_table, flip_lines

LABELS = [
    {
        "key": key, "label": each.label, "short_label": each.short_label, "direction": each.direction,
        "decimals": each.decimals, "higher_is_better": each.higher_is_better,
    }
    for key, each in DIMENSIONS.items()
]  # fmt: skip


def item(dimension: str = "accuracy", **others: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {
        "dimension": dimension, "value_a": 0.5, "value_b": 0.625, "difference": 0.125, "standard_error": 0.01,
        "low": 0.1, "high": 0.15, "p": 0.001, "p_holm": 0.002, "paired": True, "missing_a": None, "missing_b": None,
        **others,
    }  # fmt: skip


def answer(*items: dict[str, Any], **others: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {
        "data_version": "1-0", "confidence": 0.95, "a": {"name": "Old"}, "b": {"name": "New [big]"}, "paired": True,
        "unpaired": None, "items": list(items), "flips": [], "flips_by_class": [], **others,
    }  # fmt: skip


def printed(told: dict[str, Any], *, brief: bool = False) -> str:
    console = Console(width=200)
    with console.capture() as capture:
        console.print(difference_table(told, LABELS, brief=brief))
    return capture.get()


def test_a_row_has_both_values_the_difference_and_its_interval() -> None:
    text = printed(answer(item()))
    assert "New [big] against Old, paired" in text
    for cell in ("0.50000", "0.62500", "+0.12500", "+0.10000 to +0.15000", "0.002", "95 % interval"):
        assert cell in text
    brief = printed(answer(item()), brief=True)
    assert "0.62500" not in brief
    assert "+0.12500" in brief


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (item(), "New [big] is better, more than chance"),
        (item("calibration_error"), "New [big] is worse, more than chance"),
        (item(difference=-0.125), "New [big] is worse, more than chance"),
        (item(p_holm=0.06), "not shown to differ"),
        (item(p_holm=0.06, paired=False), "not shown to differ, not paired"),
        (item(paired=False), "more than chance, not paired"),
        (item(difference=0.0, p_holm=1.0), "equal"),
        (item("parameters_millions", p=None, p_holm=None), "New [big] is worse"),
        (
            item(low=None, high=None, p=None, p_holm=None, paired=False),
            "New [big] is better as measured; how sure that is, nobody knows, not paired",
        ),
        (
            item(value_b=None, difference=None, low=None, high=None, p_holm=None, missing_b="data_set_missing"),
            "New [big]: data_set_missing",
        ),
    ],
)
def test_each_difference_is_put_into_words(found: dict[str, Any], words: str) -> None:
    assert any(line.rstrip(" │┃").endswith(words) for line in printed(answer(found)).splitlines())


def test_what_neither_was_asked_for_is_left_out() -> None:
    absent = {"value_a": None, "value_b": None, "difference": None, "low": None, "high": None, "p_holm": None}
    neither = item("shape_bias", **absent, missing_a="not_measured", missing_b="not_measured")
    one = item("object_focus", **absent, missing_a="not_measured", missing_b="failed")
    text = printed(answer(item(), neither, one))
    assert "Shape bias" not in text
    assert "Old: not_measured; New [big]: failed" in text


def test_the_level_is_that_of_the_confidence_asked_for() -> None:
    assert "more than chance" in printed(answer(item(p_holm=0.06), confidence=0.9))


def test_without_pairing_only_the_line_below_says_so() -> None:
    told = answer(item(paired=False), paired=False, unpaired="There is no evidence of Old.", flips=None)
    text = printed(told)
    assert "New [big] against Old, not paired" in text
    assert "more than chance, not paired" not in text
    assert list(flip_lines(told)) == [
        "Not paired: the models are compared as if they had seen other images. There is no evidence of Old."
    ]


def test_flips_are_told_by_pass_and_class() -> None:
    flips = [
        {"name": "corruptions:fog/1", "now_wrong": 5, "now_right": 1},
        {"name": "corruptions:fog/2", "now_wrong": 1200, "now_right": 2},
        {"name": "clean", "now_wrong": 37, "now_right": 4},
        {"name": "pgd", "now_wrong": 0, "now_right": 0},
    ]
    classes = [
        {"label": number, "name": "rose" if number == 6 else None, "now_wrong": number, "now_right": 0}
        for number in range(8)
    ]
    told = answer(item(), item("shape_bias", paired=False), flips=flips, flips_by_class=classes)
    assert list(flip_lines(told)) == [
        "Dimensions marked as not paired are compared as if the models had seen other images.",
        "clean: of the decisions, 37 were right and are now wrong, and 4 were wrong and are now right.",
        "  now wrong by class: class 7 7, rose 6, class 5 5, class 4 4, class 3 3 and 2 more classes.",
        "corruptions over 2 variants: of the decisions, 1,205 were right and are now wrong, and 3 were wrong and are "
        "now right.",
        "pgd: of the decisions, 0 were right and are now wrong, and 0 were wrong and are now right.",
    ]
    few = answer(item(), flips=flips[2:3], flips_by_class=classes[6:7])
    assert list(flip_lines(few))[-1] == "  now wrong by class: rose 6."


def test_without_classes_of_the_images_nothing_is_said_of_classes() -> None:
    told = answer(item(), flips=[{"name": "clean", "now_wrong": 3, "now_right": 0}])
    assert list(flip_lines(told)) == [
        "clean: of the decisions, 3 were right and are now wrong, and 0 were wrong and are now right."
    ]


def cells(told: dict[str, Any], *, brief: bool = False) -> list[list[str]]:
    lines = printed(told, brief=brief).splitlines()
    return [[cell.strip() for cell in line.strip("│┃").split("│")] for line in lines if line.startswith("│")]


@pytest.mark.parametrize(
    ("key", "row"),
    [
        # One decimal more than the value itself is shown with.
        ("accuracy", ["Accuracy (higher is better)", "0.50000", "0.62500", "+0.12500",
                      "+0.10000 to +0.15000", "0.002"]),
        ("calibration_error", ["Calibration error (lower is better)", "0.50000", "0.62500", "+0.12500",
                               "+0.10000 to +0.15000", "0.002"]),
        ("parameters_millions", ["Parameters (lower is better)", "0.50", "0.62", "+0.12", "+0.10 to +0.15", "0.002"]),
    ],
)  # fmt: skip
def test_each_dimension_has_its_own_decimals_and_one_more(key: str, row: list[str]) -> None:
    [found] = cells(answer(item(key)))
    assert found[:-1] == row


def test_a_brief_row_has_the_short_label_and_no_values() -> None:
    [found] = cells(answer(item(difference=-0.125, low=-0.15, high=0.1)), brief=True)
    short = DIMENSIONS["accuracy"].short_label
    assert found == [short, "-0.12500", "-0.15000 to +0.10000", "0.002", "New [big] is worse, more than chance"]


def test_what_is_not_known_is_a_dash_in_its_place() -> None:
    unknown = item(
        value_a=None, difference=None, low=None, high=None, p_holm=None, missing_a="not_applicable", missing_b=None
    )
    [found] = cells(answer(unknown))
    assert found == ["Accuracy (higher is better)", "-", "0.62500", "-", "-", "-", "Old: not_applicable"]


@pytest.mark.parametrize(
    ("confidence", "share"), [(0.9, "90 % interval"), (0.95, "95 % interval"), (0.999, "99.9 % interval")]
)
def test_the_heading_says_the_confidence_of_the_interval(confidence: float, share: str) -> None:
    told = answer(item(), confidence=confidence)
    for brief in (False, True):
        text = printed(told, brief=brief)
        assert share in text
        assert "data version 1-0" in text
    assert "New [big] - Old" in printed(told)
    assert "difference" in printed(told, brief=True)


@pytest.mark.parametrize(
    ("p", "text"), [(0.05, "0.05"), (0.0449, "0.045"), (1e-9, "1e-09"), (1.0, "1"), (0.000123, "0.00012")]
)
def test_a_p_value_has_two_digits(p: float, text: str) -> None:
    [found] = cells(answer(item(p_holm=p)))
    assert found[-2] == text


@pytest.mark.parametrize("count", [1, 5, 6, 7])
def test_five_classes_are_named_and_of_the_others_the_number(count: int) -> None:
    classes = [{"label": number, "name": f"c{number}", "now_wrong": 1, "now_right": 0} for number in range(count)]
    told = answer(item(), flips=[{"name": "clean", "now_wrong": count, "now_right": 0}], flips_by_class=classes)
    *_, last = flip_lines(told)
    named = ", ".join(f"c{number} 1" for number in range(min(count, 5)))
    more = f" and {count - 5} more classes" if count > 5 else ""
    assert last == f"  now wrong by class: {named}{more}."


def test_where_only_right_decisions_were_gained_no_class_is_named() -> None:
    gained = [{"label": 0, "name": "rose", "now_wrong": 0, "now_right": 4}]
    told = answer(item(), flips=[{"name": "clean", "now_wrong": 0, "now_right": 4}], flips_by_class=gained)
    assert list(flip_lines(told)) == [
        "clean: of the decisions, 0 were right and are now wrong, and 4 were wrong and are now right."
    ]


def test_a_value_that_is_missing_is_no_reason_to_speak_of_pairs() -> None:
    absent = item(value_b=None, difference=None, low=None, high=None, p_holm=None, missing_b="failed", paired=False)
    assert list(flip_lines(answer(item(), absent))) == []
