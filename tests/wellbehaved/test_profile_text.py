"""A profile as text and as a table; what somebody wrote into a name is shown and not obeyed."""

import re
from dataclasses import replace

from tests.wellbehaved.profiles import CONDITIONS, make_profile
from wellbehaved.profile_text import conditions_text, profile_html, profile_lines


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
