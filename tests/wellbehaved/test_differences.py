"""How two profiles differ: values, images that flipped, and pairs that cannot be compared."""

import contextvars
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quba.deciding.paired_differences import Flips
from quba.dimensions import DIMENSIONS, DimensionSet, dimensions_in_force
from quba.errors import Refusal
from tests.dimension_package import DOUBT, doubt_of, install
from tests.wellbehaved.profiles import CONDITIONS, RESULTS, RIGHT, make_profile, plain
from wellbehaved.differences import Difference, difference_of

# The first of class 0 and the fifth, of class 1, are wrong now; the last is right.
SPOILT = [False, *RIGHT[1:4], False, *RIGHT[5:7], True]
REPORT = {"classes": [{"name": "rose"}, {"name": "<tulip>"}]}


def difference(**more: Any) -> Difference:  # noqa: ANN401 - fields of the second profile
    return make_profile(class_report=REPORT).compare(make_profile("other", right=SPOILT, **more))


def test_the_values_are_paired() -> None:
    found = difference()
    accuracy = found["accuracy"]
    assert accuracy.difference == pytest.approx(-1 / 8)
    assert accuracy.paired
    # Two images one way and one the other.
    assert accuracy.p == 1.0
    assert found["parameters_millions"].difference == 0
    assert not found["calibration_error"].paired
    with pytest.raises(KeyError, match="'shape_bias' was not measured; there are accuracy, adv"):
        found["shape_bias"]


def test_the_images_that_flipped_are_counted_by_pass_and_class() -> None:
    found = difference()
    assert found.flips["clean"].now_wrong.tolist() == [0, 4]
    assert found.flips["clean"].now_right.tolist() == [7]
    assert dict(found.flips["clean"].wrong_by_class) == {0: 1, 1: 1}
    frame: Any = found.flips_frame
    assert frame.loc["clean"].tolist() == [2, 1]
    assert found.class_names == {0: "rose", 1: "<tulip>"}


def test_a_model_against_itself() -> None:
    profile = make_profile()
    found = profile.compare(profile)
    assert [each.difference for each in found.items if each.difference is not None] == [0, 0, 0]
    assert found.flips["clean"].now_wrong.size == found.flips["clean"].now_right.size == 0
    assert "0 were right and are now wrong, and 0 were wrong" in repr(found)
    assert "of these classes" not in repr(found)


def test_the_frame_has_a_row_for_each_dimension() -> None:
    frame: Any = difference().frame
    assert list(frame.index) == list(RESULTS)
    assert frame.loc["accuracy", "difference"] == pytest.approx(-1 / 8)
    assert frame.loc["accuracy", "paired"]
    assert frame.loc["adversarial_robustness", "missing_b"] == "not_applicable"


def test_it_is_printed_with_what_flipped() -> None:
    lines = repr(difference(results={**RESULTS, "calibration_error": plain(None, missing="too_few_images")}))
    assert lines.startswith("other minus mine: Toy shapes, corrected, seed 0\n")
    assert re.search(r"Accuracy \(higher is better\): 0\.6250 -> 0\.5000, -0\.1250 \(-0\.\d+ to \+0\.\d+\), p 1$",
                     lines, re.MULTILINE)  # fmt: skip
    assert "Calibration error (lower is better): 0.1000 -> none, no value now (too_few_images)" in lines
    assert "Of the clean images, 2 were right and are now wrong, and 1 was wrong and is now right." in lines
    assert "Most of the images that are now wrong are of these classes: rose: 1, <tulip>: 1." in lines


def apart(ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it answers
    return contextvars.copy_context().run(ask)


def test_what_a_package_measured_in_another_thread_is_there_in_every_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "is_compared_apart", DOUBT)
    with dimensions_in_force(DimensionSet(own=(doubt_of("is_compared_apart"),))):
        old, new = (
            make_profile(name, results={**RESULTS, "doubt": plain(value)})
            for name, value in (("mine", 0.5), ("other", 0.25))
        )
    # Each as in a thread of its own, for which no package was asked.
    found: Difference = apart(lambda: old.compare(new))
    assert found["doubt"].difference == -0.25
    assert "Doubt (lower is better): 0.5000 -> 0.2500" in apart(lambda: repr(found))
    assert "Doubt" in apart(found._repr_html_)
    assert apart(lambda: found.frame).loc["doubt", "label"] == "Doubt"
    assert "Doubt" in str(apart(found.chart))
    assert "doubt" not in DIMENSIONS


def test_without_clean_images_nothing_is_said_of_flips() -> None:
    profile = make_profile()
    bare = replace(profile, evidence=replace(profile.evidence, right={}, replicates={}))
    assert "images" not in repr(bare.compare(bare)).partition("\n")[2]


def test_the_table_escapes() -> None:
    html = difference()._repr_html_()
    assert "&lt;tulip&gt;: 1" in html
    assert "<tulip" not in html
    assert "95 % interval" in html
    assert "<b>other</b> minus <b>mine</b>" in html


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("benchmark", "imagenet-1k", "benchmark toy-shapes against imagenet-1k. Measure both on one benchmark."),
        ("digest", "sha256:1", "contents of the benchmark none against sha256:1. The benchmark was edited"),
        ("protocol", "as-published", "protocol corrected against as-published"),
        ("seed", 1, "seed 0 against 1"),
        ("samples_per_class", 5, "images per class none against 5"),
    ],
)
def test_what_was_measured_elsewhere_is_not_compared(name: str, value: Any, said: str) -> None:  # noqa: ANN401
    other = make_profile("other", conditions=replace(CONDITIONS, **{name: value}))
    with pytest.raises(Refusal) as caught:
        difference_of(make_profile(), other)
    assert said in str(caught.value)


