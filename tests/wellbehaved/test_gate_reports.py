"""What a gate found, as a pull request, a browser, a build server and a program read it."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from quba.deciding.gate import Verdict
from quba.dimension import Missing
from quba.errors import Refusal
from tests.wellbehaved.test_gate import evidence
from wellbehaved.gate import Gate, gate
from wellbehaved.gate_reports import (
    VERDICTS,
    as_json,
    change_text,
    flips_sentence,
    require_suffix,
    value_text,
    write_report,
)

HOSTILE = "<script>alert('x')</script> | `new`\n# heading"


def worse(name: str = "new") -> Gate:
    return gate((name, evidence(spoiled=200)), ("old", evidence()))


def written(found: Gate, folder: Path, suffix: str) -> str:
    path = folder / f"gate{suffix}"
    write_report(found, path)
    return path.read_text(encoding="utf-8")


def test_markdown_begins_with_the_answer_and_shows_each_dimension(tmp_path: Path) -> None:
    text = written(worse(), tmp_path, ".md")
    lines = text.splitlines()
    assert lines[0] == "## The new model behaves worse than the baseline."
    assert "| Accuracy (higher is better) | 0.8000 | 0.7500 | −0.0500 | 0.005 | **worse** |" in lines
    assert "| Parameters (lower is better) | 25.0 | 25.0 | 0.0 | 1 | no worse |" in lines
    assert lines[-1] == "Of 4,000 clean images, 200 were right and are now wrong, and 0 were wrong and are now right."
    (named,) = [line for line in lines if line.startswith("- ")]
    assert named.startswith("- Accuracy: the new model is 0.0500 worse")
    assert "\n\n\n" not in text


def test_markdown_of_a_pass_lists_nothing(tmp_path: Path) -> None:
    text = written(gate(("new", evidence()), ("old", evidence())), tmp_path, ".md")
    assert text.startswith("## The new model behaves no worse")
    assert "**" not in text
    assert "\n- " not in text


def test_a_hostile_name_stays_text(tmp_path: Path) -> None:
    markdown = written(worse(HOSTILE), tmp_path, ".md")
    assert "<script>" not in markdown
    assert "\n# heading" not in markdown
    assert "![" not in written(worse("![x](http://elsewhere/x.png)"), tmp_path, ".md")
    html = written(worse(HOSTILE), tmp_path, ".html")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    tree = ElementTree.fromstring(written(worse(HOSTILE), tmp_path, ".xml"))
    (suite,) = tree
    assert HOSTILE.split("\n", maxsplit=1)[0] in str(suite.get("name"))


def test_build_servers_see_a_test_case_for_each_dimension(tmp_path: Path) -> None:
    tree = ElementTree.fromstring(written(worse(), tmp_path, ".xml"))
    (suite,) = tree
    assert (tree.tag, suite.tag) == ("testsuites", "testsuite")
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2", "failures": "1", "errors": "0", "skipped": "0",
    }  # fmt: skip
    accuracy, parameters = suite
    (failure,) = accuracy
    assert (accuracy.get("name"), accuracy.get("classname")) == ("accuracy", "wellbehaved.gate.flowers")
    assert (failure.tag, failure.get("type")) == ("failure", "worse")
    assert str(failure.get("message")).startswith("Accuracy: the new model is 0.0500 worse")
    assert [each.tag for each in parameters] == ["system-out"]


@pytest.mark.parametrize(("let_through", "tag", "failures"), [(False, "failure", "1"), (True, "skipped", "0")])
def test_what_cannot_be_told_fails_a_build_or_is_skipped(
    tmp_path: Path, let_through: bool, tag: str, failures: str
) -> None:
    new, old = evidence(spoiled=3, mended=2, images=100), evidence(images=100)
    found = gate(("new", new), ("old", old), undecided_passes=let_through)
    (suite,) = ElementTree.fromstring(written(found, tmp_path, ".xml"))
    assert [each.tag for each in suite[0]] == [tag]
    assert suite.get("failures") == failures


def test_json_holds_every_figure(tmp_path: Path) -> None:
    found = worse()
    document = json.loads(written(found, tmp_path, ".json"))
    assert document == as_json(found)
    assert (document["outcome"], document["exit_code"]) == ("worse", 3)
    accuracy = document["dimensions"]["accuracy"]
    assert (accuracy["verdict"], accuracy["paired"], accuracy["tolerance"]) == ("worse", True, 0.005)
    assert accuracy["difference"] == pytest.approx(-0.05)
    assert document["flips"]["clean"] == {"now_wrong": 200, "now_right": 0}


def test_without_clean_images_nothing_is_said_of_flips(tmp_path: Path) -> None:
    counted = evidence(right={}, labels=None, values={"parameters_millions": 25.0}, replicates={})
    found = gate(("new", counted), ("old", counted))
    assert flips_sentence(found) == ""
    for suffix in (".md", ".html"):
        assert "clean images" not in written(found, tmp_path, suffix)


def test_html_shows_the_same_without_any_script(tmp_path: Path) -> None:
    html = written(worse(), tmp_path, ".html")
    assert "<h1>The new model behaves worse than the baseline.</h1>" in html
    assert '<td class="number">−0.0500</td><td class="number">0.005</td><td class="bad">worse</td>' in html
    assert "200 were right and are now wrong" in html


@pytest.mark.parametrize("name", ["gate", "gate.txt", "gate.junit"])
def test_another_ending_is_refused_before_anything_is_measured(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        require_suffix(Path(name))
    assert refused.value.hint == "End its name in one of: .md, .html, .xml, .json."


@pytest.mark.parametrize("suffix", [".md", ".html", ".xml", ".json"])
@pytest.mark.parametrize(
    "name", ["bell\x07 and zero\x00", "latin \udce9", "not a character \uffff", "snow \u2603 \U0001f600"]
)
def test_every_report_can_be_written_and_read_whatever_the_name(tmp_path: Path, suffix: str, name: str) -> None:
    path = tmp_path / f"gate{suffix}"
    write_report(worse(name), path)
    text = path.read_bytes().decode("utf-8")
    if suffix == ".xml":
        (suite,) = ElementTree.fromstring(text.encode())
        assert str(suite.get("name")).endswith("against old on flowers")
    elif suffix == ".json":
        assert json.loads(text)["new"] == name
    else:
        assert name.split()[0].rstrip("\x07") in text


def test_json_has_these_keys_and_no_others() -> None:
    document = as_json(worse())
    assert list(document) == [
        "outcome", "exit_code", "sentence", "new", "baseline", "benchmark", "benchmark_digest", "protocol", "seed",
        "samples_per_class", "confidence", "clean_images", "dimensions", "flips",
    ]  # fmt: skip
    assert {key: document[key] for key in ("new", "baseline", "benchmark", "benchmark_digest", "protocol", "seed")} == {
        "new": "new", "baseline": "old", "benchmark": "flowers", "benchmark_digest": "sha256:1",
        "protocol": "corrected", "seed": 0,
    }  # fmt: skip
    assert (document["samples_per_class"], document["confidence"], document["clean_images"]) == (None, 0.95, 4000)
    assert list(document["dimensions"]["accuracy"]) == [
        "verdict", "sentence", "value", "baseline_value", "difference", "standard_error", "tolerance", "low", "high",
        "paired", "images_needed",
    ]  # fmt: skip
    accuracy = document["dimensions"]["accuracy"]
    assert (accuracy["value"], accuracy["baseline_value"]) == (0.75, 0.8)
    assert accuracy["low"] < accuracy["difference"] < accuracy["high"]


def test_what_passes_and_what_cannot_be_told_have_their_words_and_codes() -> None:
    same = as_json(gate(("new", evidence()), ("old", evidence())))
    assert (same["outcome"], same["exit_code"]) == ("passed", 0)
    few = as_json(gate(("new", evidence(spoiled=3, mended=2, images=100)), ("old", evidence(images=100))))
    assert (few["outcome"], few["exit_code"]) == ("undecided", 4)
    assert few["dimensions"]["accuracy"]["images_needed"] > 100


def test_every_verdict_has_its_own_words() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert len(set(VERDICTS.values())) == len(VERDICTS)


def test_numbers_have_the_decimals_of_their_dimension_and_a_dash_where_there_is_none() -> None:
    accuracy, parameters = worse().judgements
    assert (value_text(accuracy, 0.123456), value_text(parameters, 25.557)) == ("0.1235", "25.6")
    assert value_text(accuracy, None) == "-"
    assert (change_text(accuracy), change_text(parameters)) == ("−0.0500", "0.0")
    lacking = evidence(values={"parameters_millions": 25.0}, replicates={}, missing={"accuracy": Missing.FAILED})
    assert change_text(gate(("new", lacking), ("old", evidence())).judgements[0]) == "-"


@pytest.mark.parametrize("name", ["a.md", "a.MD", "a.Html", "a.XML", "a.json", "b.c.Json"])
def test_endings_count_in_whichever_case(tmp_path: Path, name: str) -> None:
    require_suffix(Path(name))
    write_report(worse(), tmp_path / name)
    assert (tmp_path / name).stat().st_size > 100


def test_a_long_name_is_cut_where_it_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        require_suffix(Path("x" * 200 + ".pdf"))
    assert refused.value.code == "bad_report"
    assert refused.value.message == f"A report cannot be written as {'x' * 80}."


def test_each_case_of_a_build_has_its_place_and_no_time(tmp_path: Path) -> None:
    tree = ElementTree.fromstring(written(worse(), tmp_path, ".xml"))
    assert tree.get("name") == "wellbehaved gate"
    assert {name: tree.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "2", "failures": "1", "errors": "0",
    }  # fmt: skip
    (suite,) = tree
    assert suite.get("name") == "new against old on flowers"
    assert [case.get("time") for case in suite] == ["0", "0"]
    passed = suite[1].find("system-out")
    assert passed is not None
    assert passed.text == worse().judgements[1].sentence()
    text = (tmp_path / "gate.xml").read_text(encoding="utf-8")
    assert text.startswith("<?xml version=")
    assert text.endswith("</testsuites>\n")


def test_the_sentence_about_flips_counts_thousands_with_commas() -> None:
    assert flips_sentence(worse()) == (
        "Of 4,000 clean images, 200 were right and are now wrong, and 0 were wrong and are now right."
    )
