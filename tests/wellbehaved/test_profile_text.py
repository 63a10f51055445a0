"""A profile as text and as a table; what somebody wrote into a name is shown and not obeyed."""

import re
from dataclasses import replace

import pytest

from tests.wellbehaved.profiles import CONDITIONS, make_profile
from wellbehaved.profile_text import (
    conditions_text,
    interval_text,
    profile_html,
    profile_lines,
    remark_lines,
    remark_text,
    table_html,
    value_text,
)


def test_the_conditions_are_said_in_words() -> None:
    assert conditions_text(make_profile()) == "Toy shapes, corrected, seed 0"
    subset = replace(CONDITIONS, samples_per_class=5, digest="sha256:0123456789abcdef")
    words = "Toy shapes, corrected, 5 images of each class, seed 0, sha256:0123456789ab"
    assert conditions_text(make_profile(conditions=subset)) == words
    one = make_profile(conditions=replace(CONDITIONS, samples_per_class=1))
    assert "1 image of each class" in conditions_text(one)


def test_a_profile_is_printed_with_errors_reasons_and_notes() -> None:
    profile = make_profile(notes=("It was in training mode.",))
    lines = list(profile_lines(profile))
    assert repr(profile) == "\n".join(lines)
    assert lines[0] == "mine: Toy shapes, corrected, seed 0; value ± standard error"
    assert "  Accuracy                0.6250 ± 0.1710" in lines
    assert "  Adversarial robustness  none (not_applicable)" in lines
    assert "  Calibration error       0.1000 ± 0.0500 [few-images]" in lines
    assert lines[-1] == "It was in training mode."
    assert "Adversarial robustness: No <pixels> | are known." in lines


def test_a_reason_without_words_is_said_in_its_own() -> None:
    results = {"accuracy": {**make_profile().results["adversarial_robustness"], "detail": ""}}
    assert "Accuracy: The dimension is not defined for this model on this data." in repr(make_profile(results=results))


def test_what_several_dimensions_share_is_said_once() -> None:
    profile = make_profile(guesses={"accuracy": "It guesses.", "parameters_millions": "It guesses."})
    assert repr(profile).count("It guesses.") == 1
    assert "Accuracy, Parameters: It guesses." in repr(profile)


def test_the_table_escapes_and_sets_no_colours() -> None:
    html = profile_html(make_profile("<script>alert(1)</script>", notes=("a & b",)))
    assert make_profile("x")._repr_html_() == profile_html(make_profile("x"))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "No &lt;pixels&gt; | are known." in html
    assert "<div>a &amp; b</div>" in html
    assert not re.search(r"color|background", html)
    assert html.count("<tr>") == 1 + 4
    assert "0.2898 to 0.9602" in html


def test_values_stand_below_each_other_behind_the_longest_label() -> None:
    lines = list(profile_lines(make_profile()))[1:5]
    # Behind the longest label, "Adversarial robustness", and two spaces.
    assert [line[:26].rstrip() for line in lines] == [
        "  Accuracy", "  Adversarial robustness", "  Calibration error", "  Parameters",
    ]  # fmt: skip
    assert [line[26:] for line in lines] == [
        "0.6250 ± 0.1710", "none (not_applicable)", "0.1000 ± 0.0500 [few-images]", "0.3",
    ]  # fmt: skip


def test_a_profile_of_nothing_is_its_conditions() -> None:
    assert list(profile_lines(make_profile(results={}))) == [
        "mine: Toy shapes, corrected, seed 0; value ± standard error"
    ]


@pytest.mark.parametrize(
    ("key", "value", "interval", "remark"),
    [
        ("accuracy", "0.6250 ± 0.1710", "0.2898 to 0.9602", ""),
        ("adversarial_robustness", "none (not_applicable)", "", "not_applicable"),
        # The lower end is the dimension's own: no error is below 0.
        ("calibration_error", "0.1000 ± 0.0500", "0.0020 to 0.1980", "few-images"),
        ("parameters_millions", "0.3", "", ""),
    ],
)
def test_a_value_its_interval_and_its_remark(key: str, value: str, interval: str, remark: str) -> None:
    found = make_profile()[key]
    assert (value_text(found), interval_text(found), remark_text(found)) == (value, interval, remark)


def test_several_flags_are_named_beside_each_other() -> None:
    guessing = make_profile(guesses={"calibration_error": "It guesses."})["calibration_error"]
    assert remark_text(guessing) == "few-images, chance-level"


def test_remarks_come_in_the_order_of_the_dimensions_and_notes_behind_them() -> None:
    profile = make_profile(guesses={"accuracy": "It guesses."}, notes=("First.", "Second."))
    assert list(remark_lines(profile)) == [
        "Accuracy: It guesses.",
        "Adversarial robustness: No <pixels> | are known.",
        "Calibration error: Few images.",
        "First.",
        "Second.",
    ]


def test_words_of_a_table_stand_left_and_numbers_right() -> None:
    html = table_html("<b>t</b>", ("a", "b", "c", "d"), [("1<", "2", "3", "4&"), ("5", "6", "7", "8")], ["n<"])
    left, right = ("text-align: left", "text-align: right")
    assert re.findall(r'<th style="([^"]*)">', html) == [left, right, right, left]
    assert re.findall(r'<td style="([^"]*)">', html) == [left, right, right, left] * 2
    assert html.startswith("<div><b>t</b></div><table ")
    assert html.endswith("</tbody></table><div>n&lt;</div>")
    assert ">1&lt;</td>" in html
    assert ">4&amp;</td>" in html


def test_a_row_of_another_length_than_its_heads_is_a_fault() -> None:
    with pytest.raises(ValueError, match="zip"):
        table_html("t", ("a", "b"), [("1",)], [])


def test_a_notebook_has_each_figure_of_the_terminal_and_the_interval() -> None:
    html = profile_html(make_profile())
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", html)
    assert heads == ["Dimension", "Value ± standard error", "95 % interval", ""]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", html)
    assert cells[:4] == ["Accuracy (higher is better)", "0.6250 ± 0.1710", "0.2898 to 0.9602", ""]
    assert cells[8:12] == ["Calibration error (lower is better)", "0.1000 ± 0.0500", "0.0020 to 0.1980", "few-images"]
    assert len(cells) == 16