def test_the_confidence_is_the_callers() -> None:
    wide, narrow = (make_profile().compare(make_profile("b", right=SPOILT), confidence=each) for each in (0.99, 0.5))
    low, high = wide["accuracy"].low, narrow["accuracy"].low
    assert low is not None
    assert high is not None
    assert low < high
    with pytest.raises(ValueError, match="confidence is 2"):
        make_profile().compare(make_profile("b"), confidence=2.0)


def test_a_pass_that_was_not_measured_has_no_files() -> None:
    with pytest.raises(KeyError, match="'pgd' was not measured on both; there are clean"):
        difference().paths("pgd")


@pytest.mark.parametrize(("confidence", "said"), [(0.95, "95 % interval"), (0.999, "99.9 % interval")])
def test_the_table_says_the_confidence_that_was_asked_for(confidence: float, said: str) -> None:
    found = make_profile().compare(make_profile("b", right=SPOILT), confidence=confidence)
    assert f">{said}</th>" in found._repr_html_()


def test_a_line_says_both_values_the_difference_its_interval_and_p() -> None:
    lines = repr(make_profile().compare(make_profile("other", right=SPOILT))).splitlines()
    counted = next(line for line in lines if "Parameters" in line)
    assert counted == "  Parameters (lower is better): 0.3 -> 0.3, +0.0 (+0.0 to +0.0)"
    unpaired = next(line for line in lines if "Calibration" in line)
    assert unpaired.startswith("  Calibration error (lower is better): 0.1000 -> 0.1000, +0.0000 (")
    assert unpaired.endswith(", not paired")
    absent = next(line for line in lines if "Adversarial" in line)
    assert absent == (
        "  Adversarial robustness (higher is better): none -> none, no value before (not_applicable); "
        "no value now (not_applicable)"
    )


def test_the_classes_that_lost_most_come_first_and_of_equal_ones_the_first() -> None:
    found = replace(difference(), class_names={}, flips={"clean": counted({7: 1, 3: 2, 9: 2, 0: 1, 5: 1, 4: 1, 2: 9})})
    last = repr(found).splitlines()[-1]
    assert last == "Most of the images that are now wrong are of these classes: 2: 9, 3: 2, 9: 2, 0: 1, 4: 1."


def counted(by_class: dict[int, int]) -> Flips:
    """Flips of which only the counts by class matter."""
    nobody = np.array([], dtype=np.int64)
    return Flips(now_wrong=nobody, now_right=nobody, wrong_by_class=by_class, right_by_class={})


def test_a_class_without_a_name_is_its_number() -> None:
    found = make_profile().compare(make_profile("other", right=SPOILT))
    assert found.class_names == {}
    assert "of these classes: 0: 1, 1: 1." in repr(found)
    # Either report will do, for both saw the same classes.
    named = make_profile().compare(make_profile("other", right=SPOILT, class_report=REPORT))
    assert named.class_names == {0: "rose", 1: "<tulip>"}


def test_the_frame_has_its_columns_in_one_order_and_numbers_as_numbers() -> None:
    frame: Any = difference().frame
    assert list(frame.columns) == [
        "label", "value_a", "value_b", "difference", "standard_error", "low", "high", "p", "p_holm", "paired",
        "missing_a", "missing_b",
    ]  # fmt: skip
    assert {str(frame[name].dtype) for name in frame.columns[1:9]} == {"float64"}
    assert frame.index.name == "dimension"
    assert frame.loc["adversarial_robustness", "difference"] != frame.loc["adversarial_robustness", "difference"]
    passes: Any = difference().flips_frame
    assert (passes.index.name, list(passes.columns)) == ("pass", ["now_wrong", "now_right"])


def test_files_are_those_at_the_positions_that_flipped(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [Path(f"{number}.png") for number in range(8)]
    monkeypatch.setattr("wellbehaved.flipped_files.files_of", lambda *_: files)
    found = difference().paths()
    assert found.now_wrong == (Path("0.png"), Path("4.png"))
    assert found.now_right == (Path("7.png"),)


@pytest.mark.parametrize(("count", "refused"), [(8, False), (7, True), (0, True)])
def test_positions_beyond_the_files_prove_that_these_are_others(
    monkeypatch: pytest.MonkeyPatch, count: int, refused: bool
) -> None:
    monkeypatch.setattr("wellbehaved.flipped_files.files_of", lambda *_: [Path("x.png")] * count)
    if not refused:
        assert len(difference().paths().now_wrong) == 2
        return
    with pytest.raises(Refusal) as caught:
        difference().paths()
    assert caught.value.code == "files_changed"
    assert str(caught.value).startswith(f"clean has {count} images now.")
    assert "Measure both models again." in str(caught.value)


def test_where_nothing_flipped_no_file_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellbehaved.flipped_files.files_of", lambda *_: [])
    same = make_profile().compare(make_profile("other"))
    assert (same.paths().now_wrong, same.paths().now_right) == ((), ())


def test_a_notebook_has_the_figures_of_each_dimension_in_their_columns() -> None:
    html = difference()._repr_html_()
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", html)
    assert heads == ["Dimension", "Before", "Now", "Difference", "95 % interval", "p (Holm)", ""]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", html)
    assert cells[:4] == ["Accuracy (higher is better)", "0.6250", "0.5000", "-0.1250"]
    assert (cells[5], cells[6]) == ("1", "")
    assert len(cells) == 7 * 4
