"""What a gate found, written for a pull request, a browser, a build server and programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from quba.deciding.gate import Judgement, Verdict
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from quba.wording import markdown_escaped, signed_text
from wellbehaved.flip_text import flips_text
from wellbehaved.gate import Gate

VERDICTS: Mapping[Verdict, str] = {
    Verdict.BETTER: "better",
    Verdict.NO_WORSE: "no worse",
    Verdict.WORSE: "worse",
    Verdict.UNDECIDED: "cannot tell",
    Verdict.NOT_COMPARED: "not compared",
}
"""The verdicts as a table says them."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def require_suffix(path: Path) -> None:
    """See that a report can be written under a name, before anything is measured.

    Raises:
        Refusal: its end names no form of a report.
    """
    if path.suffix.lower() not in _WRITERS:
        raise Refusal(
            "bad_report",
            f"A report cannot be written as {path.name[:80]}.",
            f"End its name in one of: {', '.join(_WRITERS)}.",
        )


def write_report(gate: Gate, path: Path) -> None:
    """Write what a gate found, in the form that the end of the name says: .md, .html, .xml (JUnit) or .json.

    Raises:
        OSError: the place cannot be written.
    """
    # A name that is no text, such as that of a file in another encoding, must not cost a measured model its report.
    path.write_text(_WRITERS[path.suffix.lower()](gate), encoding="utf-8", errors="replace")


def as_json(gate: Gate) -> dict[str, Any]:
    """What a gate found, as plain JSON values."""
    return {
        "outcome": gate.outcome.name.lower(),
        "exit_code": int(gate.outcome),
        "sentence": gate.outcome.sentence,
        "new": gate.new,
        "baseline": gate.baseline,
        "benchmark": gate.conditions.benchmark,
        "benchmark_digest": gate.conditions.digest,
        "protocol": gate.conditions.protocol,
        "seed": gate.conditions.seed,
        "samples_per_class": gate.conditions.samples_per_class,
        "confidence": gate.confidence,
        "clean_images": gate.image_count,
        "dimensions": {each.difference.dimension: _judgement(each) for each in gate.judgements},
        # Counts alone: positions of thousands of images would make the file too large for a build's log.
        "flips": {
            source: {"now_wrong": found.now_wrong.size, "now_right": found.now_right.size}
            for source, found in gate.flips.items()
        },
    }


def value_text(judgement: Judgement, value: float | None) -> str:
    """A value in the decimals of its dimension."""
    return "-" if value is None else f"{value:.{DIMENSIONS[judgement.difference.dimension].decimals}f}"


def change_text(judgement: Judgement) -> str:
    """The difference in the decimals of its dimension, with its sign where it has one."""
    difference, decimals = judgement.difference.difference, DIMENSIONS[judgement.difference.dimension].decimals
    return "-" if difference is None else signed_text(difference, decimals)


def flips_sentence(gate: Gate) -> str:
    """How many clean images were decided otherwise; empty where the clean images were not measured."""
    found = gate.flips.get("clean")
    if found is None:
        return ""
    return f"Of {gate.image_count:,} clean images, {flips_text(found.now_wrong.size, found.now_right.size)}."


def _judgement(each: Judgement) -> dict[str, Any]:
    found = each.difference
    return {
        "verdict": each.verdict.value,
        "sentence": each.sentence(),
        "value": found.value_b,
        "baseline_value": found.value_a,
        "difference": found.difference,
        "standard_error": found.standard_error,
        "tolerance": each.tolerance,
        "low": each.low,
        "high": each.high,
        "paired": found.paired,
        "images_needed": each.images_needed,
    }


def _junit(gate: Gate) -> str:
    """One test case for each dimension, as build servers of several makers read it."""
    # A build server stops at failures, so that they are exactly what the gate stops at.
    failed = [each for each in gate.judgements if not gate.lets_through(each)]
    skipped = [each for each in gate.judgements if each.verdict is Verdict.UNDECIDED and gate.undecided_passes]
    counts: Any = {"tests": str(len(gate.judgements)), "failures": str(len(failed)), "errors": "0"}
    suites = ElementTree.Element("testsuites", name="wellbehaved gate", **counts)
    suite = ElementTree.SubElement(suites, "testsuite", name=_title(gate), skipped=str(len(skipped)), **counts)
    where = f"wellbehaved.gate.{gate.conditions.benchmark}"
    for each in gate.judgements:
        case = ElementTree.SubElement(suite, "testcase", classname=where, name=each.difference.dimension, time="0")
        if each in failed:
            failure = ElementTree.SubElement(case, "failure", message=each.sentence(), type=each.verdict.value)
            failure.text = each.sentence()
        elif each in skipped:
            ElementTree.SubElement(case, "skipped", message=each.sentence())
        else:
            ElementTree.SubElement(case, "system-out").text = each.sentence()
    ElementTree.indent(suites)
    # Names may hold any sign, and one that XML forbids even escaped makes build servers drop the whole report.
    return _NOT_IN_XML.sub("?", ElementTree.tostring(suites, encoding="unicode", xml_declaration=True)) + "\n"


def _title(gate: Gate) -> str:
    return f"{gate.new} against {gate.baseline} on {gate.conditions.benchmark}"


def _json_text(gate: Gate) -> str:
    # NaN is no JSON, and a build's parser would stop at it.
    return json.dumps(as_json(gate), indent=2, allow_nan=False) + "\n"


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(("html.jinja",), default=False),
    # A name that a template misspells is an error, never an empty place.
    undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
)  # fmt: skip
_TEMPLATES.filters["markdown"] = markdown_escaped
_TEMPLATES.globals.update(
    dimensions=DIMENSIONS, verdicts=VERDICTS, value_text=value_text, change_text=change_text,
    flips_sentence=flips_sentence, title=_title,
)  # fmt: skip


def _from_template(name: str) -> Callable[[Gate], str]:
    # Read when it is needed: a terminal's answer takes no template.
    return lambda gate: _TEMPLATES.get_template(name).render(gate=gate)


_WRITERS: Mapping[str, Callable[[Gate], str]] = {
    ".md": _from_template("gate.md.jinja"),
    ".html": _from_template("gate.html.jinja"),
    ".xml": _junit,
    ".json": _json_text,
}
