"""Who may do what with it, and how to cite and report: the files agree with the package and with each other."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml
from trove_classifiers import classifiers

from backend.imports.citation import CITATION as CITED

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
STAYS = (ROOT / "docs/compatibility.md").read_text(encoding="utf-8")


def test_the_classifiers_are_known_and_leave_the_licence_to_its_own_field() -> None:
    assert set(PROJECT["classifiers"]) <= set(classifiers)
    # The index refuses a package that has both a licence expression and a licence classifier.
    assert not [entry for entry in PROJECT["classifiers"] if entry.startswith("License ")]
    assert PROJECT["license"] == "Apache-2.0"


def test_the_citation_is_valid() -> None:
    words = ["--builtin-schema", "vendor.citation-file-format", str(ROOT / "CITATION.cff")]
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *words], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_citation_agrees_with_the_package() -> None:
    assert CITATION["title"] == PROJECT["name"]
    assert CITATION["version"] == PROJECT["version"]
    assert CITATION["license"] == PROJECT["license"]
    assert CITATION["authors"] == PROJECT["authors"]
    assert CITATION["keywords"] == PROJECT["keywords"]
    assert CITATION["abstract"].strip() == PROJECT["description"]


def test_the_paper_is_cited_as_the_decision_record_cites_it() -> None:
    [paper] = CITATION["references"]
    authors = ", ".join(f"{author['given-names']} {author['family-names']}" for author in paper["authors"])
    [identifier] = [each["value"] for each in paper["identifiers"]]
    assert f'{authors}: "{paper["title"]}", TMLR {paper["year"]}, {identifier}.' == CITED
    assert paper["url"] == PROJECT["urls"]["Paper"]


def test_every_defence_names_a_test_that_is_there() -> None:
    rows = re.findall(r"^\| (?!against|---)(.+) \| .+ \| (.+) \|$", SECURITY, re.MULTILINE)
    assert len(rows) >= 9
    for threat, proofs in rows:
        named = re.findall(r"`([\w/.]+)`", proofs)
        assert named, threat
        assert [path for path in named if not (ROOT / path).exists()] == [], threat


def test_what_stays_is_named_with_the_place_where_it_is_written_down() -> None:
    rows = dict(re.findall(r"^\| (?!what|---)(.+?) \| .+ \| (.+) \|$", STAYS, re.MULTILINE))
    assert {"REST, version 1", "Python client", "command line", "`benchmark.toml`"} <= set(rows)
    assert all(rows.values())
    assert "at least six months" in STAYS
